"""Who reads this: each way to read is noted, cheaply, and people are told before they change or delete an assistant."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text

from app.assistants import service as assistants
from app.core.actors import Origin
from app.extensions import db
from app.keys import service as keys
from app.readers import service
from app.readers.models import AssistantRead
from tests.factories import ADMIN, EDITOR, bearer, make_assistant, make_key
from tests.pages import Visitor


@pytest.fixture(autouse=True)
def forgotten() -> None:
    service.SAMPLES.due_again.clear()
    service.PENDING.take()
    service.PENDING.next_writing = 0


def known(assistant_id: str) -> list[tuple[str, int]]:
    return [(reader.name, reader.version) for reader in service.of(assistant_id)]


def change(assistant_id: str, temperature: float) -> None:
    assistants.update(assistant_id, {"temperature": temperature}, actor=EDITOR, origin=Origin.PAGE)


def test_every_way_to_read_is_noted(app: Flask, api_client: FlaskClient) -> None:
    assistant = make_assistant()
    path = f"/v1/assistants/{assistant.id}"
    change(assistant.id, 0.5)
    for name, address in [("One", path), ("Old", f"{path}?version=1"), ("List", "/v1/assistants")]:
        assert api_client.get(address, headers=bearer(make_key(name=name))).status_code == 200
    again = bearer(make_key(name="Again"))
    tag = api_client.get(path, headers=again).headers["ETag"]
    change(assistant.id, 0.7)
    newer = assistants.get(assistant.id)
    assert newer.version == 3
    tag = api_client.get(path, headers=again).headers["ETag"]
    service.SAMPLES.due_again.clear()
    assert api_client.get(path, headers=again | {"If-None-Match": tag}).status_code == 304
    assert sorted(known(assistant.id)) == [("Again", 3), ("List", 2), ("Old", 1), ("One", 2)]
    assert db.session.scalar(select(func.count()).select_from(AssistantRead)) == 5


def test_people_and_refused_requests_are_not_noted(app: Flask, editor: Visitor, api_client: FlaskClient) -> None:
    assistant = make_assistant()
    editor.get(f"/assistants/{assistant.id}")
    assert api_client.get("/v1/assistants/asst_none", headers=bearer(make_key())).status_code == 404
    api_client.post(f"/v1/assistants/{assistant.id}", json={"name": "New"}, headers=bearer(make_key()))
    assert known(assistant.id) == []
    assert service.PENDING.reads == {}


def test_many_reads_cost_one_note(app: Flask, api_client: FlaskClient) -> None:
    assistant, headers = make_assistant(), bearer(make_key())
    path = f"/v1/assistants/{assistant.id}"
    api_client.get(path, headers=headers).close()
    written: list[str] = []
    listener = lambda *event: written.append(event[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    for _ in range(20):
        api_client.get(path, headers=headers).close()
    event.remove(db.engine, "before_cursor_execute", listener)
    assert [statement for statement in written if "assistant_reads" in statement] == []


def test_notes_are_written_when_the_answer_has_gone(app: Flask, api_client: FlaskClient) -> None:
    one, other, headers = make_assistant(), make_assistant(), bearer(make_key())

    def stored() -> int:
        return db.session.scalar(text("SELECT count(*) FROM assistant_reads")) or 0

    api_client.get(f"/v1/assistants/{one.id}", headers=headers).close()
    assert stored() == 1
    # The next note is too soon after that, and waits for a request that comes later.
    api_client.get(f"/v1/assistants/{other.id}", headers=headers).close()
    assert stored() == 1
    service.PENDING.next_writing = 0
    api_client.get("/openapi.json").close()
    assert stored() == 2


def test_what_can_not_be_written_waits_and_hurts_nobody(app: Flask, api_client: FlaskClient) -> None:
    assistant, headers = make_assistant(), bearer(make_key(name="Patient"))
    db.session.execute(text("ALTER TABLE assistant_reads RENAME TO elsewhere"))
    db.session.commit()
    try:
        answer = api_client.get(f"/v1/assistants/{assistant.id}", headers=headers)
        answer.close()
        assert answer.status_code == 200
        assert len(service.PENDING.reads) == 1
    finally:
        db.session.rollback()
        db.session.execute(text("ALTER TABLE elsewhere RENAME TO assistant_reads"))
        db.session.commit()
    assert known(assistant.id) == [("Patient", 1)]


def test_a_read_again_is_the_last_one(app: Flask, api_client: FlaskClient) -> None:
    assistant, headers = make_assistant(), bearer(make_key())
    path = f"/v1/assistants/{assistant.id}"
    api_client.get(path, headers=headers)
    first = service.of(assistant.id)[0].read_at
    service.SAMPLES.due_again.clear()
    api_client.get(path, headers=headers)
    assert service.of(assistant.id)[0].read_at > first
    # A worker whose notes come late doesn't turn the time back.
    service.PENDING.give_back({(assistant.id, 1, 1): first})
    assert service.of(assistant.id)[0].read_at > first


def test_people_are_told_before_they_change_it(app: Flask, editor: Visitor, api_client: FlaskClient) -> None:
    assistant = make_assistant()
    page = f"/assistants/{assistant.id}"
    assert "No key has read it yet." in editor.get(page).text
    assert "Read by" not in editor.get(f"{page}/edit").text
    for name in ("Night job", "Old job"):
        api_client.get(f"/v1{page}", headers=bearer(make_key(name=name)))
    assert re.search("Night job : version 1", editor.get(page).text)
    assert "Read by 2 keys" in editor.get(f"{page}/edit").text
    assert "Their next read will fail." in editor.get(f"{page}/delete").text
    keys.revoke(next(key.id for key in keys.list_all() if key.name == "Old job"), actor=ADMIN)
    assert "Old job (no longer valid)" in editor.get(page).text
    assert "Read by 1 key," in editor.get(f"{page}/delete").text
