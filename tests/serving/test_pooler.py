"""Greenroom behind PgBouncer in transaction mode, where each transaction may meet another process of PostgreSQL."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from app import create_app
from app.config import Settings
from app.extensions import db
from tests import bare
from tests.factories import bearer, make_assistant, make_key
from tests.pooler import pooled
from tests.postgres import PostgresDatabase

pytestmark = pytest.mark.soak
CLIENTS, TURNS = 12, 25


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, str]]:
    """Of the pooler, and of the server behind it."""
    with PostgresDatabase.started("pooled") as database, pooled(database.url) as before:
        yield before, make_url(database.url).render_as_string(hide_password=False)


@pytest.fixture
def environment(address: tuple[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        "GREENROOM_INSTANCE_PATH": str(tmp_path),
        "GREENROOM_SECRET_KEY": "only for tests",
        "GREENROOM_DATABASE_URL": address[0],
        "GREENROOM_BUSY_TIMEOUT": "1",
    }


@pytest.fixture
def app(environment: dict[str, str]) -> Iterator[Flask]:
    """Also migrated through the pooler."""
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_many_clients_share_few_connections(app: Flask, environment: dict[str, str], tmp_path: Path) -> None:
    made, headers = [make_assistant().id for _ in range(CLIENTS)], bearer(make_key())
    db.session.remove()

    def client(assistant_id: str) -> set[int]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        statuses = set()
        for turn in range(TURNS):
            body = json.dumps({"name": f"Turn {turn}"})
            path = f"/v1/assistants/{assistant_id}"
            for method, given in (("POST", body), ("GET", None), ("GET", None)):
                connection.request(method, path, given, headers | {"Content-Type": "application/json"})
                answer = connection.getresponse()
                statuses.add(answer.status)
                found = json.loads(answer.read())
                assert found.get("name") == f"Turn {turn}", found
        connection.close()
        return statuses

    with (
        bare.serving(tmp_path, application="wsgi:app", environment=environment) as server,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        assert set().union(*clients.map(client, made)) == {200}


def test_a_write_waits_for_its_turn_as_long_as_it_should_and_nobody_else_does(
    app: Flask, address: tuple[str, str]
) -> None:
    before, server = address
    client, assistant, headers = app.test_client(), make_assistant(), bearer(make_key())
    db.session.remove()
    path = f"/v1/assistants/{assistant.id}"
    with psycopg.connect(server) as other:
        other.execute("SELECT 1 FROM assistants WHERE id = %s FOR UPDATE", [assistant.id])
        answer = client.post(path, json={"name": "New"}, headers=headers)
        assert answer.status_code == 503
        assert answer.json["error"]["message"].startswith("The database is busy with other work.")
    assert client.post(path, json={"name": "New"}, headers=headers).status_code == 200
    with psycopg.connect(before, prepare_threshold=None) as first, psycopg.connect(before) as second:
        shown = [one.execute("SHOW lock_timeout").fetchone() for one in (first, second)]
    assert shown == [("0",), ("0",)]
