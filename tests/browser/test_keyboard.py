"""All that can be done with an assistant's text, done with keys alone: no mouse, and no script that moves the focus."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.assistants import service
from app.core.actors import Origin
from app.extensions import db
from tests import factories
from tests.browser.keys import press, tab_to, write
from tests.browser.stoppable import Server, sign_in, stoppable
from tests.browser.writing import editor, state

pytestmark = pytest.mark.soak

TEXT = "# Tone\n\nBe calm.\n\n# Refunds\n\nWithin ten days.\n\n# Closing\n\nSay goodbye.\n"
CARET = "() => [document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Greenroom for all of these; each test has an assistant of its own."""
    with stoppable(tmp_path_factory.mktemp("keyboard")) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 720}, locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, server.url)
        yield page


@pytest.fixture
def page(signed_in: Page) -> Page:
    return signed_in


def change(server: Server, assistant_id: str, **changes: object) -> None:
    """What a script writes meanwhile."""
    with server.app.app_context():
        service.update(assistant_id, changes, actor=factories.ADMIN, origin=Origin.API)
        db.session.remove()


def live(server: Server, assistant_id: str) -> tuple[int, str | None]:
    with server.app.app_context():
        found = service.get(assistant_id)
        db.session.remove()
    return found.version, found.instructions


def save(page: Page) -> None:
    press(page, page.locator(".save-bar").get_by_role("button", name="Save", exact=True))


def test_writing_and_saving_with_a_note(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    page.goto(f"/assistants/{made}")
    press(page, page.get_by_role("link", name="Edit", exact=True))
    tab_to(page, editor(page))
    page.keyboard.press("Control+End")
    page.keyboard.type("Wave.\n")
    write(page, page.get_by_label("Temperature", exact=True), "hot")
    write(page, page.get_by_label("What did you change"), "They asked for it")
    save(page)
    expect(page.get_by_role("group", name="There is a problem")).to_be_focused()
    press(page, page.locator(".error-summary a"))
    expect(page.get_by_label("Temperature", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.5")
    # Enter in a field of one line saves, as in any form.
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved as version 2.")).to_be_visible()
    assert live(server, made) == (2, TEXT + "Wave.\n")


def test_rows_of_the_form(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    page.goto(f"/assistants/{made}/edit")
    press(page, page.get_by_role("button", name="Add a pair"))
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    page.keyboard.type("team")
    write(page, page.get_by_label("Value", exact=True), "returns")
    press(page, page.get_by_role("button", name="Add a function"), back=True)
    expect(page.get_by_label("Function name")).to_be_focused()
    press(page, page.get_by_role("button", name="Remove function 1"))
    expect(page.get_by_role("button", name="Add a function")).to_be_focused()
    press(page, page.get_by_text("Schema of the answer for the answer format"), back=True)
    expect(page.get_by_label("Schema name")).to_be_visible()
    tab_to(page, page.get_by_label("Answer format"), back=True)
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_label("Code interpreter", exact=True), "Space")
    save(page)
    expect(page.get_by_role("status").filter(has_text="Saved as version 2.")).to_be_visible()
    with server.app.app_context():
        found = service.get(made)
        assert (found.pairs, found.response_format) == ({"team": "returns"}, {"type": "text"})
        assert found.tools == [{"type": "code_interpreter"}]
        db.session.remove()


def test_going_by_the_outline(page: Page, server: Server) -> None:
    page.goto(f"/assistants/{server.make_assistant(TEXT)}/edit")
    press(page, page.get_by_role("navigation", name="Outline").get_by_role("button", name="Refunds"))
    assert page.evaluate(CARET) == ["instructions", TEXT.index("# Refunds"), TEXT.index("# Refunds")]
    page.keyboard.type("New ")
    expect(editor(page)).to_have_value(TEXT.replace("# Refunds", "New # Refunds"))


def test_finding_and_replacing(page: Page, server: Server) -> None:
    page.goto(f"/assistants/{server.make_assistant(TEXT)}/edit")
    press(page, page.get_by_text("Find and replace"))
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    page.keyboard.type("AY")
    status = page.locator("[data-find-status]")
    expect(status).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(status).to_have_text("2 of 2")
    write(page, page.get_by_label("Replace with"), "ay!")
    expect(page.locator(".find-hit").first).to_contain_text("added: ay!")
    press(page, page.get_by_label("Match case"), "Space")
    expect(status).to_have_text("Not found")
    page.keyboard.press("Space")
    expect(status).to_have_text("2 of 2")
    press(page, page.get_by_role("button", name="Replace all"))
    expect(status).to_have_text("2 replaced")
    expect(page.get_by_role("button", name="Undo replace all")).to_be_focused()
    expect(editor(page)).to_have_value(TEXT.replace("ay", "ay!"))
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_value(TEXT)
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    press(page, page.locator(".find-hit").first)
    assert page.evaluate(CARET) == ["instructions", TEXT.index("ay"), TEXT.index("ay") + 2]
    tab_to(page, page.get_by_role("button", name="Replace", exact=True), back=True)
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_value(TEXT.replace("ay", "ay!", 1))
    page.keyboard.press("Escape")
    expect(page.get_by_label("Replace with")).to_be_hidden()
    expect(editor(page)).to_be_focused()


def test_looking_at_a_check_and_cleaning(page: Page, server: Server) -> None:
    odd = TEXT.replace("ten days", "ten\u200b days")
    page.goto(f"/assistants/{server.make_assistant(odd)}/edit")
    press(page, page.locator("summary", has_text="Worth a look"))
    press(page, page.get_by_role("button", name=re.compile("^Show me line 7: .*zero.width", re.IGNORECASE)))
    at = odd.index("\u200b")
    assert page.evaluate(CARET) == ["instructions", at, at + 1]
    press(page, page.get_by_role("button", name="Clean…"))
    expect(page.get_by_role("region", name="Clean the instructions")).to_be_focused()
    box = page.locator("input[name=clean]")
    expect(box).to_be_checked()
    press(page, box, "Space")
    expect(box).not_to_be_checked()
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Clean the text"))
    expect(page.get_by_role("status").filter(has_text="The instructions are cleaned.")).to_be_focused()
    expect(editor(page)).to_have_value(TEXT)


def test_unsaved_changes(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    page.goto(f"/assistants/{made}/edit")
    tab_to(page, editor(page))
    page.keyboard.press("Control+End")
    page.keyboard.type("Wave.\n")
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=15_000)
    press(page, page.get_by_role("link", name="Cancel"))
    press(page, page.get_by_role("link", name="Edit", exact=True))
    press(page, page.get_by_role("link", name="See what differs"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("What differs")
    press(page, page.get_by_role("link", name="Your unsaved changes"))
    expect(editor(page)).to_have_value(TEXT + "Wave.\n")
    press(page, page.get_by_role("link", name="leave them aside"))
    press(page, page.get_by_role("link", name="Continue"))
    expect(editor(page)).to_have_value(TEXT + "Wave.\n")
    press(page, page.get_by_role("link", name="leave them aside"))
    press(page, page.get_by_role("button", name="Discard"))
    expect(page.get_by_role("status").filter(has_text="Your unsaved changes are discarded.")).to_be_visible()
    expect(editor(page)).to_have_value(TEXT)


def test_deciding_a_conflict(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    page.goto(f"/assistants/{made}/edit")
    change(server, made, instructions=TEXT.replace("ten", "two").replace("Say", "Wave"), name="Theirs")
    write(page, page.get_by_label("Name", exact=True), "Mine")
    tab_to(page, editor(page))
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(TEXT.replace("ten", "six").replace("Say", "Sing"))
    save(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Put the changes together")
    press(page, page.locator("#place-0 summary").first)
    expect(page.locator("#place-0 details").first).to_have_attribute("open", "")
    # The arrows go from choice to choice, and nothing is chosen before.
    press(page, page.locator("#place-0-mine"), "Space")
    tab_to(page, page.locator("#place-1-mine"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("#place-1-theirs")).to_be_checked()
    press(page, page.get_by_role("button", name="Save the merge"))
    expect(page.get_by_role("group", name="There is a problem")).to_be_focused()
    press(page, page.locator(".error-summary a"))
    expect(page.locator("#place-2")).to_be_focused()
    tab_to(page, page.locator("#place-2-mine"))
    page.keyboard.press("ArrowUp")
    expect(page.locator("#place-2-both")).to_be_checked()
    press(page, page.get_by_role("button", name="Save the merge"))
    expect(page.get_by_role("status").filter(has_text="Saved as version 3.")).to_be_visible()
    expected = TEXT.replace("ten", "two").replace("Say goodbye.\n", "Sing goodbye.\nWave goodbye.\n")
    assert live(server, made) == (3, expected)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")


def test_following_a_history(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    change(server, made, instructions=TEXT.replace("ten", "two").replace("Say", "Wave") + "\n".join("abcdefghi"))
    page.goto(f"/assistants/{made}")
    press(page, page.get_by_role("link", name="History"))
    tab_to(page, page.get_by_label("Through"))
    page.keyboard.type("Script")
    press(page, page.get_by_role("button", name="Show", exact=True))
    expect(page.locator("tbody tr")).to_have_count(1)
    press(page, page.get_by_role("link", name="Show all"))
    write(page, page.get_by_label("Version", exact=True), "1")
    write(page, page.get_by_label("with", exact=True), "2")
    press(page, page.get_by_role("button", name="Compare", exact=True))
    expect(page.get_by_role("button", name="Next change")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#change-1")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#change-2")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#change-1")).to_be_focused()
    fold = page.locator("details.diff-fold").first
    press(page, fold.locator("summary"), back=True)
    expect(fold).to_have_attribute("open", "")
    press(page, page.get_by_role("button", name="Next change"), back=True)
    expect(page.locator("#change-2")).to_be_focused()
    press(page, page.locator("summary", has_text="List of the changes"), back=True)
    press(page, page.locator("a[href='#change-2']"))
    expect(page.locator("#change-2")).to_be_focused()
    press(page, page.get_by_role("link", name="History"), back=True)
    write(page, page.get_by_label("Words in the instructions"), "ten days")
    page.keyboard.press("Enter")
    expect(page.locator("main li")).to_contain_text("gone since version 2")
    press(page, page.get_by_role("link", name="version 1", exact=True))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 1")


def test_bringing_back_what_was(page: Page, server: Server) -> None:
    made = server.make_assistant(TEXT)
    change(server, made, instructions=TEXT.replace("ten", "two"))
    change(server, made, instructions=TEXT.replace("ten", "six"))
    page.goto(f"/assistants/{made}/history")
    press(page, page.get_by_role("link", name="Version 2", exact=True))
    press(page, page.get_by_role("button", name="Restore version 2"))
    expect(page.get_by_role("status").filter(has_text="as version 4")).to_be_visible()
    page.goto(f"/assistants/{made}/history")
    press(page, page.get_by_role("link", name="Version 1", exact=True))
    press(page, page.get_by_role("button", name="Bring “Refunds” into the editor"))
    expect(page.get_by_role("status").filter(has_text="is in the editor")).to_be_visible()
    expect(editor(page)).to_have_value(TEXT)
    save(page)
    expect(page.get_by_role("status").filter(has_text="Saved as version 5.")).to_be_visible()
    assert live(server, made) == (5, TEXT)
    page.goto(f"/assistants/{made}/history")
    tab_to(page, page.get_by_label("Date and time"))
    # Day and month are the same, and in the morning, because their order and the clock are the browser's.
    page.keyboard.type("11112099")
    page.keyboard.press("Tab")
    page.keyboard.type("1015AM")
    expect(page.get_by_label("Date and time")).to_have_value("2099-11-11T10:15")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 5")
