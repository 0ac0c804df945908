"""The second factor and the list of sessions in a real browser, with JavaScript and without it."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import set_up
from tests.browser.serving import EMAIL, PASSWORD, Greenroom


@pytest.mark.soak
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_setting_it_up_to_signing_out_everywhere(browser: Browser, greenroom: Greenroom, scripts: bool) -> None:
    with (
        browser.new_context(base_url=greenroom.url, java_script_enabled=scripts) as here,
        browser.new_context(base_url=greenroom.url, java_script_enabled=scripts) as there,
    ):
        first, second = here.new_page(), there.new_page()
        set_up(first, greenroom)
        app, codes = _set_up_second_factor(first)
        _sign_in(second)
        expect(second.get_by_role("heading", level=1)).to_have_text("Your code")
        second.goto("/assistants")
        expect(second.get_by_role("heading", level=1)).to_have_text("Sign in")
        _sign_in(second)
        _give(second, "Code", "12")
        expect(second.get_by_role("group", name="There is a problem")).to_be_visible()
        # Of the next half minute, which is taken early; the present one was used up by setting it up.
        _give(second, "Code", app.at(time.time(), counter_offset=1))
        expect(second.get_by_role("heading", level=1)).to_have_text("Assistants")
        copied = there.cookies()
        _sign_out_everywhere_else(first)
        there.add_cookies(copied)
        second.reload()
        expect(second.get_by_role("heading", level=1)).to_have_text("Sign in")
        _sign_in(second)
        second.locator("summary", has_text="I can't use the app").click()
        _give(second, "Recovery code", codes[0])
        expect(second.get_by_role("heading", level=1)).to_have_text("Assistants")


def _set_up_second_factor(page: Page) -> tuple[pyotp.TOTP, list[str]]:
    page.goto("/account")
    page.get_by_role("link", name="Set up a second factor").click()
    picture = page.get_by_role("img", name="The key as a QR code").bounding_box()
    assert picture is not None
    assert picture["width"] >= 180
    app = pyotp.TOTP(page.get_by_role("group", name="The key").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    codes = page.get_by_role("group", name="The codes").inner_text().split()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    return app, codes


def _sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _give(page: Page, label: str, code: str) -> None:
    page.get_by_label(label, exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()


def _sign_out_everywhere_else(page: Page) -> None:
    page.goto("/account")
    expect(page.locator("#sessions tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You are signed out of 1 other browser.")).to_be_visible()
    expect(page.locator("#sessions tbody tr")).to_have_count(1)
