// Going to a place in a textarea, and writing there so that the browser's own undo takes it back. It is no part of
// the page by itself; the islands of the editor use it.

// Select from `start` to `end` and bring it into view. A browser scrolls a textarea to its caret only when the field
// gains the focus, so it is given away and taken back.
export function goTo(area, start, end = start) {
  area.focus();
  area.setSelectionRange(start, end);
  area.blur();
  area.focus();
}

// Write `text` in place of what stands from `start` to `end`.
export function write(area, start, end, text) {
  goTo(area, start, end);
  const done = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text);
  if (done) return;
  area.setRangeText(text, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
