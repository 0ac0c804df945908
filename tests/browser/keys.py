"""A person who has a keyboard and nothing else. Every stop on the way has to be one that can be seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

# More stops than any page has.
MOST_STOPS = 300
# Whether the focus is on this element, and what is wrong with where it is: no mark around it, or something over it.
# The end of the page, where the browser's own buttons would follow, is nobody's fault, and the parts of a date field
# are marked by the browser itself.
STOP = """(wanted) => {
  const element = document.activeElement;
  if (!element || element === document.body) return {there: false, fault: ""};
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const marked = outlined || element.type === "datetime-local";
  const box = element.getBoundingClientRect();
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
  const seen = [0.1, 0.3, 0.5, 0.7, 0.9].some((x) => [0.1, 0.3, 0.5, 0.7, 0.9].some((y) => {
    const hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    return hit && element.contains(hit);
  }));
  const name = element.outerHTML.slice(0, 160);
  const fault = !marked ? `No mark shows the focus on ${name}` : !seen ? `Nothing is to be seen of ${name}` : "";
  return {there: element === wanted, fault};
}"""


def tab_to(page: Page, wanted: Locator, *, back: bool = False) -> Locator:
    """Press Tab, or Shift and Tab, until `wanted` has the focus; returns it."""
    expect(wanted).to_be_attached()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        stop = wanted.evaluate(STOP)
        assert not stop["fault"], stop["fault"]
        if stop["there"]:
            return wanted
    raise AssertionError(f"No Tab leads to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter", *, back: bool = False) -> None:
    """Go to a button, a link or a box and use it."""
    tab_to(page, wanted, back=back)
    page.keyboard.press(key)


def write(page: Page, wanted: Locator, text: str, *, back: bool = False) -> None:
    """Go to a field and put `text` in the place of what it holds."""
    tab_to(page, wanted, back=back)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
