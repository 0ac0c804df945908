// Next and previous change on a comparison, with the keys n and p and with buttons. Without this script each change
// can be reached from the list of changes, which is made of plain links.

const bar = document.querySelector("[data-change-bar]");
const changes = [...document.querySelectorAll("[data-change]")];
const status = bar?.querySelector("[role=status]");
let current = -1;

function goTo(index) {
  if (index < 0 || index >= changes.length) {
    status.textContent = index < 0 ? "This is the first change" : "This is the last change";
    return;
  }
  current = index;
  changes[index].focus();
  // Focusing alone leaves a change that is already half in view where it is.
  changes[index].scrollIntoView({ block: "center" });
  status.textContent = `${index + 1} of ${changes.length}`;
}

// Somebody who has gone to a change by other means goes on from there.
function step(direction) {
  const focused = changes.findIndex((change) => change.contains(document.activeElement));
  if (focused >= 0) current = focused;
  goTo(current + direction);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const direction = { n: 1, p: -1 }[event.key];
  if (!direction) return;
  event.preventDefault();
  step(direction);
}

if (bar && changes.length) {
  bar.hidden = false;
  status.textContent = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  bar.querySelector("[data-change-next]").addEventListener("click", () => step(1));
  bar.querySelector("[data-change-previous]").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => {
    current = changes.findIndex((change) => `#${change.id}` === location.hash);
  });
}
