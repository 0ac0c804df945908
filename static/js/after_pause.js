// Work that waits until nobody types and the browser has nothing better to do: `later()` may be called at every key
// and costs next to nothing. It is no part of the page by itself; the islands of the editor use it.

const LONGEST_WAIT = 500;

// Safari has no such thing and does the work at once.
const whenIdle = (work) =>
  typeof requestIdleCallback === "function" ? requestIdleCallback(work, { timeout: LONGEST_WAIT }) : work();

export function afterPause(milliseconds, work) {
  let timer = 0;
  let waiting = false;
  // A key that came after the pause has set the timer anew.
  const run = () => {
    if (!waiting || timer !== 0) return;
    waiting = false;
    work();
  };
  const later = () => {
    waiting = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      whenIdle(run);
    }, milliseconds);
  };
  // Does at once what still waits, for a click that needs the answer now.
  later.now = () => {
    clearTimeout(timer);
    timer = 0;
    run();
  };
  return later;
}
