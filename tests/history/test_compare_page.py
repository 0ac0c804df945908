"""The comparison of two versions as a page: what it says, also without colours, and how large it may get."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.assistants import service
from app.core.actors import Origin
from app.editing import service as editing
from app.extensions import db
from app.history.drawing import MOST_CHANGES, FoldBlock, draw
from app.texts.comparison import compare
from tests.factories import EDITOR, make_assistant
from tests.history.history_of import live, make_history, text_of
from tests.pages import Page, Visitor

LIMIT = 256_000
TWO_MEGABYTES = 2_000_000
PROSE = 'Answer in a calm voice, & never <guess> what a "customer" wants; ask. '


def compared(editor: Visitor, before: str, after: str) -> Page:
    assistant = make_assistant(instructions=before)
    make_history(assistant, [after])
    return editor.get(f"/assistants/{assistant.id}/compare?from=1&to=2")


def plain(page: Page) -> list[str]:
    """The comparison as somebody reads it who sees no colours."""
    return [" ".join(line.get_text(" ").split()) for line in page.soup.select(".diff-line")]


def test_read_as_plain_text_it_says_what_was_added_and_removed(app: Flask, editor: Visitor) -> None:
    page = compared(
        editor,
        "# Refunds\nWithin ten days.\nMiddle.\nOld rule.\nEnd.\n",
        "# Refunds\nWithin two days.\nMiddle.\nEnd.\nNew rule.\n",
    )
    lines = plain(page)
    assert "Removed Within removed: ten days." in lines
    assert "Added Within added: two days." in lines
    assert any(line.startswith("Removed") and line.endswith("Old rule.") for line in lines)
    assert any(line.startswith("Added") and line.endswith("New rule.") for line in lines)
    assert "End." in lines
    changes = page.soup.select("[data-change]")
    links = [link["href"] for link in page.soup.select("ol a")]
    assert [f"#{change['id']}" for change in changes] == links
    assert links[0] == "#change-1"
    assert all(change["tabindex"] == "-1" for change in changes)


def test_a_setting_that_differs_stands_in_the_table_before_the_text(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(tools=[{"type": "code_interpreter"}], metadata={"team": "a"}, temperature=0.5)
    function = {"type": "function", "function": {"name": "get_order"}}
    changes = {"tools": [function], "metadata": {"team": "b"}, "temperature": 2, "response_format": {"type": "text"}}
    service.update(assistant.id, changes, actor=EDITOR, origin=Origin.PAGE)
    page = editor.get(f"/assistants/{assistant.id}/compare?from=1&to=live")
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]
    assert "Temperature 0.5 2" in rows
    assert "Metadata: team a b" in rows
    assert "Code interpreter On None" in rows
    assert any(row.startswith("Function get_order None {") for row in rows)
    assert any(row.startswith("Answer format Automatic") and row.endswith("Text") for row in rows)
    assert "The instructions are the same" in page.text


def test_unchanged_stretches_are_folded_and_open_without_a_script(app: Flask, editor: Visitor) -> None:
    before = "".join(f"Line {number}.\n" for number in range(100))
    page = compared(editor, before, before.replace("Line 50.", "Line fifty."))
    folds = page.soup.select("details.diff-fold")
    assert [fold.summary.get_text() for fold in folds] == ["47 unchanged lines", "46 unchanged lines"]
    assert folds[0].select_one("div").get_text() == "".join(f"Line {number}.\n" for number in range(47))
    assert folds[1].select_one("div").get_text() == "".join(f"Line {number}.\n" for number in range(54, 100))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((PROSE * 5_000)[:LIMIT], (PROSE[::-1] * 5_000)[:LIMIT], id="rewrite in one line"),
        pytest.param("a & b\n" * 40_000, "\"c\" < d\n" * 32_000, id="rewrite in many lines"),
        pytest.param("\n" * 50_000, "a\n" * 50_000, id="nothing but newlines"),
        pytest.param("\U0001f44d" * LIMIT, "\U0001f44e" * LIMIT, id="rewrite in emoji"),
        pytest.param("\"" * LIMIT, "\"" * (LIMIT - 1) + "'", id="one line of quotes"),
        pytest.param("\u6f22 " * (LIMIT // 2), ("\u6f22 " * 600 + "\u5b57 ") * 200, id="one line, 200 edits"),
        pytest.param("".join(f"{n}\nx\n" for n in range(36_000)), "x\n" * 9_000 + "b\nx\n" * 32_000, id="scattered"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_page_stays_small_and_says_what_it_leaves_out(app: Flask, editor: Visitor, before: str, after: str) -> None:
    assistant = make_assistant(instructions=before[:LIMIT])
    make_history(assistant, [after[:LIMIT]])
    answer = editor.client.get(f"/assistants/{assistant.id}/compare?from=1&to=2")
    assert answer.status_code == 200
    assert len(answer.data) < TWO_MEGABYTES
    told = re.search(r"Not all of it is shown|[\d,]+ unchanged characters|diff-fold\">[\d,]+ unchanged", answer.text)
    # What does fit is shown to its last character.
    assert told or answer.text.count("&#34;") + answer.text.count("&amp;") >= before.count('"') + after.count("&")
    assert answer.text.count("data-change role") <= MOST_CHANGES


def test_what_there_is_no_room_for_is_counted() -> None:
    before = "".join(f"Same {number}\n" for number in range(50)) + "old\n" * 100
    drawing = draw(compare(before, before.replace("old", "new!")), room=3_000)
    change = drawing.changes[0]
    missing = change.removed_left_out + sum(len(piece.text) + 1 for line in change.removed for piece in line.pieces)
    assert missing == len("old\n" * 100)
    assert not drawing.is_complete
    assert [block.text for block in drawing.blocks if isinstance(block, FoldBlock)] == [None]


def test_a_change_of_line_endings_alone_can_be_seen(app: Flask, editor: Visitor) -> None:
    page = compared(editor, "One\r\nTwo", "One\nTwo")
    assert "Removed" in plain(page)[0]
    assert "(ends in CRLF)" in plain(page)[0]
    assert "(ends in LF)" in plain(page)[1]


def test_markup_in_a_text_stays_text(app: Flask, editor: Visitor) -> None:
    page = compared(editor, "a", "</div><script>alert(1)</script><ins>")
    assert not page.soup.select("main script")
    assert "</div><script>alert(1)</script><ins>" in page.soup.select_one(".diff").get_text()


def test_ones_own_unsaved_changes_against_live(app: Flask, editor: Visitor, viewer: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    address = f"/assistants/{assistant.id}/compare?from=live&to=mine"
    assert editor.get(address).status == 404
    person_id = person_of(editor)
    now = live(assistant.id)
    form = editing.form_of(now.spec()) | {"instructions": text_of(2), "temperature": "0.3"}
    editing.keep(person_id, now.id, form, base_version=1, revision=None)
    page = editor.get(address)
    assert "Your unsaved changes" in page.text
    assert "Temperature 1 0.3" in page.text
    assert any("added: 2" in line for line in plain(page))
    assert viewer.get(address).status == 404


def test_sides_that_do_not_exist(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2)])
    for query in ("from=1&to=3", "from=0&to=1", "from=one&to=2", "from=1&to=99999999999999999999"):
        assert editor.get(f"/assistants/{assistant.id}/compare?{query}").status == 404, query
    assert "Version 2 (live)" in editor.get(f"/assistants/{assistant.id}/compare").text


def person_of(visitor: Visitor) -> int:
    email = visitor.get("/account").soup.select_one("[name=username]")["value"]
    return db.session.scalars(select(Person.id).where(Person.email == email)).one()
