"""What the checks find, on the pages: notices with their lines, which never block, and cleaning that shows first."""

from __future__ import annotations

import pytest

from app.assistants import service
from app.extensions import db
from tests.factories import make_assistant
from tests.pages import Visitor

FORM = "form[data-keep-url]"
ODD = "# Tone\r\nBe\u200b kind, “not” 'cold'.\r\nTODO: use `find_order` function\r\n"

# What is said about a text doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def test_notices_name_their_lines_and_never_block(editor: Visitor, viewer: Visitor) -> None:
    made = make_assistant(instructions=ODD, temperature=0.2, top_p=0.5)
    for page in (editor.get(f"/assistants/{made.id}/edit"), viewer.get(f"/assistants/{made.id}")):
        found = {" ".join(entry.get_text(" ").split()) for entry in page.soup.select(".findings > li")}
        words = " ".join(found)
        assert "zero width space" in words
        assert "Line 2" in words
        assert "still to be filled in: “TODO”" in words
        assert "Line 3" in words
        assert "“find_order”, which the assistant doesn't have" in words
        assert "Temperature and top P are both changed" in words
    page = editor.get(f"/assistants/{made.id}/edit")
    button = page.soup.select_one("button[data-show-in]")
    assert button is not None
    assert button.has_attr("hidden")
    assert editor.submit(page, FORM, name="saved all the same").h1 == "saved all the same"


def test_the_outline_is_there_without_a_script(editor: Visitor) -> None:
    made = make_assistant(instructions="# One\ntext\n## Two\n")
    entries = editor.get(f"/assistants/{made.id}/edit").soup.select(".outline li")
    assert [" ".join(entry.get_text(" ").split()) for entry in entries] == ["One 11 characters", "Two 7 characters"]
    assert [entry["aria-level"] for entry in entries] == ["1", "2"]


def test_cleaning_shows_what_it_will_do_and_saves_nothing(editor: Visitor) -> None:
    made = make_assistant(instructions=ODD)
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, button="Clean…")
    assert "1 now, 0 afterwards" in page.text
    assert "2 now, 0 afterwards" in page.text
    assert "characters now" in page.text
    assert [box["value"] for box in page.soup.select("[name=clean]")] == ["invisible", "quotes"]
    page = editor.submit(page, FORM, button="Clean the text", clean=["invisible"])
    assert page.form(FORM).select_one("#instructions").get_text() == (  # type: ignore[union-attr]
        "# Tone\nBe kind, “not” 'cold'.\nTODO: use `find_order` function\n"
    )
    db.session.expire_all()
    assert service.get(made.id).instructions == ODD
    editor.submit(page, FORM)
    db.session.expire_all()
    assert service.get(made.id).instructions == ODD.replace("\u200b", "")


def test_leaving_it_as_it_is_changes_nothing(editor: Visitor) -> None:
    made = make_assistant(instructions=ODD)
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, button="Clean…", name="typed")
    page = editor.submit(page, FORM, button="Leave it as it is")
    assert page.soup.select("[name=clean]") == []
    editor.submit(page, FORM)
    db.session.expire_all()
    assert (service.get(made.id).instructions, service.get(made.id).name) == (ODD, "typed")
