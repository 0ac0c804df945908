"""The database fails: each door says so in its own shape, nothing is half written, and it recovers by itself."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import errors as pg
from sqlalchemy import event, make_url, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from app import create_app
from app.accounts import sessions
from app.accounts.models import BrowserSession
from app.assistants import service
from app.config import Settings
from app.core import turns
from app.core.database import transaction, utc_now
from app.core.outages import Busy, Full, Outage, Uncertain, Unreachable, outage_of
from app.extensions import db
from app.keys import service as keys
from app.readers import service as readers
from tests.conftest import Client, Gone
from tests.factories import PASSWORD, bearer, make_assistant, make_key, make_person
from tests.pages import Visitor


def test_out_of_reach_and_back(app: Flask, api_client: FlaskClient, editor: Visitor, without_database: Gone) -> None:
    assistant, headers = make_assistant(), bearer(make_key())
    path = f"/assistants/{assistant.id}"
    form = editor.get(f"{path}/edit")
    assert api_client.get(f"/v1{path}", headers=headers).status_code == 200
    with without_database():
        for method, address in [("GET", f"/v1{path}"), ("POST", f"/v1{path}"), ("GET", "/v1/assistants")]:
            answer = api_client.open(address, method=method, json={"name": "New"}, headers=headers)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert answer.json["error"]["type"] == "server_error"
            assert answer.json["error"]["message"].startswith("Greenroom can't reach its database just now.")
        for address in ("/assistants", path, "/sign-in"):
            page = editor.get(address)
            assert (page.status, page.h1) == (503, "Not available just now")
            assert page.response.headers["Retry-After"] == "5"
        page = editor.submit(form, "form[data-keep-url]", name="New")
        assert page.status == 503
        assert "Reloading this page sends the form again." in page.text
        for token in (form.soup.select_one("[name=csrf_token]")["value"], "made up"):
            kept = editor.post(f"{path}/working-copy", {"csrf_token": token})
            assert (kept.status_code, kept.mimetype) == (503, "application/json")
    assert api_client.get(f"/v1{path}", headers=headers).json["name"] == "Test assistant"
    assert editor.get(path).h1 == "Test assistant"
    assert editor.submit(form, "form[data-keep-url]", name="New").h1 == "New"


@contextmanager
def somebody_writes_without_end(settings: Settings) -> Iterator[None]:
    """Another program holds what a save needs."""
    if settings.database_url.startswith("sqlite"):
        with closing(sqlite3.connect(settings.instance_path / "greenroom.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE assistants, api_keys IN SHARE MODE")
        yield
        other.rollback()


@pytest.fixture
def impatient(settings: Settings) -> Iterator[Flask]:
    """A Greenroom that waits 50 milliseconds for its turn to write."""
    app = create_app(replace(settings, busy_timeout=0.05))
    app.test_client_class = Client
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_locked_for_too_long(impatient: Flask, settings: Settings) -> None:
    client = impatient.test_client(use_cookies=False)
    assistant, headers = make_assistant(), bearer(make_key())
    path = f"/v1/assistants/{assistant.id}"
    with somebody_writes_without_end(settings):
        # Also the first use of a key, which would be noted, reads.
        assert client.get(path, headers=headers).json["name"] == "Test assistant"
        answer = client.post(path, json={"name": "New"}, headers=headers)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json["error"] == {
            "message": "The database is busy with other work. Nothing was saved. Try again in a moment.",
            "type": "server_error", "param": None, "code": None,
        }  # fmt: skip
    answer = client.post(path, json={"name": "New"}, headers=headers)
    assert (answer.status_code, answer.headers["X-Greenroom-Version"]) == (200, "2")


def test_reading_goes_on_behind_a_thread_that_writes_for_long(
    impatient: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """What would be noted beside it, such as the first use of a key, isn't waited for in vain."""
    client, visitor = impatient.test_client(use_cookies=False), Visitor(impatient.test_client())
    assistant, secret = make_assistant(), make_key()
    visitor.submit(visitor.get("/sign-in"), email=make_person().email, password=PASSWORD)
    db.session.execute(update(BrowserSession).values(last_seen_at=utc_now() - timedelta(hours=1)))
    db.session.commit()
    readers.PENDING.take()
    readers.PENDING.next_writing = 0
    for sampler in (keys.USES, keys.REFUSALS, sessions.SEEN):
        sampler.due_again.clear()
    with turns.of(db.engine, None):
        for _ in range(2):
            answer = client.get(f"/v1/assistants/{assistant.id}", headers=bearer(secret))
            assert answer.json["name"] == "Test assistant"
            answer.close()
        assert client.get("/v1/assistants", headers=bearer(secret + "?")).status_code == 401
        assert visitor.get(f"/assistants/{assistant.id}").h1 == "Test assistant"
    told = Counter(record.getMessage().partition(" can't be written down")[0] for record in caplog.records)
    if db.engine.dialect.name == "sqlite":
        assert told["Who read what"] > 0
        assert [told[what] for what in ("The use of a key", "A refused key", "When a session was used")] == [1, 1, 1]
    # What waited is written as soon as it can be.
    assert [reader.version for reader in readers.of(assistant.id)] == [1]


@pytest.fixture
def no_room_left(app: Flask) -> Gone:
    """A block in which the database's file can't grow by more than a page."""

    @contextmanager
    def full() -> Iterator[None]:
        def limit(connection: Any, _record: Any) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 1}")

        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", limit)
        try:
            yield
        finally:
            event.remove(db.engine, "connect", limit)
            db.session.remove()
            db.engine.dispose()

    return full


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_full_disk(
    app: Flask, api_client: FlaskClient, editor: Visitor, no_room_left: Gone, caplog: pytest.LogCaptureFixture
) -> None:
    assistant, headers = make_assistant(instructions="As before"), bearer(make_key())
    path = f"/assistants/{assistant.id}"
    before = rows()
    long = "A secret plan. " * 15_000
    with no_room_left():
        form = editor.get(f"{path}/edit")
        answer = api_client.post(f"/v1{path}", json={"instructions": long}, headers=headers)
        assert (answer.status_code, answer.headers["x-should-retry"]) == (507, "false")
        assert "Retry-After" not in answer.headers
        assert answer.json["error"]["message"].startswith("The disk that holds the database is full, so nothing")
        page = editor.submit(form, "form[data-keep-url]", instructions=long)
        assert (page.status, page.h1) == (507, "The disk is full")
        assert (
            api_client.post("/v1/assistants", json={"model": "m", "instructions": long}, headers=headers).status_code
            == 507
        )
        assert api_client.get(f"/v1{path}", headers=headers).json["instructions"] == "As before"
        assert editor.get(path).h1 == "Test assistant"
        assert rows() == before
    assert "secret plan" not in caplog.text
    assert api_client.post(f"/v1{path}", json={"instructions": long}, headers=headers).status_code == 200
    assert service.get(assistant.id).version == 2


def rows() -> list[int | None]:
    tables = ("assistants", "assistant_versions", "audit_entries")
    return [db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]


def test_a_connection_lost_while_committing_is_not_called_unsaved(app: Flask) -> None:
    def lose(_session: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)

    event.listen(db.session, "before_commit", lose)
    try:
        with pytest.raises(Uncertain), transaction(db.session):
            pass
    finally:
        event.remove(db.session, "before_commit", lose)
    make_person()


def sqlite_error(code: int) -> DBAPIError:
    failure = sqlite3.OperationalError("told by its number")
    failure.sqlite_errorcode = code
    return OperationalError("statement", {}, failure)


FAILURES: dict[str, tuple[DBAPIError, type[Outage] | None]] = {
    "disk full": (OperationalError("", {}, pg.DiskFull()), Full),
    "too many connections": (OperationalError("", {}, pg.TooManyConnections()), Unreachable),
    "shut down": (OperationalError("", {}, pg.AdminShutdown()), Unreachable),
    "not yet started": (OperationalError("", {}, pg.CannotConnectNow()), Unreachable),
    "no server": (OperationalError("", {}, psycopg.OperationalError("refused")), Unreachable),
    "a replica": (DBAPIError("", {}, pg.ReadOnlySqlTransaction()), Unreachable),
    "locked": (OperationalError("", {}, pg.LockNotAvailable()), Busy),
    "deadlock": (OperationalError("", {}, pg.DeadlockDetected()), Busy),
    "no such table": (ProgrammingError("", {}, pg.UndefinedTable()), None),
    "full": (sqlite_error(sqlite3.SQLITE_FULL), Full),
    "busy, in a snapshot": (sqlite_error(sqlite3.SQLITE_BUSY | 2 << 8), Busy),
    "read only": (sqlite_error(sqlite3.SQLITE_READONLY), Unreachable),
    "broken disk": (sqlite_error(sqlite3.SQLITE_IOERR | 3 << 8), Unreachable),
    "wrong statement": (sqlite_error(sqlite3.SQLITE_ERROR), None),
}


@pytest.mark.parametrize(("failure", "expected"), FAILURES.values(), ids=FAILURES.keys())
def test_each_failure_is_known_by_its_number(failure: DBAPIError, expected: type[Outage] | None) -> None:
    outage = outage_of(failure)
    assert (type(outage) if outage else None) is expected
