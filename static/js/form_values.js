// The values of a form as pairs of name and text, as the browser would send them. No part of the page by itself;
// keep.js and held_offer.js use it.

// Names that say what the form was made from. They aren't typed, but belong to what was.
const MADE_FROM = new Set(["version", "expected_version", "state", "new_id"]);
// Names that say how the page stands with the server.
const OWN = new Set(["csrf_token", "revision", "page", "rival"]);

// Where the form is sent to. Its buttons are named "action", which hides the property of that name.
export const address = (form) => form.getAttribute("action");

export const read = (form) => [...new FormData(form)].filter(([name]) => !OWN.has(name));

export const typed = (pairs) => pairs.filter(([name]) => !MADE_FROM.has(name));

export function same(pairs, others) {
  return JSON.stringify(typed(pairs)) === JSON.stringify(typed(others));
}

// Whether the form has a control for every value, and no row without values. Rows may have been added or removed
// where the values come from.
export function fits(form, pairs) {
  const names = pairs.map(([name]) => name);
  const rows = new Set(names.map(rowOf));
  const drawn = [...form.elements].map(({ name }) => rowOf(name));
  return names.every((name) => form.elements.namedItem(name)) && drawn.every((row) => rows.has(row));
}

// The row of functions or metadata that a name belongs to; "" for all other names.
const rowOf = (name) => /^(functions|pairs)-\d+-/.exec(name)?.[0] ?? "";

// Put the values into the form. A box without a value is one that wasn't ticked.
export function fill(form, pairs) {
  const values = new Map(pairs);
  for (const control of form.elements) {
    if (!control.name || OWN.has(control.name)) continue;
    if (control.type === "checkbox") control.checked = values.has(control.name);
    else if (control.type !== "submit" && values.has(control.name)) control.value = values.get(control.name);
  }
  for (const area of form.querySelectorAll("textarea[name]")) area.dispatchEvent(new Event("input", { bubbles: true }));
}

// Whether the browser has put back what was typed before, after a reload or a step back.
export function altered(form) {
  return [...form.elements].some((control) => {
    if (!control.name || control.type === "hidden" || control.type === "submit") return false;
    if (control.type === "checkbox") return control.checked !== control.defaultChecked;
    if (control.tagName === "SELECT") return !sameChoice(control);
    return control.value !== control.defaultValue;
  });
}

// Without a marked option a browser chooses the first.
function sameChoice(select) {
  const drawn = [...select.options].findIndex((option) => option.defaultSelected);
  return select.selectedIndex === Math.max(drawn, 0);
}
