// Copies of a form in this browser's own storage, for text the server hasn't taken yet. One copy for each page that
// was opened, so that two tabs never overwrite each other's. No part of the page by itself; keep.js and
// held_offer.js use it.

const PREFIX = "greenroom.held.";
// Where saved.js finds what a tab has just sent: the name of the copy held of it, and the address of the form.
export const SENT = "greenroom.sent";
// Where keep.js finds the address of the form that was saved last in this tab.
export const SAVED = "greenroom.saved";

const random = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");

export class HeldCopies {
  // `key` names the person and the assistant.
  constructor(key) {
    this.prefix = `${PREFIX}${key}.`;
    this.page = random();
  }

  get ownName() {
    return this.prefix + this.page;
  }

  // False when the browser has no room or allows no storage.
  write(copy, name = this.ownName) {
    try {
      localStorage.setItem(name, JSON.stringify({ ...copy, page: this.page, at: new Date().toISOString() }));
      return true;
    } catch {
      return false;
    }
  }

  // A copy of its own, beside the one this page goes on writing.
  writeAside(copy) {
    return this.write(copy, this.prefix + random());
  }

  drop(name = this.ownName) {
    try {
      localStorage.removeItem(name);
    } catch {
      // Storage that may not be used holds nothing.
    }
  }

  // What other pages have left, the newest first.
  others() {
    return this.names()
      .filter((name) => name.startsWith(this.prefix) && name !== this.ownName)
      .map((name) => ({ ...parsed(localStorage.getItem(name)), name }))
      .filter((copy) => Array.isArray(copy.pairs))
      .sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  names() {
    try {
      return Object.keys(localStorage);
    } catch {
      return [];
    }
  }

  // The page that answers this form can drop the copy once it says that the text has arrived.
  markSent() {
    try {
      sessionStorage.setItem(SENT, JSON.stringify({ copy: this.ownName, address: location.href }));
    } catch {
      // The copy is then offered once more, which loses nothing.
    }
  }

  // Typed on after sending: what arrives is no longer all there is.
  unmarkSent() {
    try {
      sessionStorage.removeItem(SENT);
    } catch {
      // Nothing was marked.
    }
  }
}

// Whether the form of this page was saved, asked by somebody who has come back to it; told once.
export function wasSaved() {
  try {
    const saved = sessionStorage.getItem(SAVED) === location.href;
    if (saved) sessionStorage.removeItem(SAVED);
    return saved;
  } catch {
    return false;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
