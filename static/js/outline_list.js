// The outline beside a long text: follows the text as it is typed, marks the section the caret is in, and goes where
// one clicks. Without this script the list is what the server found when it drew the page, to read and not to click.

import { afterPause } from "./after_pause.js";
import { goTo } from "./caret.js";
import { outline } from "./outline.js";

const PAUSE = 300;
// A list of more helps nobody and would take long to draw.
const MOST = 1000;
const numbers = new Intl.NumberFormat("en-GB");

class OutlineList {
  constructor(nav) {
    this.area = document.getElementById(nav.dataset.outlineFor);
    this.list = nav.querySelector("ol");
    this.empty = nav.querySelector("[data-outline-empty]");
    this.more = nav.querySelector("[data-outline-more]");
    this.sections = [];
    this.current = null;
    this.list.replaceChildren();
    this.readLater = afterPause(PAUSE, () => this.read());
    this.markLater = afterPause(PAUSE, () => this.mark());
    this.area.addEventListener("input", this.readLater);
    document.addEventListener("selectionchange", this.markLater);
    this.list.addEventListener("click", (event) => {
      const entry = event.target.closest("li");
      if (entry) this.visit([...this.list.children].indexOf(entry));
    });
    addEventListener("pageshow", () => this.read());
  }

  read() {
    const found = outline(this.area.value);
    this.sections = found.slice(0, MOST);
    this.empty.hidden = found.length > 0;
    this.more.hidden = found.length <= MOST;
    this.more.textContent = `${numbers.format(found.length - MOST)} more are not listed.`;
    while (this.list.children.length > this.sections.length) this.list.lastElementChild.remove();
    const fresh = document.createDocumentFragment();
    this.sections.forEach((section, index) => {
      const entry = this.list.children[index] ?? fresh.appendChild(blankEntry());
      write(entry, section);
    });
    this.list.append(fresh);
    this.mark();
  }

  visit(index) {
    // A click may come before the pause after the last key has passed.
    this.readLater.now();
    const section = this.sections[index];
    if (!section) return;
    goTo(this.area, section.start);
    this.mark();
  }

  mark() {
    const caret = this.area.selectionStart;
    const index = this.sections.findLastIndex((section) => section.start <= caret);
    const button = this.list.children[index]?.firstElementChild ?? null;
    if (button === this.current) return;
    this.current?.removeAttribute("aria-current");
    button?.setAttribute("aria-current", "location");
    this.current = button;
  }
}

function blankEntry() {
  const entry = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "outline-entry";
  const title = document.createElement("span");
  title.dir = "auto";
  const size = document.createElement("span");
  size.className = "outline-size";
  button.append(title, " ", size);
  entry.append(button);
  return entry;
}

// Writes only what is different: most keys change the size of one section and nothing else.
function write(entry, section) {
  const [title, size] = entry.firstElementChild.children;
  const length = numbers.format(section.size);
  if (title.textContent !== section.title) title.textContent = section.title;
  if (size.firstChild?.data !== length) size.replaceChildren(length, hiddenUnit());
  if (entry.getAttribute("aria-level") !== String(section.level)) entry.setAttribute("aria-level", section.level);
}

function hiddenUnit() {
  const unit = document.createElement("span");
  unit.className = "visually-hidden";
  unit.textContent = " characters";
  return unit;
}

for (const nav of document.querySelectorAll("[data-outline-for]")) new OutlineList(nav);
