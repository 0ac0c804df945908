"""From key to paint in a real browser, with all of the editor's islands, against a bare page with the same textarea."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app.assistants.spec import INSTRUCTIONS_LENGTH
from app.core.actors import Role
from tests import factories
from tests.bench.ground import full_text, greenroom
from tests.bench.measure import Line, of_times
from tests.browser import install
from tests.browser.conftest import QUIET

GROUP = "From key to paint at 256,000 characters"
BAR = 1.25
# Without these a frame waits for the screen's next one, and every key takes a multiple of 17 ms.
UNLIMITED = ("--disable-frame-rate-limit", "--disable-gpu-vsync", "--no-sandbox")
# Room for the keys, so that the text doesn't cross the limit on the way.
ROOM = 4_000
PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}
# People type in words. In the pause after one, the islands do what they put off while keys came.
WORD, PAUSE_MS = 8, 700
WARM_UP = 3
PAINTED = """
() => {
  window.times = [];
  const area = document.querySelector("textarea#instructions");
  area.addEventListener("keydown", (event) => {
    const began = event.timeStamp;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      // A message posted in a frame is read when that frame has been painted.
      after.port1.onmessage = () => { window.times.push(performance.now() - began); };
      after.port2.postMessage(null);
    });
  }, { capture: true });
}
"""
LOOKS = """
() => {
  const area = document.querySelector("textarea#instructions");
  const style = getComputedStyle(area);
  const names = ["width", "height", "font", "lineHeight", "padding", "border", "boxSizing", "whiteSpace",
    "color", "backgroundColor", "borderRadius", "boxShadow", "letterSpacing", "tabSize",
    "overflowWrap", "overflow", "resize"];
  return Object.fromEntries(names.map((name) => [name, style[name]]));
}
"""
BARE = """
([looks, text]) => {
  const area = document.querySelector("textarea");
  Object.assign(area.style, looks);
  area.value = text;
}
"""
GO = """
(share) => {
  const area = document.querySelector("textarea#instructions");
  const place = Math.round(area.value.length * share);
  area.focus();
  area.setSelectionRange(place, place);
}
"""


def lines(folder: Path, *, rounds: int) -> Iterator[Line]:
    with greenroom(folder) as app, _served(app) as url, _browser() as browser:
        editor = _editor(browser, app, url)
        bare = _bare(editor, browser)
        for place, share in PLACES.items():
            taken = []
            for turn in range(-WARM_UP, rounds):
                # A word at a time, so that a slow moment of the machine slows both.
                pages = (editor, bare) if turn % 2 else (bare, editor)
                times = {page: _typed(page, share) for page in pages}
                if turn >= 0:
                    taken += list(zip(times[editor], times[bare], strict=True))
            yield of_times(GROUP, f"at the {place}, all islands against a bare textarea", taken, bar=BAR)


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def _browser() -> Iterator[Browser]:
    path = install.find()
    assert path, install.MISSING
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *UNLIMITED])
        yield browser
        browser.close()


def _editor(browser: Browser, app: Flask, url: str) -> Page:
    """The edit page of an assistant with a long text, every island at work."""
    with app.app_context():
        email = factories.make_person(role=Role.EDITOR).email
        assistant_id = factories.make_assistant(instructions=full_text()[: INSTRUCTIONS_LENGTH - ROOM]).id
    page = browser.new_context().new_page()
    page.goto(f"{url}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{url}/assistants/{assistant_id}/edit")
    page.locator(".outline li").first.wait_for()
    page.evaluate(PAINTED)
    return page


def _bare(editor: Page, browser: Browser) -> Page:
    """A page of nothing but the same text in a textarea that looks the same."""
    page = browser.new_context().new_page()
    page.set_content(
        '<!doctype html><title>Bare</title><textarea id="instructions" dir="auto" spellcheck="true"></textarea>'
    )
    page.evaluate(BARE, [editor.evaluate(LOOKS), editor.locator("#instructions").input_value()])
    page.evaluate(PAINTED)
    return page


def _typed(page: Page, share: float) -> list[float]:
    """The seconds from each key of a word to its paint."""
    page.bring_to_front()
    page.evaluate(GO, share)
    page.evaluate("() => { window.times = []; }")
    for key in range(1, WORD + 1):
        page.keyboard.press("a" if key < WORD else " ")
        page.wait_for_function("count => window.times.length === count", arg=key, polling=20)
    page.wait_for_timeout(PAUSE_MS)
    times: list[float] = page.evaluate("() => window.times")
    return [milliseconds / 1e3 for milliseconds in times]
