"""What tests of the page with the form do and look at, in a browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.stoppable import Server

LIMIT = 256_000
SECTION = "## Section {}\n\nWe promise a refund in 14 days 😀, and an Answer to each letter.\n\n"


def long_text(length: int = LIMIT) -> str:
    """A text of exactly `length` code points with headings throughout."""
    text, number = "", 1
    while len(text) < length:
        text += SECTION.format(number) + "Line of plain words that fill the page. \n" * 20
        number += 1
    return text[:length]


def open_editor(page: Page, server: Server, text: str) -> str:
    """Opens the edit page of a new assistant with this text; returns its address."""
    address = f"{server.url}/assistants/{server.make_assistant(text)}/edit"
    page.goto(address)
    expect(state(page)).to_have_text("No changes yet")
    return address


def state(page: Page) -> Locator:
    return page.locator("[data-keep-line] [role=status]")


def editor(page: Page) -> Locator:
    return page.locator("#instructions")


def save(page: Page) -> None:
    page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()


def type_at_end(page: Page, text: str) -> None:
    editor(page).focus()
    editor(page).evaluate("area => area.setSelectionRange(area.value.length, area.value.length)")
    page.keyboard.type(text)


def paste_all(page: Page, text: str) -> None:
    """Put `text` in the place of all there is, as at one stroke."""
    editor(page).evaluate(
        """(area, text) => {
          area.setRangeText(text, 0, area.value.length, "end");
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        text,
    )


def held_copies(page: Page) -> list[Any]:
    """What this browser's own storage holds."""
    copies: list[Any] = page.evaluate(
        """() => Object.entries(localStorage)
            .filter(([name]) => name.startsWith("greenroom.held."))
            .map(([, copy]) => JSON.parse(copy))"""
    )
    return copies
