"""Reads put together once: the same rows as through the session, on connections that mend themselves."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Person
from app.assistants import service, statements, wire
from app.assistants.models import Assistant
from app.core.keeping import Keep
from app.core.paging import Window
from app.core.reading import Ahead, Prepared
from app.extensions import db, reader
from app.keys.models import ApiKey
from app.keys.service import SENT, revoke
from tests import factories
from tests.factories import bearer, make_assistant, make_key

WHOLE = (*wire.COLUMNS, Assistant.updated_at, Assistant.deleted_at)
BY_ID = Prepared(select(*WHOLE).where(Assistant.id == bindparam("id")))


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@pytest.mark.usefixtures("app")
class TestRows:
    def test_they_are_what_the_session_reads(self) -> None:
        made = make_assistant(instructions="Ünïcode 😀\r\n", temperature=0.1, metadata={"b": "1", "a": "2"})
        row = reader().one(BY_ID, id=made.id)
        assert row is not None
        known = db.session.execute(select(*WHOLE).where(Assistant.id == made.id)).one()
        assert tuple(row) == tuple(known)
        assert row._fields == tuple(known._fields)

    def test_every_shape_of_window_finds_what_a_statement_of_its_own_finds(self) -> None:
        made = [make_assistant(created_at=1_000 + number // 2) for number in range(9)]
        places = [None, *((one.created_at, one.seq) for one in (made[1], made[4], made[7]))]
        for after in places:
            for before in places:
                for newest_first in (True, False):
                    window = Window(after, before, newest_first, limit=3)
                    own = window.apply(select(Assistant.id), statements.ORDER)
                    known = window.page(db.session.execute(own).all())
                    page = service.read_page(window, (Assistant.id,))
                    assert ([row.id for row in page.items], page.has_more) == (
                        [row.id for row in known.items],
                        known.has_more,
                    )

    def test_a_row_has_a_title_as_the_assistant_has(self) -> None:
        for name in ("Named", "", " \u2003", None):
            made = make_assistant(name=name)
            assert service.list_page(Window(limit=1)).items[0].title == made.title

    def test_a_read_begins_no_transaction_and_sees_what_was_committed_just_before(self) -> None:
        began = []
        event.listen(db.engine, "begin", began.append)
        for number in range(3):
            assert (made := make_assistant(name=f"Number {number}")) is not None
            began.clear()
            db.session.rollback()
            assert service.read(made.id, wire.COLUMNS).name == f"Number {number}"
            assert began == []


class TestAhead:
    @pytest.fixture(autouse=True)
    def ways(self, app: Flask) -> Iterator[list[float]]:
        """The ways there and back."""
        ways: list[float] = []
        reader().timed = ways.append
        yield ways
        reader().timed = None

    def test_a_key_and_what_it_asks_for_take_one_way(self, api_client: FlaskClient, ways: list[float]) -> None:
        made, headers = make_assistant(instructions="Be kind. ü\n"), bearer(make_key())
        on_the_way = 1 if db.engine.dialect.name == "postgresql" else 2
        for path, status, expected in [
            (f"/v1/assistants/{made.id}", 200, on_the_way),
            ("/v1/assistants/asst_none", 404, on_the_way),
            (f"/v1/assistants/{made.id}?bogus=1", 200, 2),
            (f"/v1/assistants?after={made.id}", 200, on_the_way + 1),
            (f"/v1/assistants?before={made.id}&limit=5&order=asc", 200, on_the_way + 1),
            ("/v1/assistants?after=asst_none", 400, on_the_way),
        ]:
            api_client.get(path, headers=headers)
            ways.clear()
            assert api_client.get(path, headers=headers).status_code == status
            assert len(ways) == expected, path
        ways.clear()
        assert api_client.get(f"/v1/assistants/{made.id}", headers=bearer("gr_wrong")).status_code == 401
        assert len(ways) == 1

    def test_it_answers_its_own_question_once(self) -> None:
        one, other, key_hash = make_assistant(name="One"), make_assistant(name="Other"), hashed(make_key())
        ahead = Ahead(BY_ID, {"id": one.id})
        for asked, name in [(one, "One"), (other, "Other"), (one, "New")]:
            known = reader().one_and(ahead, SENT, key_hash=key_hash)
            assert known is not None
            assert known == reader().one(SENT, key_hash=key_hash)
            reader().one_and(ahead, SENT, key_hash=key_hash)
            found = reader().one(BY_ID, id=asked.id)
            assert found is not None
            assert (found.id, found.name) == (asked.id, name)
            if asked is other:
                service.update(one.id, {"name": "New"}, actor=factories.EDITOR, origin="API")

    def test_a_wrong_key_learns_nothing_ahead(self) -> None:
        made = make_assistant()
        assert reader().one_and(Ahead(BY_ID, {"id": made.id}), SENT, key_hash="wrong") is None
        service.update(made.id, {"name": "New"}, actor=factories.EDITOR, origin="API")
        assert reader().one(BY_ID, id=made.id).name == "New"


class TestConnections:
    def test_a_connection_that_broke_is_replaced(self, app: Flask, api_client: FlaskClient) -> None:
        path, headers = f"/v1/assistants/{make_assistant().id}", bearer(make_key())
        assert api_client.get(path, headers=headers).status_code == 200
        if db.engine.dialect.name == "postgresql":
            with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False)) as other:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                other.execute(f"{ended} AND datname = current_database()")
        else:
            for connection in reader()._idle:
                connection.close()
        assert api_client.get(path, headers=headers).status_code == 200
        db.engine.dispose()

    def test_a_statement_that_fails_says_so_and_breaks_nothing_else(self, app: Flask) -> None:
        broken = Prepared(select(Person.id, Assistant.id.label("id_2")).where(Person.email == bindparam("email")))
        broken.on(db.engine.dialect).text = "SELECT nothing FROM nowhere WHERE email = ?"
        with pytest.raises(DBAPIError) as failure:
            reader().rows(broken, email="secret@example.org")
        assert isinstance(failure.value.orig, sqlite3.Error | psycopg.Error)
        assert "secret" not in str(failure.value)
        assert service.read(make_assistant().id, wire.ETAG_COLUMNS).version == 1


class TestKept:
    def test_a_long_body_is_made_once_and_never_served_for_another_state(
        self, app: Flask, api_client: FlaskClient
    ) -> None:
        made, headers = make_assistant(instructions="a" * 20_000), bearer(make_key())
        path = f"/v1/assistants/{made.id}"
        first = api_client.get(path, headers=headers)
        assert api_client.get(path, headers=headers).data == first.data
        for text in ("b" * 20_000, "short", "a" * 20_000):
            service.update(made.id, {"instructions": text}, actor=factories.EDITOR, origin="API")
            answer = api_client.get(path, headers=headers)
            assert answer.json["instructions"] == text
            assert answer.headers["X-Greenroom-Instructions-Length"] == str(len(text))
            assert api_client.get(path, headers=headers).data == answer.data

    def test_a_revoked_key_opens_nothing_at_the_next_request(self, app: Flask, api_client: FlaskClient) -> None:
        path, headers = f"/v1/assistants/{make_assistant(instructions='a' * 20_000).id}", bearer(make_key())
        assert api_client.get(path, headers=headers).status_code == 200
        revoke(db.session.scalars(select(ApiKey.id)).one(), actor=factories.ADMIN)
        assert api_client.get(path, headers=headers).status_code == 401

    def test_there_is_room_for_so_many_bytes_and_the_oldest_go_first(self) -> None:
        keep = Keep(room=10)
        for name in "abc":
            keep.put(name, bytes(4))
            keep.get("a")
        assert [name for name in "abc" if keep.get(name)] == ["a", "c"]
        keep.put("c", bytes(6))
        keep.put("d", bytes(11))
        assert not any(keep.get(name) for name in "acd")
