// On a page that shows that a form has arrived, drops the copy this browser held of it. Without this script the copy
// stays and is offered when the assistant is edited next.

import { SENT } from "./held.js";

try {
  const name = document.querySelector("[data-saved]") && sessionStorage.getItem(SENT);
  if (name) {
    localStorage.removeItem(name);
    sessionStorage.removeItem(SENT);
  }
} catch {
  // Storage that may not be used holds nothing.
}
