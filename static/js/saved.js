// On a page that shows that a form has arrived, drops the copy this browser held of it, and notes whose form it was.
// Without this script the copy stays and is offered when the assistant is edited next.

import { SAVED, SENT } from "./held.js";

try {
  const sent = document.querySelector("[data-saved]") && JSON.parse(sessionStorage.getItem(SENT));
  if (sent) {
    localStorage.removeItem(sent.copy);
    sessionStorage.setItem(SAVED, sent.address);
    sessionStorage.removeItem(SENT);
  }
} catch {
  // Storage that may not be used holds nothing.
}
