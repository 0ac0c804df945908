// Keeps the line under a long text current while it is typed: characters against the limit, words, and about how many
// tokens. Without this script the lines say what the server counted when it drew the page.

import { afterPause } from "./after_pause.js";
import { countCodePoints } from "./code_points.js";

const PAUSE = 300;
const ANNOUNCED_AFTER = 5000;
const numbers = new Intl.NumberFormat("en-GB");

const countWords = (text) => text.match(/\S+/g)?.length ?? 0;
const plural = (number, noun) => `${numbers.format(number)} ${noun}${number === 1 ? "" : "s"}`;

// The server writes the same sentences: `character_count` in macros/fields.html, and editing/_instructions.html.
export function countLine(length, limit) {
  const over = length > limit ? `, ${numbers.format(length - limit)} too many` : "";
  return `${numbers.format(length)} of ${numbers.format(limit)} characters${over}`;
}
export const factsLine = (length, words) => `${plural(words, "word")}, about ${plural(Math.round(length / 4), "token")}`;

function follow(line) {
  const area = document.getElementById(line.dataset.countFor);
  const facts = document.querySelector(`[data-facts-for="${area.id}"]`);
  const live = document.getElementById(`${area.id}-count-live`);
  const limit = Number(line.dataset.limit);

  // Screen readers hear the count at long pauses and when the text crosses its limit, never at each key.
  const announce = () => {
    live.textContent = line.textContent.trim();
  };
  const announceLater = afterPause(ANNOUNCED_AFTER, announce);
  const update = () => {
    const text = area.value;
    const length = countCodePoints(text);
    const crossed = length > limit !== line.classList.contains("is-over");
    line.textContent = countLine(length, limit);
    line.classList.toggle("is-over", length > limit);
    if (facts) facts.textContent = factsLine(length, countWords(text));
    if (crossed) announce();
  };
  const updateLater = afterPause(PAUSE, update);

  area.addEventListener("input", () => {
    updateLater();
    announceLater();
  });
  // What the browser has put back by itself after a reload or a step back is counted too.
  addEventListener("pageshow", update);
}

for (const line of document.querySelectorAll("[data-count-for]")) follow(line);
