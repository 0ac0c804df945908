"""The sign-in ends while somebody types a long text: saving leads through signing in and back, with every character."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from app.texts.text import NEWLINE
from tests.browser.conftest import set_up
from tests.browser.serving import EMAIL, PASSWORD, Greenroom
from tests.difficult import DIFFICULT_TEXTS
from tests.sample import INSTRUCTIONS_LIMIT

pytestmark = pytest.mark.soak

# What can be typed: a browser makes every newline one of its own.
DIFFICULT = "\n".join(["", *(NEWLINE.sub("\n", text) for text in DIFFICULT_TEXTS.values()), ""])
LINE = "When a guest asks for a refund, look up the order first. \U0001f9fe\n"
LONGEST = (DIFFICULT + LINE * INSTRUCTIONS_LIMIT)[:INSTRUCTIONS_LIMIT]


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_no_character_is_lost(browser: Browser, greenroom: Greenroom, scripts: bool) -> None:
    with browser.new_context(base_url=greenroom.url, java_script_enabled=scripts) as context:
        page = context.new_page()
        set_up(page, greenroom)
        _make_an_assistant(page)
        page.get_by_role("link", name="Edit", exact=True).click()
        _type(page, LONGEST)
        page.locator("[name=note]").fill("Everything at once")
        context.clear_cookies()
        _save(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        _sign_in(page, "not the password")
        expect(page.get_by_role("group", name="There is a problem")).to_be_visible()
        _sign_in(page, PASSWORD)
        expect(page.get_by_text("Your text is here. It is not saved yet.")).to_be_visible()
        assert (_typed(page) == LONGEST) is True
        expect(page.locator("[name=note]")).to_have_value("Everything at once")
        _save(page)
        expect(page.get_by_text("Saved as version 2.")).to_be_visible()
        page.get_by_role("link", name="Edit", exact=True).click()
        assert (_typed(page) == LONGEST) is True


def _make_an_assistant(page: Page) -> None:
    page.goto("/assistants/new")
    page.get_by_label("Name", exact=True).fill("Lamp adviser")
    page.get_by_label("Model", exact=True).fill("gpt-4o")
    _save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lamp adviser")


def _type(page: Page, text: str) -> None:
    """At once, as pasting does: the browser takes half a minute to type this much by itself."""
    page.get_by_role("textbox", name="Instructions").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', {bubbles: true})); }", text
    )


def _typed(page: Page) -> str:
    return page.get_by_role("textbox", name="Instructions").input_value()


def _sign_in(page: Page, password: str) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _save(page: Page) -> None:
    page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()
