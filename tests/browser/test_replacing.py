"""Find and replace across assistants in a real browser, by keyboard, with JavaScript and without it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.assistants import service as assistants
from app.extensions import db
from tests import factories
from tests.browser.stoppable import Server, sign_in, stoppable

TEXT = "# Terms\n\nWithin 14 days.\r\n\nOr 14 days for lamps.  \n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all of these tests, one after the other."""
    with stoppable(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def tab(request: pytest.FixtureRequest, browser: Browser, shop: Server) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=request.param, base_url=shop.url) as context:
        page = context.new_page()
        sign_in(page, shop.url)
        yield page


def made(server: Server, name: str, count: int = 1) -> list[str]:
    with server.app.app_context():
        ids = [factories.make_assistant(name=f"{name} {number}", instructions=TEXT).id for number in range(count)]
        db.session.remove()
    return ids


def text_of(server: Server, assistant_id: str) -> str | None:
    with server.app.app_context():
        text = assistants.get(assistant_id).instructions
        db.session.remove()
    return text


def press(page: Page, name: str) -> None:
    """Go to a button with the keyboard's focus and press it."""
    button = page.locator("main").get_by_role("button", name=name, exact=True)
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_from_a_search_to_the_batch_and_back(tab: Page, shop: Server, request: pytest.FixtureRequest) -> None:
    word = "Lampshop" if "with JavaScript" in request.node.name else "Bookshop"
    (assistant_id,) = made(shop, word)
    tab.goto(f"/assistants?query={word}")
    tab.get_by_role("link", name="Find and replace in all that match").click()
    tab.get_by_label("Find", exact=True).fill("14 days")
    tab.get_by_label("Replace with").fill("30 days\nor more")
    press(tab, "Show every place")
    second = tab.get_by_role("checkbox", name=re.compile("line 5"))
    second.focus()
    tab.keyboard.press("Space")
    expect(second).not_to_be_checked()
    press(tab, "Go on")
    expect(tab.get_by_text("1 assistant, in 1 place")).to_be_visible()
    assert text_of(shop, assistant_id) == TEXT
    tab.get_by_label("Note").fill("New terms")
    press(tab, "Change 1 assistant")
    expect(tab.get_by_role("status")).to_contain_text("1 assistant was changed.")
    assert text_of(shop, assistant_id) == TEXT.replace("Within 14 days", "Within 30 days\nor more")
    tab.get_by_role("link", name="Undo this batch…").click()
    press(tab, "Undo it for 1 assistant")
    assert text_of(shop, assistant_id) == TEXT


def test_ticks_stay_through_pages_and_the_history_of_the_browser(tab: Page, shop: Server) -> None:
    ids = made(shop, "Paged", 22)
    address = "&".join(f"id={each}" for each in ids)
    tab.goto(f"/replace?{address}")
    tab.get_by_label("Find", exact=True).fill("14 days")
    press(tab, "Show every place")
    tab.get_by_role("checkbox", name=re.compile("^Change Paged")).first.uncheck()
    press(tab, "Next page")
    tab.get_by_role("checkbox", name=re.compile("^Change Paged")).first.uncheck()
    press(tab, "Previous page")
    expect(tab.get_by_role("checkbox", name=re.compile("^Change Paged")).first).not_to_be_checked()
    tab.reload()
    expect(tab.get_by_role("checkbox", name=re.compile("^Change Paged")).first).not_to_be_checked()
    press(tab, "Go on")
    expect(tab.get_by_text("20 assistants, in 40 places")).to_be_visible()


def test_all_on_a_page_are_ticked_at_once(browser: Browser, shop: Server) -> None:
    made(shop, "Tickable", 3)
    with browser.new_context(base_url=shop.url) as context:
        page = context.new_page()
        sign_in(page, shop.url)
        page.goto("/assistants?query=tickable")
        page.get_by_role("button", name="Tick all on this page").click()
        page.get_by_role("checkbox", name=re.compile("^Tick ")).last.uncheck()
        expect(page.get_by_role("button", name="Tick all on this page")).to_be_visible()
        page.get_by_role("button", name="Change those ticked").click()
        expect(page.get_by_text("This is about 2 ticked assistants.")).to_be_visible()
        expect(page.get_by_role("textbox", name="Label")).to_be_hidden()
        page.get_by_label("Add a label").check()
        expect(page.get_by_role("textbox", name="Label")).to_be_visible()
        expect(page.get_by_role("combobox", name="Model")).to_be_hidden()


def test_looking_through_goes_on_by_itself(browser: Browser, shop: Server) -> None:
    """The page asks on while it is open, says how far it is, and ends at the totals."""
    made(shop, "Slow")
    with browser.new_context(base_url=shop.url) as context:
        page = context.new_page()
        sign_in(page, shop.url)
        page.goto("/replace")
        page.get_by_label("Find", exact=True).fill("14 days")
        press(page, "Show every place")
        confirm = f"{page.url}/confirm"
        seen: list[str] = []

        def half_way(done: int) -> str:
            return (
                f"<!doctype html><title>Wait</title><script type=module src=/static/js/progress.js></script>"
                f"<div data-progress><p role=status>{done} of 3</p><progress max=3 value={done}></progress></div>"
            )

        def answer(route: Route) -> None:
            seen.append(route.request.url)
            if len(seen) <= 3:
                route.fulfill(body=half_way(len(seen)), content_type="text/html")
            else:
                route.continue_()

        page.route(confirm, answer)
        page.goto(confirm)
        expect(page.get_by_role("button", name=re.compile("^Change "))).to_be_visible()
        assert len(seen) == 5
