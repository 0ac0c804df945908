// Offers text that this browser held because the server never took it: continue with it, see what differs, discard.
// Without this script the notice stays hidden, and no such text exists.

import { countCodePoints } from "./code_points.js";
import { address, fill, fits, read, same, typed } from "./form_values.js";
import { moment } from "./keep_line.js";

const LONGEST_LINE = 120;
const numbers = new Intl.NumberFormat("en-GB");

export function offerHeld(form, held, keeper) {
  const notice = document.querySelector("[data-held]");
  if (notice) new Offer(notice, form, held, keeper).next();
}

class Offer {
  constructor(notice, form, held, keeper) {
    Object.assign(this, { notice, form, held, keeper });
    this.words = notice.querySelector("[data-held-words]");
    this.differences = notice.querySelector("[data-held-differences]");
    this.compareButton = notice.querySelector("[data-held-compare]");
    notice.querySelector("[data-held-continue]").addEventListener("click", () => this.continue());
    notice.querySelector("[data-held-discard]").addEventListener("click", () => this.discard());
    this.compareButton.addEventListener("click", () => this.compare());
    // Another tab may get its text to the server while this page is open.
    addEventListener("storage", (event) => {
      if (event.key === this.copy?.name && event.newValue === null) this.next();
    });
  }

  next() {
    this.copy = this.held.others().find((copy) => !this.known(copy));
    this.notice.hidden = !this.copy;
    this.differences.hidden = true;
    this.compareButton.setAttribute("aria-expanded", "false");
    if (!this.copy) return;
    const { base, at } = this.copy;
    const { baseVersion } = this.form.dataset;
    const older = base && base !== baseVersion ? ` It was typed into version ${base}; this is version ${baseVersion}.` : "";
    this.words.replaceChildren("Typed at ", moment(at), `.${older}`);
  }

  // The server has it already, or the page shows it: then there is nothing to offer.
  known(copy) {
    const { keepPage, keepEdit } = this.form.dataset;
    const arrived = copy.page === keepPage && copy.edits <= Number(keepEdit);
    if (!arrived && !same(copy.pairs, read(this.form))) return false;
    this.held.drop(copy.name);
    return true;
  }

  // What was typed on this page meanwhile is held in its place, so that it can be had back.
  continue() {
    const { copy, form, held, keeper } = this;
    if (keeper.edits > 0 && !held.writeAside({ pairs: read(form), base: form.dataset.baseVersion, edits: keeper.edits })) {
      this.words.textContent = "This browser has no room to hold what you have typed here meanwhile. Save that first.";
      return;
    }
    if (!fits(form, copy.pairs)) return this.redraw();
    fill(form, copy.pairs);
    keeper.edited();
    if (keeper.hold()) held.drop(copy.name);
    this.next();
    form.querySelector("textarea[name]").focus();
  }

  // The form and the copy don't have the same rows: the server draws a form with those of the copy, and saves nothing.
  redraw() {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = address(this.form);
    sent.enctype = "multipart/form-data";
    const own = ["csrf_token", "revision", "page"].map((name) => [name, this.form.elements[name].value]);
    const pairs = [...this.copy.pairs, ...own, ["action", "redraw"]];
    for (const [name, value] of pairs) {
      const control = document.createElement("input");
      control.type = "hidden";
      control.name = name;
      control.value = value;
      sent.append(control);
    }
    document.body.append(sent);
    this.keeper.leave();
    sent.submit();
  }

  discard() {
    this.held.drop(this.copy.name);
    this.next();
    if (this.notice.hidden) this.form.querySelector("textarea[name]").focus();
  }

  compare() {
    const opened = this.differences.hidden;
    this.compareButton.setAttribute("aria-expanded", String(opened));
    this.differences.hidden = !opened;
    if (opened) this.differences.replaceChildren(...this.lines());
  }

  lines() {
    const here = new Map(typed(read(this.form)));
    const there = new Map(typed(this.copy.pairs));
    const names = new Set([...here.keys(), ...there.keys()]);
    return [...names].filter((name) => here.get(name) !== there.get(name)).map((name) => {
      const line = document.createElement("li");
      line.textContent = difference(labelOf(this.form, name), here.get(name) ?? "", there.get(name) ?? "");
      return line;
    });
  }
}

function difference(label, here, there) {
  const [now, held] = [here.split("\n"), there.split("\n")];
  let at = 0;
  while (at < now.length && at < held.length && now[at] === held[at]) at += 1;
  const [lengthHere, lengthThere] = [here, there].map((text) => numbers.format(countCodePoints(text)));
  const where = now.length > 1 || held.length > 1 ? ` First in line ${numbers.format(at + 1)}.` : "";
  const lengths = `${lengthHere} characters on this page, ${lengthThere} in the other text.`;
  return `${label}: ${lengths}${where} Here “${shortened(now[at])}”, there “${shortened(held[at])}”.`;
}

const shortened = (line = "") => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);

function labelOf(form, name) {
  const control = form.elements.namedItem(name);
  return control?.labels?.[0]?.textContent.trim() ?? name;
}
