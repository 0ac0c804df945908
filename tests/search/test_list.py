"""The list page under search and filters: what it shows, that its address holds all, and that walks lose nobody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event

from app.accounts import service as accounts
from app.assistants import finding, service
from app.catalogue import service as catalogue
from app.catalogue.service import ModelFacts
from app.core.actors import COMMAND_LINE, Origin, Role
from app.core.database import utc_now
from app.editing import service as editing
from app.extensions import db
from tests.factories import ADMIN, EDITOR, PASSWORD, make_assistant, make_person
from tests.pages import Visitor
from tests.search.test_questions import rows, walk

ODD = [
    '"left open', "AND", "OR NOT", "NEAR(a b)", "*", "a*b", "^a", "a:b", "(", ")", '"', "'", "a'b", "\\", "%", "_",
    "--", "{name}: x", "x y -", '-"', "a\x00b", "\x00", "\ud800", "é" * 300, "👍", "\u202e", "a " * 5_000, "x" * 10_000,
    "; DROP TABLE assistants", "&<>|!", ":*", "'a' & 'b'", "search_index",
]  # fmt: skip


def address(**asked: Any) -> str:
    return f"/assistants?{urlencode(asked, errors='surrogatepass')}"


@pytest.mark.parametrize("typed", ODD, ids=range(len(ODD)))
def test_odd_input_is_words_and_never_an_error(viewer: Visitor, typed: str) -> None:
    make_assistant(instructions="and or not near a b x name drop table assistants search index")
    page = viewer.get(address(query=typed))
    assert page.status == 200
    assert page.soup.select_one("[name=query]") is not None


@pytest.mark.parametrize("name", ["endpoint", "_method", "_external", "_anchor", "_scheme"])
def test_what_a_form_leaves_empty_goes_and_the_question_stays(viewer: Visitor, name: str) -> None:
    page = viewer.get(address(query="", model="gpt-4o", order="updated", **{name: "POST"}))
    assert (page.status, page.path) == (200, "/assistants?model=gpt-4o&order=updated")


def test_what_was_found_is_shown_with_its_marks_and_section_and_leads_there(viewer: Visitor) -> None:
    text = "# Tone\nBe calm.\n\n# Refunds\nWe refund within <14> days & no later.\n" + "More. " * 100
    made = make_assistant(name="Shop & Refund", description="All on refunds", instructions=text)
    page = viewer.get(address(query="refund 14"))
    row = page.soup.select_one("table.data tbody tr")
    assert [mark.get_text() for mark in row.select("mark")] == ["Refund", "refund", "14"]
    assert row.select_one(".passage-section").get_text() == "Refunds"
    assert "We refund within <14> days & no later." in row.select_one(".passage-text").get_text()
    place = str(row.select_one("a.passage")["href"])
    target = viewer.get(place)
    marked = target.soup.find(id=urlsplit(place).fragment)
    assert (marked.name, marked.get_text()) == ("mark", "refund")
    assert target.soup.select_one(".text-view").get_text() == text
    assert "2 places marked for" in target.text
    assert viewer.get(f"/assistants/{made.id}?find=else").soup.select("mark") == []


def test_a_list_that_is_kept_follows_every_change(viewer: Visitor, editor: Visitor) -> None:
    """What is drawn from one state is shown again only while everything it shows is the same."""
    made, other = make_assistant(name="First <b>"), make_assistant(name="Second", model="old-model")

    def seen(visitor: Visitor = viewer) -> str:
        once, again = (str(visitor.get("/assistants").soup.select_one("main")) for _ in range(2))
        assert once == again
        return once

    assert "First &lt;b&gt;" in seen()
    assert ("Tick First" in seen(), "Tick First" in seen(editor)) == (False, True)
    service.update(made.id, {"name": "Renamed", "metadata": {"labels": "new"}}, actor=EDITOR, origin=Origin.API)
    assert "First" not in seen()
    assert "Renamed" in seen()
    assert "new" in seen()
    editing.keep(make_person(name="Una").id, made.id, {}, base_version=2, revision=None)
    assert "Una has unsaved changes" in seen()
    catalogue.add("old-model", ModelFacts("us", date(2020, 1, 1), retires_on=date(2020, 1, 2)), actor=ADMIN)
    assert "2 assistants name" in seen()
    assert "2 Jan 2020" in seen()
    service.delete(other.id, actor=ADMIN)
    assert "Second" not in seen()
    assert "1 assistant names" in seen()
    make_assistant(name="Third")
    assert "Third" in seen()
    assert "newest first" in seen()
    assert "oldest first" in str(viewer.get("/assistants?order=asc").soup)


def test_a_list_that_is_kept_is_read_from_nothing_until_something_is_committed(
    viewer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_assistant(name="First")
    viewer.get("/assistants")
    with monkeypatch.context() as patched:
        patched.setattr("app.search.web._page", lambda *_given: pytest.fail("The list was read again."))
        assert "First" in viewer.get("/assistants").text
    service.update(made.id, {"name": "Renamed"}, actor=EDITOR, origin=Origin.API)
    assert "Renamed" in viewer.get("/assistants").text


def test_each_page_and_order_of_a_list_that_is_kept_is_its_own(viewer: Visitor) -> None:
    made = [make_assistant(name=f"Number {number}").id for number in range(45)]
    for _ in range(2):
        assert rows(viewer.get("/assistants")) == made[:-21:-1]
        assert rows(viewer.get(address(after=made[25]))) == made[24:4:-1]
        assert rows(viewer.get(address(before=made[24]))) == made[44:24:-1]
        assert rows(viewer.get("/assistants?order=asc")) == made[:20]
        assert rows(viewer.get(address(order="asc", after=made[19]))) == made[20:40]
        assert "What stood on this page is gone" in viewer.get(address(after=made[0])).text


def test_a_list_that_is_kept_ends_with_the_day(viewer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """On its day a model retires without a word to the database."""
    make_assistant(model="old-model")
    day = utc_now() + timedelta(days=9)
    catalogue.add("old-model", ModelFacts("us", date(2020, 1, 1), retires_on=day.date()), actor=ADMIN)

    def badge() -> str:
        return viewer.get("/assistants").soup.select_one("[data-label=Model]").get_text(" ")

    before = [badge(), badge()]
    for module in ("app.search.web", "app.catalogue.service"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: day)
    assert before[0] == before[1] != badge()


def test_a_list_that_is_kept_is_shown_to_nobody_who_may_not_see_it(app: Flask) -> None:
    person, visitor = make_person(role=Role.EDITOR), Visitor(app.test_client())
    visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD)
    make_assistant(name="First")
    for _ in range(2):
        assert "Tick First" in str(visitor.get("/assistants").soup)
    accounts.change_person(person.id, name="Other name", role=Role.VIEWER, actor=COMMAND_LINE)
    page = visitor.get("/assistants")
    assert "Tick First" not in str(page.soup)
    assert "Other name" in page.text
    accounts.deactivate(person.id, actor=COMMAND_LINE)
    assert visitor.get("/assistants").path.startswith("/sign-in")


def test_names_come_first_then_descriptions_then_the_newest(viewer: Visitor) -> None:
    ids = [
        make_assistant(name="Alpha", instructions="beta gamma").id,
        make_assistant(name="Beta Gamma", instructions="x").id,
        make_assistant(name="Beta", description="for gamma rays").id,
        make_assistant(name="Omega", instructions="gamma, then beta").id,
        make_assistant(name="Gamma and beta again").id,
    ]
    order = [4, 1, 2, 3, 0]
    assert rows(viewer.get(address(query="beta gamma"))) == [ids[number] for number in order]
    assert rows(viewer.get(address(query="beta gamma", order="desc"))) == ids[::-1]
    assert rows(viewer.get(address(query="beta gamma", order="asc"))) == ids


@pytest.fixture
def ids(app: Flask) -> list[str]:
    """Seventy matches, the best first: every seventh has the word in its name, every fifth in its description."""
    made = [
        make_assistant(
            name="Wanted" if number % 7 == 0 else "Plain",
            description="wanted" if number % 5 == 0 else None,
            instructions="wanted here" if number % 3 else f"{'far apart ' * 1_000} wanted",
            model="even" if number % 2 == 0 else "odd",
            created_at=1_700_000_000 + number // 9,
        )
        for number in range(70)
    ]
    for number in range(5):
        make_assistant(name=f"Other {number}", model="even")
    ranks = [2 if number % 7 == 0 else 1 if number % 5 == 0 else 0 for number in range(70)]
    return [made[number].id for number in sorted(range(70), key=lambda number: (-ranks[number], -number))]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_more_matches_than_are_counted_are_read_along_the_list(
    viewer: Visitor, ids: list[str], order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = walk(viewer, viewer.get(address(query="wanted", order=order)))
    monkeypatch.setattr(finding, "MOST_COUNTED", 50)
    page = viewer.get(address(query="wanted", order=order))
    assert "More than 50 assistants" in page.text
    assert walk(viewer, page) == few


@pytest.mark.parametrize("order", [{}, {"order": "desc"}, {"order": "asc"}])
def test_next_and_previous_show_every_match_once(viewer: Visitor, ids: list[str], order: dict[str, str]) -> None:
    forwards = walk(viewer, viewer.get(address(query="wanted", **order)))
    assert sorted(forwards) == sorted(ids)
    if not order:
        assert forwards == ids
    page = viewer.get(address(query="wanted", after=forwards[59], **order))
    seen = rows(page)
    while (link := page.soup.select_one("a[rel=prev]")) is not None:
        page = viewer.get(str(link["href"]))
        seen = rows(page) + seen
    assert seen == forwards


def test_matches_that_come_and_go_during_a_walk_disturb_no_other(viewer: Visitor, ids: list[str]) -> None:
    page, seen, gone, step = viewer.get(address(query="wanted")), [], set(), 0
    while True:
        seen += rows(page)
        step += 1
        # The row that the next link names goes from the list, one ahead stops to match, and new ones match.
        for victim in {seen[-1], ids[min(step * 20 + 5, 69)]} - gone:
            if victim == seen[-1]:
                service.delete(victim, actor=EDITOR)
            else:
                changes = {"name": "x", "description": None, "instructions": "gone"}
                service.update(victim, changes, actor=ADMIN, origin=Origin.API)
            gone.add(victim)
        make_assistant(name="Wanted and new")
        link = page.soup.select_one("a[rel=next]")
        if link is None:
            break
        page = viewer.get(str(link["href"]))
    assert len(seen) == len(set(seen))
    assert [row for row in seen if row not in gone] == [row for row in ids if row not in gone]


def test_filters_combine_with_words_and_with_each_other(viewer: Visitor, ids: list[str]) -> None:
    person = make_person(name="Grace Editor")
    pair = {"team": "sales", "labels": "Urgent, to review"}
    tools = [{"type": "code_interpreter"}]
    one = make_assistant(name="One", instructions="wanted", model="odd", metadata=pair, tools=tools)
    two = make_assistant(name="Two", model="odd", metadata={"team": "support", "labels": "urgent"})
    service.update(two.id, {"temperature": 0.5}, actor=ADMIN, origin=Origin.API)
    editing.keep(person.id, two.id, {"name": "Typed"}, base_version=2, revision=None)
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({"metadata_key": "team"}, {one.id, two.id}),
        ({"metadata_key": "team", "metadata_value": "sales"}, {one.id}),
        ({"metadata_key": "team", "metadata_value": "Sales"}, set()),
        ({"label": "URGENT"}, {one.id, two.id}),
        ({"label": "to  review", "model": "odd"}, {one.id}),
        ({"label": "urgent", "model": "even"}, set()),
        ({"label": "urgent", "query": "wanted"}, {one.id}),
        ({"label": "urgent", "query": "-wanted"}, {two.id}),
        ({"tool": "code_interpreter", "query": "one wanted"}, {one.id}),
        ({"changed_by": "Ada Admin"}, {two.id}),
        ({"changed_by": "Ada Admin", "label": "urgent", "metadata_key": "team"}, {two.id}),
        ({"unsaved": "y"}, {two.id}),
        ({"unsaved": "y", "query": "wanted"}, set()),
        ({"changed_since": "2000-01-01", "label": "urgent"}, {one.id, two.id}),
        ({"changed_since": "2100-01-01T00:00"}, set()),
        ({"model": "nothing's"}, set()),
    ]
    for asked, expected in cases:
        assert set(rows(viewer.get(address(**asked)))) == expected, asked
    page = viewer.get(address(query="wanted", model="odd"))
    assert len(walk(viewer, page)) == 36
    assert "36 assistants" in page.text


def test_the_address_holds_the_question_and_each_filter_can_be_taken_off(viewer: Visitor, ids: list[str]) -> None:
    page = viewer.get("/assistants")
    page = viewer.submit_get(
        page, "form.question", query='wanted "here" -apart', model="even", changed_since="2020-01-01"
    )
    assert parse_qs(urlsplit(page.path).query) == {
        "query": ['wanted "here" -apart'], "model": ["even"], "changed_since": ["2020-01-01"],
    }  # fmt: skip
    again = viewer.get(page.path)
    assert rows(again) == rows(page)
    form = again.soup.select_one("form.question")
    assert form.select_one("[name=query]")["value"] == 'wanted "here" -apart'
    assert form.select_one("[name=model] option[selected]").get_text() == "even"
    removed = [str(link["href"]) for link in again.soup.select(".chip-remove")]
    assert removed == [
        "/assistants?" + urlencode({"query": 'wanted "here" -apart', "changed_since": "2020-01-01"}),
        "/assistants?" + urlencode({"query": 'wanted "here" -apart', "model": "even"}),
    ]
    assert again.link("Clear all") == "/assistants"
    # The next page and another order ask the same question.
    for link in ("Newest first", "Next →", "→"):
        found = [a for a in again.soup.find_all("a") if link in a.get_text()]
        assert all("model=even" in str(a["href"]) for a in found)


def test_nothing_found_says_what_to_try(viewer: Visitor) -> None:
    made = make_assistant(name="Refunds", model="m")
    page = viewer.get(address(query="refun", model="other"))
    assert "No assistant has all of this" in page.text
    assert rows(viewer.get(page.link("Look in all assistants"))) == []
    page = viewer.get(address(query="refun"))
    assert rows(viewer.get(page.link("look for words that begin with refun*"))) == [made.id]
    assert "has no word in it" in viewer.get(address(query='"*" -')).text
    many = viewer.get(address(query=" ".join(f"w{number}" for number in range(99))))
    assert "Only its beginning counts" in many.text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"changed_since": "yesterday"}, "Give a day or a moment, such as 2026-11-22"),
        ({"metadata_value": "x"}, "Give the key, too."),
        ({"model": "a\x00b", "query": "kept"}, "it contains a NUL character"),
    ],
)
def test_what_can_not_be_asked_is_said_beside_the_question(
    viewer: Visitor, asked: dict[str, str], sentence: str
) -> None:
    page = viewer.get(address(**asked))
    assert page.status == 400
    assert sentence in page.errors[0]
    assert page.soup.select_one("[name=query]").get("value", "") == asked.get("query", "")


def test_a_search_costs_the_same_statements_for_one_match_and_for_many(app: Flask, viewer: Visitor) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def count(path: str) -> int:
        statements.clear()
        assert viewer.get(path).status == 200
        return len(statements)

    made = make_assistant(name="wanted", metadata={"labels": "some"})
    paths = [address(query="wanted"), address(query="wanted", order="asc"), address(label="some"), address(query="-x")]
    paths += [f"{path}&after={made.id}" for path in paths]
    for_one = list(map(count, paths))
    for number in range(30):
        make_assistant(name=f"wanted {number}", instructions="wanted " * 2_000, metadata={"labels": "some"})
    for_many = list(map(count, paths))
    # Behind the last row there was nothing to load.
    assert for_many[:4] == for_one[:4]
    assert all(many - one <= 4 for many, one in zip(for_many, for_one, strict=True))
