// The line in the save bar that says how the typed text stands. keep.js decides what is true; this draws it. Without
// these scripts the line is what the server wrote: nothing is kept until it is saved.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

// Said aloud by a screen reader. The others change with every pause in typing and are only to be read.
const ALOUD = new Set(["failed", "refused", "signed-out", "other-tab", "not-sent", "reached"]);
const WORDS = {
  fresh: () => ["No changes yet"],
  unsaved: () => ["Unsaved changes"],
  keeping: () => ["Keeping…"],
  kept: ({ at }) => ["Kept at ", moment(at)],
  failed: ({ why, held }) => [`Could not be kept: ${why}.${elsewhere(held)}`],
  refused: ({ why, held }) => [`Could not be kept: ${why}${/[.!?]$/.test(why) ? "" : "."}${elsewhere(held)}`],
  "signed-out": ({ held }) => [`Could not be kept: you are signed out.${elsewhere(held)}`],
  "other-tab": ({ at }) => ["Could not be kept: you have other unsaved text here, kept at ", moment(at), "."],
  "not-sent": ({ why, held }) => [`Not saved: ${why}.${elsewhere(held)}`],
  reached: ({ at }) => ["The server can be reached again. Kept at ", moment(at), ", but not saved yet."],
};

const elsewhere = (held) =>
  held ? " This browser holds the text." : " This browser can't hold the text either: copy it before you leave.";

// The hour, and the day too when it isn't today.
export function moment(at) {
  const date = new Date(at);
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = clock.format(date);
  if (date.toDateString() !== new Date().toDateString()) time.textContent += `, ${day.format(date)}`;
  return time;
}

export class KeepLine {
  constructor(line) {
    this.line = line;
    this.words = line.querySelector("[role=status]");
    this.countdown = line.querySelector("[data-keep-countdown]");
    this.extras = line.querySelectorAll("[data-keep-when]");
    this.state = null;
    this.ticking = 0;
  }

  show(state, details = {}) {
    this.count(null);
    const recovered = state === "kept" && ALOUD.has(this.before);
    if (state !== "keeping" && state !== "unsaved") this.before = state;
    const parts = WORDS[state](details);
    const text = parts.map((part) => part.textContent ?? part).join("");
    if (state === this.state && text === this.words.textContent) return;
    this.state = state;
    this.words.setAttribute("aria-live", ALOUD.has(state) || recovered ? "polite" : "off");
    this.words.replaceChildren(...parts);
    this.line.dataset.keepState = state;
    for (const extra of this.extras) extra.hidden = extra.dataset.keepWhen !== state;
  }

  // Seconds until the next attempt, beside the line and for the eye only.
  count(seconds) {
    clearInterval(this.ticking);
    this.countdown.textContent = "";
    if (seconds === null) return;
    let left = seconds;
    const write = () => {
      this.countdown.textContent = left > 0 ? `Trying again in ${left} s.` : "Trying again now.";
      left -= 1;
    };
    write();
    this.ticking = setInterval(write, 1000);
  }
}
