"""Reading from a replica, on two real servers: whoever has written reads what they wrote, and a stop goes unnoticed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask

from app import create_app
from app.config import SettingRefused, Settings
from app.core.actors import Role
from app.core.replica import FollowedReader
from app.extensions import READER, db
from app.keys import service as keys
from tests import factories
from tests.factories import bearer, make_assistant, make_key, make_person
from tests.pages import Visitor
from tests.postgres import PostgresDatabase
from tests.standby import PATIENCE, Standby

LATE = "2s"


class Nodes:
    """Two nodes that write to one database and read from its replica; requests go to them in turn."""

    def __init__(self, nodes: list[Flask], standby: Standby, assistant_id: str) -> None:
        self.nodes = nodes
        self.standby = standby
        self.assistant_id = assistant_id
        self.turn = 0

    def asked(self, method: str, path: str, secret: str, **given: Any) -> Any:
        self.turn += 1
        client = self.nodes[self.turn % len(self.nodes)].test_client(use_cookies=False)
        return client.open(path, method=method, headers=bearer(secret), **given)

    def name(self, secret: str) -> str:
        """What the assistant is called, for whoever asks with this key."""
        answer = self.asked("GET", f"/v1/assistants/{self.assistant_id}", secret)
        assert answer.status_code == 200, answer.text
        return str(answer.json["name"])

    def rename(self, secret: str, name: str) -> None:
        answer = self.asked("POST", f"/v1/assistants/{self.assistant_id}", secret, json={"name": name})
        assert answer.status_code == 200, answer.text

    def new_key(self) -> str:
        """A key that was used before: noting its first use is a write, too."""
        with self.nodes[0].app_context():
            secret = make_key()
            db.session.remove()
        self.name(secret)
        return secret


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Flask], Standby]]:
    with ExitStack() as stack:
        primary = stack.enter_context(PostgresDatabase.started("followed"))
        standby = stack.enter_context(Standby.of(primary.url))
        environment = {
            "GREENROOM_INSTANCE_PATH": str(tmp_path_factory.mktemp("instance")),
            "GREENROOM_SECRET_KEY": "only for tests",
            "GREENROOM_DATABASE_URL": primary.url,
            "GREENROOM_READ_DATABASE_URL": standby.url,
        }
        nodes = [create_app(Settings.from_environment(environment)) for _ in range(2)]
        with nodes[0].app_context():
            flask_migrate.upgrade()
            db.session.remove()
        yield nodes, standby
        for node in nodes:
            with node.app_context():
                db.session.remove()
                db.engine.dispose()
            followed(node).replica.engine.dispose()


@pytest.fixture
def nodes(servers: tuple[list[Flask], Standby]) -> Nodes:
    made, standby = servers
    with made[0].app_context():
        assistant_id = make_assistant(name="First").id
        db.session.remove()
    found = Nodes(made, standby, assistant_id)
    standby.go_on()
    secret = found.new_key()
    standby.catch_up()
    # At first a node asks for all that was written before it began.
    assert [found.name(secret) for _ in made] == ["First"] * 2
    return found


def followed(node: Flask) -> FollowedReader:
    reader: FollowedReader = node.extensions[READER]
    return reader


def until(nodes: Nodes, secret: str, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while nodes.name(secret) != name:
        assert time.monotonic() < deadline


@pytest.mark.soak
def test_whoever_wrote_reads_it_on_every_node_while_others_still_read_the_late_replica(nodes: Nodes) -> None:
    writer, other = nodes.new_key(), nodes.new_key()
    nodes.standby.catch_up()
    nodes.standby.be_late(LATE)
    nodes.rename(writer, "Second")
    seen = [nodes.name(other)]
    deadline = time.monotonic() + PATIENCE
    while seen[-1] != "Second":
        assert nodes.name(writer) == nodes.name(writer) == "Second"
        seen.append(nodes.name(other))
        assert time.monotonic() < deadline
    assert seen[0] == "First"
    # From here on it has come far enough for the writer, too, who therefore doesn't see what others do just now.
    nodes.standby.pause()
    nodes.rename(other, "Third")
    assert (nodes.name(writer), nodes.name(other)) == ("Second", "Third")
    nodes.standby.go_on()
    nodes.standby.be_late("0")


@pytest.mark.soak
def test_lists_and_cursors_hold_what_was_just_made(nodes: Nodes) -> None:
    writer, other = nodes.new_key(), nodes.new_key()
    nodes.standby.catch_up()
    nodes.standby.pause()
    made = nodes.asked("POST", "/v1/assistants", writer, json={"model": "gpt-4o"}).json["id"]
    assert nodes.asked("GET", "/v1/assistants?limit=1", writer).json["first_id"] == made
    assert nodes.asked("GET", "/v1/assistants?limit=1", other).json["first_id"] == nodes.assistant_id
    # An id passed on is found, though the replica doesn't know it yet.
    assert nodes.asked("GET", f"/v1/assistants/{made}", other).status_code == 200
    assert nodes.asked("GET", f"/v1/assistants?limit=1&after={made}", other).json["first_id"] == nodes.assistant_id


@pytest.mark.soak
def test_a_person_reads_on_the_next_page_what_they_saved(nodes: Nodes) -> None:
    with nodes.nodes[0].app_context():
        email = make_person(role=Role.EDITOR).email
        db.session.remove()
    visitors = [Visitor(node.test_client()) for node in nodes.nodes]
    for visitor in visitors:
        visitor.submit(visitor.get("/sign-in"), email=email, password=factories.PASSWORD)
    nodes.standby.catch_up()
    nodes.standby.pause()
    first, second = visitors
    first.submit(first.get("/assistants/new"), name="Just made", model="gpt-4o")
    assert "Just made" in second.get("/assistants").text


@pytest.mark.soak
def test_a_revoked_key_opens_nothing_though_the_replica_does_not_know_it(nodes: Nodes) -> None:
    secret = nodes.new_key()
    nodes.standby.catch_up()
    nodes.standby.pause()
    with nodes.nodes[0].app_context():
        keys.revoke(max(key.id for key in keys.list_all()), actor=factories.ADMIN)
        db.session.remove()
    assert nodes.asked("GET", f"/v1/assistants/{nodes.assistant_id}", secret).status_code == 401


@pytest.mark.soak
def test_reading_goes_on_when_the_replica_stops_and_comes_back_to_it(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.replica.RETRY", 0.2)
    writer, other = nodes.new_key(), nodes.new_key()
    nodes.standby.catch_up()
    assert [nodes.name(other) for _ in nodes.nodes] == ["First"] * 2
    nodes.standby.stop()
    nodes.rename(writer, "Second")
    assert [nodes.name(other) for _ in range(10)] == ["Second"] * 10
    nodes.standby.start()
    nodes.standby.catch_up()
    nodes.standby.pause()
    nodes.rename(writer, "Third")
    # Nobody but the replica has the earlier name.
    until(nodes, other, "Second")


@pytest.mark.soak
def test_nobody_reads_what_is_too_old_from_a_replica_that_lost_its_primary(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.replica.OLDEST", 0.5)
    monkeypatch.setattr("app.core.replica.STEP", 0.1)
    writer, other = nodes.new_key(), nodes.new_key()
    nodes.standby.catch_up()
    nodes.standby.pause()
    nodes.rename(writer, "Second")
    assert nodes.name(other) == "First"
    until(nodes, other, "Second")


@pytest.mark.soak
def test_the_doctor_says_how_the_replica_is(nodes: Nodes) -> None:
    node = nodes.nodes[0]
    assert "The replica is in reach, and follows." in node.test_cli_runner().invoke(args=["doctor"]).output
    nodes.standby.stop()
    assert "The replica can't be read from" in node.test_cli_runner().invoke(args=["doctor"]).output
    nodes.standby.start()


@pytest.mark.parametrize(
    ("written", "read"), [("", "postgresql://somewhere/one"), ("postgresql://here/one", "sqlite:///x.db")]
)
def test_an_address_that_is_no_replica_is_refused(tmp_path: Path, written: str, read: str) -> None:
    environment = {
        "GREENROOM_INSTANCE_PATH": str(tmp_path),
        "GREENROOM_DATABASE_URL": written,
        "GREENROOM_READ_DATABASE_URL": read,
    }
    with pytest.raises(SettingRefused, match="GREENROOM_READ_DATABASE_URL must begin with postgresql://"):
        Settings.from_environment(environment)
