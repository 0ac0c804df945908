// Find and replace in one long text: counts the hits, shows each in its context with what would stand there, and
// replaces one or all. Without this script the panel stays hidden; the browser's own search still finds in the text.

import { afterPause } from "./after_pause.js";
import { goTo, write } from "./caret.js";

const PAUSE = 200;
const SHOWN = 100;
const CONTEXT = 40;
// Longer selections are text to work on rather than words to look for.
const LONGEST_SELECTION = 200;
const numbers = new Intl.NumberFormat("en-GB");

// Every place where `wanted` stands, as [start, end] in UTF-16 units.
export function findAll(text, wanted, { matchCase = false, wholeWords = false } = {}) {
  if (!wanted) return [];
  const literal = wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const pattern = wholeWords ? `(?<![\\p{L}\\p{M}\\p{N}_])${literal}(?![\\p{L}\\p{M}\\p{N}_])` : literal;
  const hits = [];
  for (const match of text.matchAll(new RegExp(pattern, matchCase ? "gu" : "giu"))) {
    hits.push([match.index, match.index + match[0].length]);
  }
  return hits;
}

export function replaceAll(text, hits, replacement) {
  const pieces = [];
  let from = 0;
  for (const [start, end] of hits) {
    pieces.push(text.slice(from, start), replacement);
    from = end;
  }
  return pieces.join("") + text.slice(from);
}

class FindPanel {
  constructor(panel) {
    this.panel = panel;
    this.area = document.getElementById(panel.dataset.findFor);
    this.part = (name) => panel.querySelector(`[data-find-${name}]`);
    this.wanted = this.part("wanted");
    this.replacement = this.part("replacement");
    this.status = this.part("status");
    this.list = this.part("hits");
    this.text = "";
    this.hits = [];
    this.current = -1;
    this.undone = null;
    this.searchLater = afterPause(PAUSE, () => this.search());
    this.listen();
    panel.hidden = false;
  }

  listen() {
    this.panel.addEventListener("toggle", () => this.opened());
    this.panel.addEventListener("keydown", (event) => this.onKey(event));
    for (const control of this.panel.querySelectorAll("input, textarea")) {
      control.addEventListener("input", this.searchLater);
    }
    this.area.addEventListener("input", () => {
      if (this.panel.open) this.searchLater();
      if (this.undone) this.forgetUndo();
    });
    this.list.addEventListener("click", (event) => {
      const entry = event.target.closest("li");
      if (entry) this.show(this.firstShown() + [...this.list.children].indexOf(entry));
    });
    this.part("next").addEventListener("click", () => this.step(1));
    this.part("previous").addEventListener("click", () => this.step(-1));
    this.part("replace").addEventListener("click", () => this.replaceOne());
    this.part("replace-all").addEventListener("click", () => this.replaceEvery());
    this.part("undo").addEventListener("click", () => this.undo());
  }

  // What is selected in the text is what one most likely looks for.
  opened() {
    if (!this.panel.open) return;
    const { value, selectionStart: start, selectionEnd: end } = this.area;
    if (end > start && end - start <= LONGEST_SELECTION) this.wanted.value = value.slice(start, end);
    this.wanted.focus();
    this.wanted.select();
    this.search();
  }

  // Enter goes on and never sends the form; Shift+Enter types a newline to look for.
  onKey(event) {
    if (event.key === "Escape") {
      this.panel.open = false;
      if (this.current >= 0) this.show(this.current);
      else this.area.focus();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("input, textarea")) {
      event.preventDefault();
      this.searchLater.now();
      this.step(1);
    }
  }

  search() {
    this.text = this.area.value;
    this.hits = findAll(this.text, this.wanted.value, {
      matchCase: this.part("case").checked,
      wholeWords: this.part("words").checked,
    });
    const caret = this.area.selectionStart;
    const next = this.hits.findIndex(([start]) => start >= caret);
    this.current = this.hits.length ? Math.max(next, 0) : -1;
    this.draw();
  }

  draw() {
    const found = this.hits.length > 0;
    for (const name of ["next", "previous", "replace", "replace-all"]) this.part(name).disabled = !found;
    this.say();
    const first = this.firstShown();
    this.list.replaceChildren(...this.hits.slice(first, first + SHOWN).map((hit) => this.entry(hit)));
    this.list.start = first + 1;
    this.mark();
  }

  say() {
    const total = numbers.format(this.hits.length);
    if (!this.wanted.value) this.status.textContent = "";
    else if (this.current < 0) this.status.textContent = "Not found";
    else this.status.textContent = `${numbers.format(this.current + 1)} of ${total}`;
  }

  // The list shows a hundred hits around the current one: 1 to 100, 101 to 200 and so on.
  firstShown() {
    return Math.floor(Math.max(this.current, 0) / SHOWN) * SHOWN;
  }

  entry([start, end]) {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "find-hit";
    button.dir = "auto";
    const replacement = this.replacement.value;
    const hit = this.text.slice(start, end);
    button.append(
      oneLine(this.text.slice(Math.max(0, start - CONTEXT), start)),
      ...(replacement ? [marked("del", "removed: ", hit), marked("ins", "added: ", replacement)] : [marked("mark", "", hit)]),
      oneLine(this.text.slice(end, end + CONTEXT)),
    );
    entry.append(button);
    return entry;
  }

  mark() {
    this.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const button = this.list.children[this.current - this.firstShown()]?.firstElementChild;
    if (!button) return;
    button.setAttribute("aria-current", "true");
    this.list.scrollTop = button.offsetTop - this.list.clientHeight / 2;
  }

  // Brings a hit into view and leaves the focus in the panel, so that the next Enter doesn't type into the text.
  step(direction) {
    this.searchLater.now();
    if (!this.hits.length) return;
    const from = this.firstShown();
    this.current = (this.current + direction + this.hits.length) % this.hits.length;
    const focused = document.activeElement;
    goTo(this.area, ...this.hits[this.current]);
    focused.focus({ preventScroll: true });
    if (this.firstShown() === from) {
      this.say();
      this.mark();
    } else this.draw();
  }

  // Goes to a hit to work on it: selected, with the focus in the text.
  show(index) {
    this.searchLater.now();
    if (!this.hits[index]) return;
    this.current = index;
    this.say();
    this.mark();
    goTo(this.area, ...this.hits[index]);
  }

  replaceOne() {
    this.searchLater.now();
    if (this.current < 0) return;
    const [start, end] = this.hits[this.current];
    write(this.area, start, end, this.replacement.value);
    this.part("replace").focus({ preventScroll: true });
    this.searchLater.now();
  }

  // All at once is too much for the browser's own undo at full length, so it has one step of its own.
  replaceEvery() {
    this.searchLater.now();
    const { text, hits } = this;
    if (!hits.length) return;
    this.put(replaceAll(text, hits, this.replacement.value));
    this.undone = text;
    this.part("undo").hidden = false;
    this.part("undo").focus({ preventScroll: true });
    this.status.textContent = `${numbers.format(hits.length)} replaced`;
  }

  undo() {
    this.put(this.undone);
    this.wanted.focus({ preventScroll: true });
    this.status.textContent = "Put back as it was";
  }

  put(text) {
    const { scrollTop } = this.area;
    this.area.setRangeText(text, 0, this.area.value.length, "start");
    this.area.scrollTop = scrollTop;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.searchLater.now();
  }

  // Once somebody types on, putting the old text back would take that away.
  forgetUndo() {
    this.undone = null;
    this.part("undo").hidden = true;
  }
}

// Newlines as a visible sign, and no half of an emoji at either end.
function oneLine(text) {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "").replaceAll("\n", " ↵ ");
}

function marked(name, hidden, text) {
  const element = document.createElement(name);
  if (hidden) {
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = hidden;
    element.append(words);
  }
  element.append(oneLine(text));
  return element;
}

for (const panel of document.querySelectorAll("[data-find-for]")) new FindPanel(panel);
