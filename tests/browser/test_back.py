"""Going back to a form that was saved. A browser puts what was typed into whatever form it gets there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.assistants import service
from app.core.actors import Origin
from app.extensions import db
from tests import factories
from tests.browser.stoppable import Server, sign_in, stoppable
from tests.browser.writing import editor, save, state

pytestmark = pytest.mark.soak

BEFORE = "one\n\ntwo\n\nthree\n"
MINE, THEIRS = BEFORE.replace("one", "ONE"), BEFORE.replace("one", "ONE").replace("three", "THEIRS")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with stoppable(tmp_path_factory.mktemp("back")) as running:
        yield running


def live(server: Server, assistant_id: str) -> tuple[int, str | None]:
    with server.app.app_context():
        found = service.get(assistant_id)
        db.session.remove()
    return found.version, found.instructions


def saved_and_back(page: Page, server: Server) -> str:
    """Save a change, let a script save another one, and go back; the assistant's id."""
    made = server.make_assistant(BEFORE)
    page.goto(f"/assistants/{made}/edit")
    editor(page).fill(MINE)
    save(page)
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    with server.app.app_context():
        service.update(made, {"instructions": THEIRS}, actor=factories.ADMIN, origin=Origin.API)
        db.session.remove()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Edit")
    return made


def test_without_a_script_it_is_the_form_of_the_version_that_was_typed_into(browser: Browser, server: Server) -> None:
    with browser.new_context(base_url=server.url, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, server.url)
        made = saved_and_back(page, server)
        expect(editor(page)).to_have_value(MINE)
        assert page.input_value("[name=version]") == "1"
        editor(page).fill(MINE.replace("two", "TWO"))
        save(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Put the changes together")
        assert live(server, made) == (3, THEIRS)
        page.get_by_role("button", name="Save the merge").click()
        expect(page.get_by_text("Saved as version 4.")).to_be_visible()
        assert live(server, made) == (4, THEIRS.replace("two", "TWO"))


def test_with_scripts_it_is_the_newest_version_and_nothing_is_unsaved(browser: Browser, server: Server) -> None:
    with browser.new_context(base_url=server.url) as context:
        page = context.new_page()
        sign_in(page, server.url)
        made = saved_and_back(page, server)
        expect(editor(page)).to_have_value(THEIRS)
        expect(state(page)).to_have_text("No changes yet")
        assert page.input_value("[name=version]") == "3"
        editor(page).fill(THEIRS.replace("two", "TWO"))
        save(page)
        expect(page.get_by_text("Saved as version 4.")).to_be_visible()
        assert live(server, made) == (4, THEIRS.replace("two", "TWO"))
