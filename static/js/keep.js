// Keeps the whole form on the server about two seconds after the last key, and says in the save bar how that stands.
// What the server hasn't taken is held in this browser. Without this script the page says that nothing is kept until
// it is saved.

import { address, altered, read } from "./form_values.js";
import { HeldCopies, wasSaved } from "./held.js";
import { offerHeld } from "./held_offer.js";
import { KeepLine } from "./keep_line.js";
import { post } from "./keep_post.js";

const PAUSE = 2000;
// Somebody who types without a pause is kept all the same.
const LONGEST_WAIT = 10_000;
const HOLD_EVERY = 2000;
const RETRY_SECONDS = [2, 4, 8, 16, 30];
// A form on its way is sent once. Later than this, whoever presses Save again has stopped the browser meanwhile.
const UNDER_WAY = 10_000;
const UNREACHABLE = "the server can't be reached";

class Keeper {
  constructor(form) {
    this.form = form;
    this.line = new KeepLine(document.querySelector("[data-keep-line]"));
    this.held = new HeldCopies(form.dataset.keepKey);
    // How often something was changed, and which of these states the server and the browser's storage have.
    this.edits = 0;
    this.keptEdits = 0;
    this.heldEdits = 0;
    this.sending = false;
    this.failures = 0;
    // What the last attempt came to, while it came to nothing good: "failed", "signed-out", "other-tab".
    this.trouble = null;
    this.unreachable = false;
    // Saving was tried while the server couldn't be reached.
    this.notSent = false;
    // The browser thinks it is offline, and the server was asked whether it is.
    this.asked = false;
    // The form is on its way.
    this.leaving = false;
    this.afterSending = null;
    this.timers = { send: 0, retry: 0, hold: 0 };
    this.know(form.dataset.keepRevision);
    form.querySelector("[data-keep-plain]").hidden = true;
    this.listen();
  }

  // The form says these when it is saved, so that the server drops what this page has kept and nothing else.
  know(revision) {
    this.revision = revision;
    this.form.elements.revision.value = revision;
    this.form.elements.page.value = this.held.page;
  }

  get dirty() {
    return this.edits !== this.keptEdits;
  }

  listen() {
    this.form.addEventListener("input", (event) => {
      if (event.target.name) this.edited();
    });
    this.form.addEventListener("submit", (event) => this.submitted(event));
    for (const name of ["online", "focus"]) addEventListener(name, () => this.retryNow());
    document.addEventListener("visibilitychange", () => this.visibilityChanged());
    addEventListener("beforeunload", (event) => {
      if (!this.leaving && !this.hold()) event.preventDefault();
    });
    // Escape stops a form on its way.
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.leaving) this.stay();
    });
    addEventListener("pagehide", () => this.hold());
    addEventListener("pageshow", (event) => this.shown(event));
    this.line.line.querySelector("[data-keep-mine]").addEventListener("click", () => this.keepMine());
  }

  // Also called for what the browser has put back, once it has had the time to.
  shown(event) {
    // Going back to what is saved means going on from there.
    if (cameBack(event) && wasSaved()) return location.replace(address(this.form));
    // After sending, this page is out of date: the server draws it anew.
    if (event.persisted && this.leaving) return location.replace(location.href);
    if (event.persisted) return this.retryNow();
    // The browser may have put older ones back.
    this.know(this.revision);
    const { keptAt, keepUnkept } = this.form.dataset;
    if (altered(this.form) || keepUnkept !== undefined) {
      this.edited();
      this.hold();
    } else if (!this.dirty) this.line.show(keptAt ? "kept" : "fresh", { at: keptAt });
    return offerHeld(this.form, this.held, this);
  }

  // At every key: nothing here depends on how long the text is.
  edited() {
    const now = performance.now();
    this.edits += 1;
    if (this.leaving) this.stay();
    this.lastEdit = now;
    this.firstEdit ??= now;
    if (this.trouble) this.holdSoon();
    else {
      if (this.line.state !== "unsaved") this.line.show("unsaved");
      this.sendSoon(PAUSE);
    }
  }

  leave() {
    this.leaving = true;
    this.leftAt = performance.now();
  }

  stay() {
    this.leaving = false;
    this.held.unmarkSent();
  }

  sendSoon(wait) {
    if (this.timers.send || this.sending) return;
    this.timers.send = setTimeout(() => {
      this.timers.send = 0;
      const left = Math.min(this.lastEdit + PAUSE, this.firstEdit + LONGEST_WAIT) - performance.now();
      if (left > 0) this.sendSoon(left);
      else this.send();
    }, wait);
  }

  async send() {
    if (this.sending) return;
    this.stopWaiting();
    this.sending = true;
    if (!this.trouble) this.line.show("keeping");
    this.firstEdit = null;
    const edits = this.edits;
    const { keepKey: key } = this.form.dataset;
    const about = { key, revision: this.revision, page: this.held.page, edit_number: edits };
    const answer = await post(this.form, about);
    this.sending = false;
    this.unreachable = answer.kind === "failed" && answer.status !== 429;
    this[TAKE[answer.kind]](answer, edits);
    if (this.afterSending) this.afterSending();
  }

  stopWaiting() {
    clearTimeout(this.timers.send);
    clearTimeout(this.timers.retry);
    this.timers.send = this.timers.retry = 0;
  }

  takeKept(answer, edits) {
    this.know(answer.revision);
    this.keptEdits = edits;
    this.trouble = null;
    this.failures = 0;
    if (this.dirty) {
      this.line.show("unsaved");
      this.sendSoon(PAUSE);
      return;
    }
    this.line.show(this.notSent ? "reached" : "kept", { at: answer.at });
    this.notSent = false;
    this.held.drop();
  }

  takeFailed({ why, wait }) {
    this.trouble = "failed";
    this.line.show(this.notSent ? "not-sent" : "failed", { why: why ?? UNREACHABLE, held: this.hold() });
    this.retryLater(wait);
  }

  takeSignedOut() {
    this.trouble = "signed-out";
    this.line.show("signed-out", { held: this.hold() });
    this.retryLater();
  }

  // Trying again can't help; the next change may.
  takeRefused({ why }, edits) {
    this.trouble = null;
    this.line.show("refused", { why, held: this.hold() });
    if (this.edits !== edits) this.sendSoon(PAUSE);
  }

  // Nothing more is sent until the person has chosen between the two texts.
  takeOtherTab({ revision, at }) {
    this.trouble = "other-tab";
    this.rival = revision;
    this.hold();
    this.line.show("other-tab", { at });
  }

  keepMine() {
    this.know(this.rival);
    this.trouble = null;
    this.send();
  }

  retryLater(seconds) {
    const wait = seconds ?? RETRY_SECONDS[Math.min(this.failures, RETRY_SECONDS.length - 1)];
    this.failures += 1;
    this.line.count(wait);
    this.timers.retry = setTimeout(() => this.send(), wait * 1000);
  }

  retryNow() {
    if (this.timers.retry) this.send();
  }

  visibilityChanged() {
    if (document.visibilityState === "visible") this.retryNow();
    // A page whose form is on its way is hidden too when the next one comes: then the text is being saved.
    else if (this.dirty && !this.leaving) {
      this.hold();
      if (!this.trouble) this.send();
    }
  }

  // True when nothing would be lost: the server or this browser's storage has the text as it stands.
  hold() {
    if (!this.dirty || this.heldEdits === this.edits) return true;
    const copy = { pairs: read(this.form), base: this.form.dataset.baseVersion, edits: this.edits };
    if (!this.held.write(copy)) return false;
    this.heldEdits = this.edits;
    return true;
  }

  holdSoon() {
    if (this.timers.hold) return;
    this.timers.hold = setTimeout(() => {
      this.timers.hold = 0;
      this.hold();
    }, HOLD_EVERY);
  }

  // Sending a form to a server that isn't there would replace the text by the browser's error page. And a copy that
  // arrived after the form was saved would come back as unsaved changes, so the form waits for one under way.
  submitted(event) {
    if (this.leaving && performance.now() - this.leftAt < UNDER_WAY) return event.preventDefault();
    if (this.sending) return this.submitAfterSending(event);
    const held = this.hold();
    // A browser may be wrong in thinking it is offline: the server can be on the same machine. Keeping tells.
    if (!navigator.onLine && !this.asked) {
      this.asked = true;
      this.submitAfterSending(event);
      return this.send();
    }
    this.asked = false;
    if (this.unreachable) {
      event.preventDefault();
      this.notSent = true;
      this.trouble = "failed";
      this.line.show("not-sent", { why: UNREACHABLE, held });
      return this.send();
    }
    this.stopWaiting();
    this.held.markSent();
    this.leave();
  }

  submitAfterSending(event) {
    event.preventDefault();
    this.afterSending = () => {
      this.afterSending = null;
      this.form.requestSubmit(event.submitter);
    };
  }
}

const TAKE = {
  kept: "takeKept",
  failed: "takeFailed",
  "signed-out": "takeSignedOut",
  refused: "takeRefused",
  "other-tab": "takeOtherTab",
};

const cameBack = (event) => event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";

const form = document.querySelector("form[data-keep-url]");
if (form) new Keeper(form);
