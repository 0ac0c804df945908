"""Walking the list by its own links: every surviving row exactly once, at a constant number of queries."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event

from app.assistants import service
from app.extensions import db
from tests.factories import EDITOR, make_assistant
from tests.pages import Page, Visitor

# Seventy rows over eight seconds: dates tie all along, also across the edges of pages.
ROWS = 70


@pytest.fixture
def ids(app: Flask) -> list[str]:
    """Newest first."""
    made = [
        make_assistant(name=f"Assistant {number}", created_at=1_700_000_000 + number // 9) for number in range(ROWS)
    ]
    return [assistant.id for assistant in reversed(made)]


def rows(page: Page) -> list[str]:
    return [str(link["href"]).rsplit("/", 1)[1] for link in page.soup.select("table.data th a")]


def walk(visitor: Visitor, page: Page, rel: str) -> list[str]:
    seen = rows(page)
    while (link := page.soup.select_one(f"a[rel={rel}]")) is not None:
        page = visitor.get(str(link["href"]))
        seen = seen + rows(page) if rel == "next" else rows(page) + seen
    return seen


def test_next_and_previous_show_every_row_once_in_both_orders(viewer: Visitor, ids: list[str]) -> None:
    assert walk(viewer, viewer.get("/assistants"), "next") == ids
    assert walk(viewer, viewer.get("/assistants?order=asc"), "next") == ids[::-1]
    last = viewer.get(f"/assistants?after={ids[60]}")
    assert walk(viewer, last, "prev") == ids
    assert viewer.get("/assistants").soup.select_one("a[rel=prev]") is None
    assert last.soup.select_one("a[rel=next]") is None


def test_rows_that_come_and_go_during_a_walk_disturb_no_other(viewer: Visitor, ids: list[str]) -> None:
    page, seen, step, gone = viewer.get("/assistants"), [], 0, set()
    while True:
        seen += rows(page)
        step += 1
        # The very row that the next link names goes, one ahead goes, and newer and older ones come.
        for victim in (seen[-1], ids[min(step * 20 + 5, ROWS - 1)]):
            if victim not in gone:
                service.delete(victim, actor=EDITOR)
                gone.add(victim)
        make_assistant(created_at=1_700_000_500 + step)
        link = page.soup.select_one("a[rel=next]")
        if link is None:
            break
        page = viewer.get(str(link["href"]))
    assert len(seen) == len(set(seen))
    assert [row for row in seen if row not in gone] == [row for row in ids if row not in gone]


def test_a_cursor_that_never_was_is_refused(viewer: Visitor, ids: list[str]) -> None:
    page = viewer.get("/assistants?after=asst_unknown")
    assert page.status == 400
    assert "no assistant found with id 'asst_unknown'" in page.text


def test_the_page_behind_the_last_row_offers_a_way_on(viewer: Visitor, ids: list[str]) -> None:
    page = viewer.get(f"/assistants?after={ids[-1]}")
    assert page.link("Go to the newest assistants") == "/assistants"


@pytest.mark.parametrize("path", ["/assistants", "/trash", "/assistants?order=asc"])
def test_a_page_costs_the_same_queries_for_one_row_and_for_many_and_loads_no_instructions(
    app: Flask, viewer: Visitor, path: str
) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def count() -> int:
        statements.clear()
        assert viewer.get(path).status == 200
        return len(statements)

    service.delete(make_assistant().id, actor=EDITOR)
    make_assistant()
    for_one = count()
    for number in range(30):
        service.delete(make_assistant(name=f"gone {number}").id, actor=EDITOR)
        make_assistant(instructions="long" * 1_000)
    assert count() == for_one
    assert not [statement for statement in statements if "instructions," in statement or "instructions \n" in statement]


def test_the_trash_walks_by_its_own_cursors(editor: Visitor, ids: list[str]) -> None:
    for assistant_id in ids[:45]:
        service.delete(assistant_id, actor=EDITOR)
    names = []
    page = editor.get("/trash")
    while True:
        names += [tag.get_text() for tag in page.soup.select("table.data th .mono")]
        # Taking the row out of the trash that the next link starts from loses no other.
        service.undelete(names[-1], actor=EDITOR)
        if (link := page.soup.select_one("a[rel=next]")) is None:
            break
        page = editor.get(str(link["href"]))
    assert names == list(reversed(ids[:45]))
