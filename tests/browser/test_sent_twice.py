"""Save pressed again while the form is on its way: it is sent once. A form that was stopped can be sent again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from app.assistants import service
from app.extensions import db
from tests.browser.stoppable import Server
from tests.browser.writing import editor, open_editor, save, type_at_end

pytestmark = pytest.mark.soak


def count(server: Server) -> int:
    with server.app.app_context():
        found = service.count_live()
        db.session.remove()
    return found


def save_twice(page: Page) -> None:
    """Press Save again before the first sending arrives; whatever else is sent arrives never."""
    sent: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST" and route.request.is_navigation_request():
            sent.append(route)
        else:
            route.continue_()

    page.route("**/assistants/**", hold)
    page.locator(".save-bar").get_by_role("button", name="Save", exact=True).focus()
    with page.expect_request(lambda request: request.is_navigation_request()):
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    sent[0].continue_()


@pytest.mark.parametrize("copied", [False, True], ids=["new", "duplicate"])
def test_save_pressed_twice_makes_one_assistant(page: Page, server: Server, copied: bool) -> None:
    page.goto(f"{server.url}/assistants/" + (f"{server.make_assistant('Text')}/duplicate" if copied else "new"))
    page.get_by_label("Model", exact=True).fill("gpt-4o")
    editor(page).fill("Twice")
    save_twice(page)
    expect(page.get_by_text("is saved as version 1.")).to_be_visible()
    assert count(server) == 1 + copied


def test_save_pressed_twice_saves_once(page: Page, server: Server) -> None:
    open_editor(page, server, "Text")
    type_at_end(page, " typed")
    save_twice(page)
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()


def test_after_escape_it_can_be_sent_again(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    type_at_end(page, " typed")
    page.route(address, lambda route: route.abort("aborted"), times=1)
    save(page)
    page.keyboard.press("Escape")
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()


def test_a_form_that_was_stopped_can_be_sent_again_later(page: Page, server: Server) -> None:
    page.clock.install()
    address = open_editor(page, server, "Text")
    type_at_end(page, " typed")
    page.route(address, lambda route: route.abort("aborted"), times=1)
    with page.expect_event("requestfailed"):
        save(page)
    page.clock.fast_forward(10_000)
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
