// Ticks every assistant on the page, or none when all are. Without this script each is ticked by itself.

const button = document.querySelector("[data-tick-all]");
const boxes = [...document.querySelectorAll("input.tick")];
const allTicked = () => boxes.every((box) => box.checked);
const say = () => (button.textContent = allTicked() ? "Untick all on this page" : "Tick all on this page");

if (button && boxes.length) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const checked = !allTicked();
    for (const box of boxes) box.checked = checked;
    say();
  });
  for (const box of boxes) box.addEventListener("change", say);
  say();
}
