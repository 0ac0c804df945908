"""Signing in through a provider in a real browser, with JavaScript and without it; what was being saved stays.
axe looks at the pages that only exist with a provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import set_up
from tests.browser.serving import Greenroom, serving
from tests.provider import Provider, running

GROUPS = {"email_verified": True, "name": "Grace Hopper", "email": "grace@example.org"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        provider.people = {"grace": GROUPS | {"groups": ["staff"]}, "eve": GROUPS | {"groups": ["nobody"]}}
        yield provider


@pytest.fixture
def greenroom(tmp_path: Path, provider: Provider) -> Iterator[Greenroom]:
    with serving(tmp_path, provider.environment()) as running:
        yield running


@pytest.mark.soak
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_in_and_out_and_with_a_text_on_the_way(browser: Browser, greenroom: Greenroom, scripts: bool) -> None:
    with browser.new_context(base_url=greenroom.url) as first:
        set_up(first.new_page(), greenroom)
    with browser.new_context(base_url=greenroom.url, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto("/export")
        _look(page, scripts)
        page.get_by_role("link", name="Sign in with Example Corp").click()
        page.get_by_role("button", name="eve").click()
        expect(page.get_by_role("group", name="There is a problem")).to_contain_text("none of your groups")
        _look(page, scripts)
        page.goto("/export")
        page.get_by_role("link", name="Sign in with Example Corp").click()
        page.get_by_role("button", name="grace").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Export assistants")
        page.get_by_role("link", name="Signed in as Grace Hopper").click()
        expect(page.get_by_text("You are signed in through your organisation")).to_be_visible()
        _look(page, scripts)
        _save_signed_out(page, scripts)


def _save_signed_out(page: Page, scripts: bool) -> None:
    """The sign-in ends before a text is saved; a second tab leads to the provider, and this one goes on."""
    page.goto("/assistants/new")
    page.get_by_label("Name", exact=True).fill("Lamp adviser")
    page.get_by_role("textbox", name="Instructions").fill("Be kind.\n\n  Be brief.\n")
    page.context.clear_cookies()
    page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Your text is not lost")).to_be_visible()
    _look(page, scripts)
    page.get_by_role("button", name="I am signed in: go on").click()
    expect(page.get_by_role("group", name="There is a problem")).to_contain_text("You are not signed in yet.")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="another tab").click()
    opening.value.get_by_role("button", name="grace").click()
    expect(opening.value.get_by_role("heading", level=1)).to_have_text("Assistants")
    page.get_by_role("button", name="I am signed in: go on").click()
    expect(page.get_by_role("textbox", name="Instructions")).to_have_value("Be kind.\n\n  Be brief.\n")


def _look(page: Page, scripts: bool) -> None:
    """axe is a script itself."""
    if scripts:
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
