"""A long import in a real browser: its progress, going on by itself or by a button, and stopping it."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Browser, Page, expect

from app.exchange.uploads import STEP
from tests.browser.stoppable import Server, sign_in

ROWS = [
    {"id": f"asst_{number}", "object": "assistant", "model": "m", "created_at": 1} for number in range(2 * STEP + 1)
]


def checked(page: Page, server: Server) -> None:
    sign_in(page, server.url)
    page.goto(f"{server.url}/import")
    content = json.dumps(ROWS).encode()
    page.get_by_label("File").set_input_files({"name": "many.json", "mimeType": "application/json", "buffer": content})
    page.get_by_role("button", name="Check the file").click()


def confirm(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Import 2,001 assistants$")).click()


def test_it_goes_on_by_itself(browser: Browser, server: Server) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        checked(page, server)
        confirm(page)
        expect(page.get_by_role("heading", name="What was imported")).to_be_visible(timeout=60_000)
        assert page.locator("dl.facts").inner_text().split() == [
            "In", "the", "file", "2,001", "Created", "2,001", "Changed", "0", "Unchanged", "0", "Refused", "0",
        ]  # fmt: skip


def test_it_can_be_stopped_while_it_goes_on(browser: Browser, server: Server) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        checked(page, server)
        # What the page does by itself is held back, so that the button is pressed in the middle for certain.
        page.route(
            re.compile("/confirm$"), lambda route: route.continue_() if route.request.is_navigation_request() else None
        )
        confirm(page)
        expect(page.get_by_role("status")).to_have_text("1,000 of 2,001 assistants are dealt with.")
        page.get_by_role("button", name="Stop here").click()
        expect(page.get_by_text("The import was stopped", exact=True)).to_be_visible()
        assert page.locator("dl.facts").inner_text().split()[-2:] == ["Skipped", "1,001"]


def test_without_javascript_a_button_goes_on(browser: Browser, server: Server) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        checked(page, server)
        confirm(page)
        for done in ("1,000", "2,000"):
            expect(page.get_by_role("status")).to_have_text(f"{done} of 2,001 assistants are dealt with.")
            page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("The import is finished")).to_be_visible()
