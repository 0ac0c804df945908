"""The activity: every deed is there with who, when, what and from where; it can be filtered, walked and exported."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError

from app.accounts import service as accounts
from app.assistants import service as assistants
from app.audit import sentences
from app.audit.models import AuditEntry
from app.audit.service import Criteria, Verb, every, list_page, note
from app.core.actors import COMMAND_LINE, Origin, Role, Scope
from app.core.paging import Window
from app.extensions import db
from app.keys import service as keys
from tests.factories import ADMIN, EDITOR, bearer, make_assistant, make_key, make_person
from tests.pages import Page, Visitor


def rows(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]


def deeds(page: Page) -> list[str]:
    return [" ".join(cell.get_text().split()) for cell in page.soup.select("tbody td:nth-of-type(1)")]


def entries() -> list[AuditEntry]:
    return [entry for batch in every(Criteria()) for entry in batch]


def test_every_verb_has_its_words() -> None:
    assert set(sentences.LABELS) == set(sentences.WORDS) == set(Verb)


def test_each_deed_is_a_sentence(app: Flask, admin: Visitor) -> None:
    assistant = make_assistant(name="Refunds <b>")
    assistants.update(
        assistant.id, {"temperature": 0.5, "top_p": 0.5, "name": "Refunds"}, actor=EDITOR, origin=Origin.API
    )
    assistants.delete(assistant.id, actor=EDITOR)
    assistants.undelete(assistant.id, actor=EDITOR)
    person = make_person(name="Peter Pan", role=Role.VIEWER, email="peter@example.org")
    accounts.change_person(person.id, name="Petra Pan", role=Role.EDITOR, actor=ADMIN)
    accounts.deactivate(person.id, actor=ADMIN)
    keys.create("Night job", scope=Scope.READ, actor=ADMIN, expires_in_days=1)
    shown = deeds(admin.get("/activity"))
    assert shown[:8] == [
        "made the key Night job (reads, for 1 day)",
        "deactivated Petra Pan",
        "changed Petra Pan: name from Peter Pan to Petra Pan and role from viewer to editor",
        "added Petra Pan as viewer (peter@example.org)",
        "took Refunds out of the trash",
        "moved Refunds to the trash",
        "changed Refunds: name, temperature and top P (version 2, by a script)",
        "created Refunds on the page",
    ]
    assert shown[8] == "signed in"


def test_where_a_request_came_from_is_written_down(visitor: Visitor, api_client: FlaskClient) -> None:
    make_person(email="ed@example.org")
    page = visitor.submit(visitor.get("/sign-in"), email="ed@example.org", password="a long enough password")
    visitor.submit(page, "form[action='/sign-out']")
    api_client.post(
        "/v1/assistants", json={"model": "m"}, headers=bearer(make_key()), environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    note(Verb.LIST_EXPORTED, "assistants", actor=COMMAND_LINE, count=1)
    found = {entry.verb: entry.address for entry in entries()}
    assert found["sign-in.succeeded"] == found["sign-in.ended"] == "127.0.0.1"
    assert found["assistant.created"] == "192.0.2.7"
    assert found["list.exported"] is None


def test_exports_and_imports_are_deeds_too(admin: Visitor, runner: FlaskCliRunner) -> None:
    make_assistant()
    admin.client.get("/export/assistants.json").close()
    result = runner.invoke(args=["assistants", "export"])
    runner.invoke(args=["assistants", "import", "-"], input=result.stdout)
    shown = deeds(admin.get("/activity"))
    assert shown[:3] == ["imported a list: 1 unchanged", "exported 1 assistant", "exported 1 assistant"]


def test_a_refused_key_is_written_down_once_in_a_while(app: Flask, admin: Visitor, api_client: FlaskClient) -> None:
    secret = make_key(name="Old job")
    keys.revoke(keys.list_all()[0].id, actor=ADMIN)
    keys.REFUSALS.due_again.clear()
    for _ in range(3):
        assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 401
        assert api_client.get("/v1/assistants", headers=bearer("gr_made_up")).status_code == 401
    refused = [entry for entry in entries() if entry.verb == Verb.KEY_REFUSED]
    assert [(entry.subject_id, entry.actor_name) for entry in refused] == [
        ("unknown", "Somebody with an unknown key"),
        (str(keys.list_all()[0].id), "Old job"),
    ]
    assert "made_up" not in json.dumps([entry.details for entry in refused])
    shown = deeds(admin.get("/activity?verb=key.refused"))
    assert shown == ["was refused", "was refused (revoked)"]


def at(moment: datetime, **changed: Any) -> None:
    entry = AuditEntry(
        **{"at": moment, "actor_kind": "person", "actor_name": "Ada", "verb": Verb.SIGNED_IN, "subject_kind": "sign-in",
           "subject_id": "1", "details": {}, "address": None, **changed}
    )  # fmt: skip
    db.session.add(entry)
    db.session.commit()


def test_filters(admin: Visitor) -> None:
    editor = make_person(name="Ed Editor")
    mine = make_assistant(actor=editor.as_actor(), name="Mine")
    make_assistant(name="Other", actor=COMMAND_LINE)
    at(datetime(2020, 2, 29, 0, 0, tzinfo=UTC), address="the first moment")
    at(datetime(2020, 2, 29, 23, 59, 59, 999_000, tzinfo=UTC), address="the last moment")
    at(datetime(2020, 3, 1, 0, 0, tzinfo=UTC), address="the day after")
    page = admin.get("/activity")
    assert len(rows(admin.submit_get(page, who=f"person:{editor.id}"))) == 1
    assert deeds(admin.submit_get(page, who="command line:", verb="assistant.created")) == ["created Other on the page"]
    assert deeds(admin.submit_get(page, about=mine.id)) == ["created Mine on the page"]
    assert deeds(admin.submit_get(page, about=f" person {editor.id} "))[0].startswith("added Ed Editor")
    assert len(rows(admin.submit_get(page, about="asst_none"))) == 0
    day = rows(admin.submit_get(page, since="2020-02-29", until="2020-02-29"))
    assert [row.split("From ")[-1][-15:] for row in day] == ["the last moment", "he first moment"]
    assert len(rows(admin.submit_get(page, until="2020-03-01"))) == 3


@pytest.mark.parametrize(
    "query",
    ["who=person:999", "who=x", "verb=nothing", "about=a+b+c", "about=%00", "since=29.2.2020", "until=0000-00-00"],
)
def test_a_filter_that_can_not_be_read_is_refused(admin: Visitor, query: str) -> None:
    page = admin.get(f"/activity?{query}")
    assert page.status == 400
    assert page.errors
    assert admin.client.get(f"/activity/entries.csv?{query}").status_code == 400


def test_walking_through_the_pages_meets_every_entry_once(app: Flask, admin: Visitor) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(120):
        # Many at the same moment, and a clock that was set back.
        at(moment + timedelta(hours=number // 50), address=str(number))
    page = admin.get("/activity?until=2026-02-01")
    seen = [row.select("td")[-1].get_text() for row in page.soup.select("tbody tr")]
    at(moment + timedelta(days=400))
    while page.soup.select("a[rel=next]"):
        page = admin.get(page.soup.select_one("a[rel=next]")["href"])
        seen += [row.select("td")[-1].get_text() for row in page.soup.select("tbody tr")]
    assert seen == [str(number) for number in reversed(range(120))]
    back = len(rows(page))
    while page.soup.select("a[rel=prev]"):
        page = admin.get(page.soup.select_one("a[rel=prev]")["href"])
        back += len(rows(page))
    assert back == 120
    assert [len(batch) for batch in every(Criteria(until=moment))] == [50]
    assert admin.get("/activity?after=nonsense").status == 400


def test_the_number_of_queries_is_the_same_for_one_and_fifty(app: Flask, admin: Visitor) -> None:
    def queries() -> int:
        counted: list[str] = []
        listener = lambda *event: counted.append(event[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        admin.get("/activity")
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(counted)

    make_assistant()
    make_key()
    few = queries()
    for _ in range(40):
        make_assistant()
        make_key()
    assert queries() <= few


def test_exports_are_whole_and_inert(app: Flask, admin: Visitor) -> None:
    make_key(name='=HYPERLINK("http://evil.example")')
    nasty = make_person(name="@SUM(1+1)", role=Role.ADMIN)
    note(Verb.LIST_EXPORTED, "assistants", actor=nasty.as_actor(), count=2)
    answer = admin.client.get("/activity/entries.csv")
    assert answer.mimetype == "text/csv"
    table = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in table for cell in row.values())
    assert table[1]["actor_name"] == "'@SUM(1+1)"
    assert table[0]["verb"] == "activity.exported"
    lines = [json.loads(line) for line in admin.client.get("/activity/entries.jsonl").get_data().splitlines()]
    assert lines[2]["actor"] == {"kind": "person", "id": nasty.id, "name": "@SUM(1+1)"}
    assert lines[2]["sentence"] == "@SUM(1+1) exported 2 assistants"
    assert len(lines) == len(table) + 1
    only = admin.client.get("/activity/entries.jsonl?verb=list.exported").get_data().splitlines()
    assert len(only) == 1


def test_entries_are_never_changed_and_never_removed(app: Flask) -> None:
    make_assistant()
    entry = list_page(Window(), Criteria()).items[0]
    for statement in ("UPDATE audit_entries SET actor_name = 'Somebody else'", "DELETE FROM audit_entries"):
        with pytest.raises(DatabaseError, match="never changed and never removed"):
            db.session.execute(text(statement))
        db.session.rollback()
    assert [each.actor_name for each in entries()] == [entry.actor_name]


def test_an_assistants_page_shows_its_own_part_to_administrators(app: Flask, admin: Visitor, editor: Visitor) -> None:
    assistant = make_assistant()
    make_assistant(name="Another")
    page = admin.get(f"/assistants/{assistant.id}")
    assert (
        page.soup.select_one(".deeds").get_text().split(",")[0].strip()
        == "Ed Editor created Test assistant on the page"
    )
    assert len(page.soup.select(".deeds li")) == 1
    assert deeds(admin.get(page.link("All its activity"))) == ["created Test assistant on the page"]
    assert not editor.get(f"/assistants/{assistant.id}").soup.select(".deeds")
