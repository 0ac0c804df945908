"""The small scripts: counts that follow the keys, the Copy button, and moments in the reader's own time zone."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import set_up
from tests.browser.serving import Greenroom


def test_the_islands(browser: Browser, greenroom: Greenroom) -> None:
    with browser.new_context(
        base_url=greenroom.url, timezone_id="Asia/Kathmandu", permissions=["clipboard-read", "clipboard-write"]
    ) as context:
        page = context.new_page()
        set_up(page, greenroom)
        _copy(page)
        _count(page)
        _tell_the_time(page)


def _copy(page: Page) -> None:
    page.get_by_role("button", name="Copy: The key").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_role("group", name="The key").inner_text()


def _count(page: Page) -> None:
    """Code points are counted: an emoji is one character, and a text may go over the limit without being cut."""
    page.goto("/assistants/new")
    count = page.locator("#instructions-count")
    expect(count).to_have_text("0 of 256,000 characters")
    page.get_by_role("textbox", name="Instructions").fill("one\n\U0001f9ed")
    expect(count).to_have_text("5 of 256,000 characters")
    expect(page.locator("#instructions-count-live")).to_have_text("5 of 256,000 characters", timeout=15_000)
    page.get_by_role("textbox", name="Instructions").fill("語" * 256_002)
    expect(count).to_have_text("256,002 of 256,000 characters, 2 too many")


def _tell_the_time(page: Page) -> None:
    """Kathmandu is five hours and three quarters ahead, so its minutes can't be the server's."""
    page.goto("/keys")
    made = page.locator("tbody time").first
    moment = made.get_attribute("datetime")
    local = page.evaluate(
        "moment => new Date(moment).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})", moment
    )
    assert moment is not None
    assert moment[14:16] != local[3:]
    expect(made).to_contain_text(local)
