// "Show me" beside a notice about a text: selects the place the notice means. The checks themselves are the server's.
// Without this script the buttons stay hidden, and the notice names the line.

import { goTo } from "./caret.js";
import { offsetOf } from "./code_points.js";

// Where `offset` of the text as drawn is in the text as it stands now; null when it lies in what was changed since.
export function moved(offset, drawn, now) {
  if (drawn === now) return offset;
  const shorter = Math.min(drawn.length, now.length);
  let same = 0;
  while (same < shorter && drawn.charCodeAt(same) === now.charCodeAt(same)) same += 1;
  if (offset <= same) return offset;
  let after = 0;
  while (after < shorter - same && drawn.charCodeAt(drawn.length - 1 - after) === now.charCodeAt(now.length - 1 - after)) {
    after += 1;
  }
  return offset >= drawn.length - after ? offset + now.length - drawn.length : null;
}

function show(button) {
  const area = document.getElementById(button.dataset.showIn);
  const status = button.parentElement.querySelector("[data-show-status]");
  const [start, end] = [button.dataset.start, button.dataset.end].map((count) =>
    moved(offsetOf(area.defaultValue, Number(count)), area.defaultValue, area.value),
  );
  if (status) status.textContent = "";
  if (start !== null && end !== null) goTo(area, start, end);
  else if (status) status.textContent = "You have changed this place since it was checked.";
}

for (const button of document.querySelectorAll("button[data-show-in]")) {
  button.hidden = false;
  button.addEventListener("click", () => show(button));
}
