"""Import by the pages: choose a file, see what would happen, confirm, see what was done."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, event, func, select, update
from werkzeug.datastructures import FileStorage

from app.config import Settings
from app.core.actors import COMMAND_LINE
from app.core.database import transaction, utc_now
from app.core.errors import Conflict, NotFound
from app.exchange import importing, service, uploads
from app.exchange.formats import EXPECTED
from app.exchange.models import ImportDraft
from app.exchange.report import Verdict
from app.extensions import db
from tests.exchange.saved import exported_ids, row
from tests.factories import make_person
from tests.meeting import meeting
from tests.pages import Page, Visitor
from tests.sample import make_sample


def upload(visitor: Visitor, content: Any, filename: str = "saved.json") -> Page:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return visitor.submit(visitor.get("/import"), file=FileStorage(BytesIO(raw), filename))


def cells(page: Page) -> list[list[str]]:
    rows = page.soup.select("table.report tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


def counts(page: Page) -> dict[str, str]:
    return {group.dt.get_text(): group.dd.get_text() for group in page.soup.select("dl.facts div")}


def count_drafts() -> int | None:
    return db.session.scalar(select(func.count()).select_from(ImportDraft))


def test_the_whole_journey(editor: Visitor) -> None:
    service.run([row(1), row(2)], actor=COMMAND_LINE)
    rows = [row(1, name="Renamed", temperature=0.5), row(2), row(3, name="Third", created_at=1), row(4, top_p=3)]
    page = upload(editor, {"object": "list", "data": rows}, "our list.json")
    assert (page.status, page.h1) == (200, "Check the import")
    assert "our list.json" in page.text
    assert "Nothing has been imported yet" in page.text
    assert counts(page) == {"In the file": "4", "Created": "1", "Changed": "1", "Unchanged": "1", "Refused": "1"}
    assert cells(page) == [
        ["1", "Renamed asst_1", "Changed", "Changes: name, temperature"],
        ["3", "Third asst_3", "Created", ""],
        [
            "4",
            "Without a name asst_4",
            "Refused",
            "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 3 instead.",
        ],
        ["2", "Without a name asst_2", "Unchanged", ""],
    ]
    assert len(page.soup.select("details table.report tbody tr")) == 1
    assert exported_ids() == ["asst_1", "asst_2"]

    done = editor.submit(page, "#confirm", button="Import 2 assistants")
    assert (done.path, done.h1) == (page.path, "What was imported")
    assert "The import is finished" in done.text
    assert counts(done) == counts(page)
    assert cells(done)[0] == ["1", "Renamed asst_1", "Changed", "Changed: name, temperature"]
    assert done.link("Third") == "/assistants/asst_3"
    assert exported_ids() == ["asst_1", "asst_2", "asst_3"]
    assert cells(editor.get(done.path)) == cells(done)


def test_the_file_itself_is_kept_no_longer_than_needed(editor: Visitor) -> None:
    page = upload(editor, [row(1)])
    assert db.session.scalar(select(func.length(ImportDraft.content)))
    editor.submit(page, "#confirm")
    assert db.session.scalar(select(func.length(ImportDraft.content))) == 0


def test_confirming_twice_imports_once(editor: Visitor) -> None:
    page = upload(editor, [row(1)])
    first = editor.submit(page, "#confirm")
    second = editor.submit(page, "#confirm")
    assert cells(second) == cells(first) == [["1", "Without a name asst_1", "Created", ""]]


def in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a step deals with two rows."""
    monkeypatch.setattr(uploads, "STEP", 2)


def bar(page: Page) -> tuple[str, str]:
    tag = page.soup.select_one("progress")
    return tag["value"], tag["max"]


def test_an_import_goes_on_in_steps_and_says_how_far_it_came(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_steps(monkeypatch)
    rows = [row(1), row(2, temperature=9), row(1), *(row(number) for number in range(3, 6))]
    page = editor.submit(upload(editor, rows), "#confirm")
    assert (page.h1, bar(page)) == ("Importing", ("2", "4"))
    assert "2 of 4 assistants are dealt with." in page.text
    assert len(exported_ids()) == 2
    assert bar(editor.get(page.path)) == ("2", "4")
    done = editor.submit(page, "#go-on", button="Go on")
    assert done.h1 == "What was imported"
    assert [(line[0], line[2]) for line in cells(done)] == [
        ("1", "Created"), ("2", "Refused"), ("4", "Created"), ("5", "Created"), ("6", "Created"), ("3", "Unchanged"),
    ]  # fmt: skip
    assert exported_ids() == ["asst_1", "asst_3", "asst_4", "asst_5"]
    assert cells(editor.submit(page, "#go-on")) == cells(done)


def test_only_a_page_that_is_going_goes_on_by_itself(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_steps(monkeypatch)
    page = upload(editor, [row(number) for number in range(6)])
    script = "script[src*=progress]"
    assert editor.submit(page, "#confirm").soup.select(script)
    assert not editor.get(page.path).soup.select(script)


def test_an_import_can_be_stopped(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_steps(monkeypatch)
    rows = [row(number) for number in range(1, 6)]
    page = editor.submit(upload(editor, [*rows, row(1)]), "#confirm")
    stopped = editor.submit(page, "#stop", button="Stop here")
    assert "The import was stopped" in stopped.text
    assert counts(stopped) == {
        "In the file": "6", "Created": "2", "Changed": "0", "Unchanged": "0", "Refused": "0", "Skipped": "4",
    }  # fmt: skip
    assert cells(stopped)[0][2:] == ["Skipped", uploads.STOPPED]
    assert exported_ids() == ["asst_4", "asst_5"]
    assert cells(editor.submit(page, "#go-on")) == cells(stopped) == cells(editor.submit(page, "#stop"))
    assert db.session.scalar(select(func.length(ImportDraft.content))) == 0


def test_a_file_that_waits_can_t_be_stopped(editor: Visitor) -> None:
    page = upload(editor, [row(1)])
    token = page.soup.select_one("main [name=csrf_token]")["value"]
    assert editor.post(f"{page.path}/stop", {"csrf_token": token}).status_code == 303
    assert editor.get(page.path).h1 == "Check the import"


def test_two_that_go_on_with_one_import_write_it_once(
    settings: Settings, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_steps(monkeypatch)
    page = editor.submit(upload(editor, [row(number) for number in range(6)]), "#confirm")
    theirs, moved = create_engine(settings.database_url), update(ImportDraft).values(position=4)

    def be_faster(_connection: Any, _cursor: Any, asked: str, *_: Any) -> None:
        # Between this one's look at the file and its writing, the other one has written these rows.
        if asked.startswith("SELECT import_drafts.content"):
            with theirs.begin() as connection:
                connection.execute(moved)

    event.listen(db.engine, "after_cursor_execute", be_faster)
    try:
        again = editor.submit(page, "#go-on")
    finally:
        event.remove(db.engine, "after_cursor_execute", be_faster)
        theirs.dispose()
    assert bar(again) == ("4", "6")
    assert exported_ids() == ["asst_4", "asst_5"]


def test_what_broke_off_in_a_part_is_gone_on_with(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    page = upload(editor, [row(number) for number in range(6)])
    written = []

    def break_off(_connection: Any, _cursor: Any, asked: str, *_: Any) -> None:
        if "INSERT INTO assistant_versions" in asked:
            written.append(asked)
            if len(written) == 4:
                raise KeyboardInterrupt

    event.listen(db.engine, "before_cursor_execute", break_off)
    try:
        with pytest.raises(KeyboardInterrupt):
            editor.submit(page, "#confirm")
    finally:
        event.remove(db.engine, "before_cursor_execute", break_off)
        db.session.rollback()
    left = editor.get(page.path)
    assert bar(left) == ("2", "6")
    assert exported_ids() == ["asst_4", "asst_5"]
    done = editor.submit(left, "#go-on")
    assert counts(done)["Created"] == "6"
    assert exported_ids() == [f"asst_{number}" for number in range(6)]


def test_links_show_one_verdict(editor: Visitor) -> None:
    service.run([row(1)], actor=COMMAND_LINE)
    page = upload(editor, [row(1), row(2), row(3, temperature=9)])
    for text, position in (("Refused (1)", "3"), ("Created (1)", "2"), ("Unchanged (1)", "1")):
        shown = editor.get(page.link(text))
        assert [line[0] for line in cells(shown)] == [position]
        assert not shown.soup.select("details")
    assert len(cells(editor.get(f"{page.path}?show=nonsense"))) == 3


def test_a_sample_shows_every_name(editor: Visitor) -> None:
    sample = make_sample(60)
    page = upload(editor, sample)
    assert counts(page)["Created"] == "60"
    names = [tag.contents[0].get_text().strip() for tag in page.soup.select("table.report tbody th")]
    assert names == [(given["name"] or "Without a name").strip() for given in sample["data"]]


def test_nothing_to_import_offers_nothing(editor: Visitor) -> None:
    service.run([row(1)], actor=COMMAND_LINE)
    page = upload(editor, [row(1), row(2, temperature=9)])
    assert "There is nothing to import" in page.text
    assert not page.soup.select("#confirm")
    assert upload(editor, []).status == 200


def test_discarding(editor: Visitor) -> None:
    page = upload(editor, [row(1)])
    after = editor.submit(page, "#discard")
    assert after.path == "/import"
    assert "The uploaded file was discarded." in after.text
    assert editor.get(page.path).status == 404
    assert count_drafts() == 0
    assert exported_ids() == []


def test_a_page_from_before_it_was_confirmed_discards_nothing(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_steps(monkeypatch)
    page = upload(editor, [row(number) for number in range(1, 4)])
    running = editor.submit(page, "#confirm")
    told = "This import was confirmed already, so there is nothing to discard."
    stale = editor.submit(page, "#discard")
    assert (stale.path, bar(stale)) == (page.path, ("2", "3"))
    assert told in stale.text
    done = editor.submit(running, "#go-on")
    stale = editor.submit(page, "#discard")
    assert (stale.path, cells(stale)) == (page.path, cells(done))
    assert told in stale.text
    assert counts(done)["Created"] == "3"


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_confirming_and_discarding_at_once(app: Flask) -> None:
    person = make_person().as_actor()
    draft_id = uploads.store("saved.json", json.dumps([row(1)]).encode(), actor=person).id
    discard = partial(uploads.discard, draft_id, actor=person)
    with meeting(app, discard, at="INSERT INTO import_rows", until="DELETE FROM import_drafts") as answers:
        assert uploads.go_on(draft_id, actor=person).finished_at
    assert isinstance(answers[0], Conflict)
    assert uploads.report(uploads.get(draft_id, actor=person)).count(Verdict.CREATED) == 1


def test_a_file_discarded_while_it_is_confirmed_is_not_found(settings: Settings, app: Flask) -> None:
    person = make_person().as_actor()
    draft_id = uploads.store("saved.json", json.dumps([row(1)]).encode(), actor=person).id
    theirs = create_engine(settings.database_url)

    def be_faster(_connection: Any, _cursor: Any, asked: str, *_: Any) -> None:
        if "FROM import_drafts" in asked and "content" not in asked:
            with theirs.begin() as connection:
                connection.execute(delete(ImportDraft))

    event.listen(db.engine, "after_cursor_execute", be_faster)
    try:
        with pytest.raises(NotFound):
            uploads.go_on(draft_id, actor=person)
    finally:
        event.remove(db.engine, "after_cursor_execute", be_faster)
        theirs.dispose()
    assert exported_ids() == []


def test_a_wrong_file_is_explained_beside_the_field(editor: Visitor) -> None:
    page = upload(editor, b'{"object": "list"}')
    assert page.status == 400
    assert page.errors == page.summary == [f"{EXPECTED}the file holds an object without 'data'."]
    assert page.soup.title.get_text().startswith("Error: Import assistants")
    assert upload(editor, b"").errors == [f"{EXPECTED}the file is empty."]
    assert count_drafts() == 0


def test_no_file_chosen(editor: Visitor) -> None:
    page = editor.submit(editor.get("/import"), file=FileStorage(BytesIO(b""), ""))
    assert (page.status, page.errors) == (400, ["Choose the file to import."])


def test_only_the_uploader_sees_it(editor: Visitor, admin: Visitor) -> None:
    page = upload(editor, [row(1)])
    assert admin.get(page.path).status == 404
    token = admin.get("/import").soup.select_one("main [name=csrf_token]")["value"]
    for deed in ("confirm", "stop", "discard"):
        assert admin.post(f"{page.path}/{deed}", {"csrf_token": token}).status_code == 404
    assert exported_ids() == []
    assert editor.get(page.path).status == 200


def test_a_viewer_may_not(viewer: Visitor) -> None:
    assert viewer.get("/import").status == 403


def test_old_uploads_go_when_a_new_one_comes(editor: Visitor) -> None:
    old, newer = upload(editor, [row(1)]), upload(editor, [row(2)])
    for page, days in ((old, 8), (newer, 6)):
        with transaction(db.session):
            mine = ImportDraft.id == page.path.rpartition("/")[2]
            db.session.execute(update(ImportDraft).where(mine).values(created_at=utc_now() - timedelta(days=days)))
    upload(editor, [row(3)])
    assert editor.get(old.path).status == 404
    assert editor.get(newer.path).status == 200


def test_too_large_a_file(app: Flask, editor: Visitor) -> None:
    form = editor.get("/import")
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    page = editor.submit(form, file=FileStorage(BytesIO(b" " * 2_000), "large.json"))
    assert page.status == 413
    assert "larger than Greenroom accepts" in page.text


def test_reports_of_an_earlier_database_stay(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    in_steps(monkeypatch)
    finished = editor.submit(upload(editor, [row(1), row(2, temperature=9)]), "#confirm")
    broken_off = editor.submit(upload(editor, [row(number) for number in range(3, 7)]), "#confirm")
    db.session.remove()
    flask_migrate.downgrade(revision="0009")
    flask_migrate.upgrade()
    assert cells(editor.get(finished.path)) == cells(finished)
    again = editor.get(broken_off.path)
    assert (again.h1, counts(again)["Unchanged"], counts(again)["Created"]) == ("Check the import", "2", "2")
