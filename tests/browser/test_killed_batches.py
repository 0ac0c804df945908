"""A server that is killed with a batch on its hands, between the preview and confirming it or in the middle of writing.

Real processes, killed outright. What stands in the database afterwards is the whole batch or nothing of it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.assistants.models import Assistant, AssistantVersion
from app.bulk.models import Batch, BatchItem, Draft
from app.core.database import transaction
from app.extensions import db
from tests import factories
from tests.browser.stoppable import PATIENCE, Server, stoppable
from tests.conftest import ENGINES
from tests.postgres import PostgresDatabase

pytestmark = pytest.mark.soak

COUNT = 1_500
# About as many bytes as such a batch adds to the log of the database.
WRITTEN = 8_000_000
DEED = {"type": "replace", "find": "14 days", "replacement": "30 days"}


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A Greenroom on each engine, which can be stopped and started again."""
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            url = stack.enter_context(PostgresDatabase.started("greenroom_killed")).url
        yield stack.enter_context(stoppable(tmp_path, url))


class Program:
    """A script with a key, on a server that may go away."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with server.app.app_context():
            self.key = factories.make_key()
            db.session.remove()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.server.url}/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def prepared(self) -> str:
        change = self.call("POST", "/bulk_changes", {"change": DEED})
        while not change["is_complete"]:
            change = self.call("GET", f"/bulk_changes/{change['id']}")
        assert change["included"] == COUNT
        return str(change["id"])

    def cut_off(self, path: str) -> threading.Thread:
        """Send what will not be answered."""

        def send() -> None:
            with suppress(OSError, HTTPException):
                self.call("POST", path, {})

        thread = threading.Thread(target=send)
        thread.start()
        return thread


def kill(server: Server) -> None:
    """End all processes of the server at once, without a chance to tidy up."""
    assert server.process is not None
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, workers)):
        os.kill(each, signal.SIGKILL)
    server.process.wait(PATIENCE)
    # A worker is no child of ours, so it can't be waited for. As long as it lives, its port is taken.
    deadline = time.monotonic() + PATIENCE
    while server.listens():
        assert time.monotonic() < deadline


def fill(server: Server) -> None:
    with server.app.app_context():
        with transaction(db.session):
            for number in range(COUNT):
                factories.make_assistant(name=f"Number {number}", instructions=f"Within 14 days. {number} " * 60)
        db.session.remove()


def standing(server: Server) -> dict[str, Any]:
    """What the database holds: live states, versions and batches."""
    with server.app.app_context():
        db.session.remove()
        texts = db.session.scalars(select(Assistant.instructions)).all()
        found = {
            "replaced": sum("30 days" in (text or "") for text in texts),
            "half": sum("30 days" in (text or "") and "14 days" in (text or "") for text in texts),
            "versions": db.session.scalar(select(func.count()).select_from(AssistantVersion)),
            "batches": db.session.scalar(select(func.count()).select_from(Batch)),
            "items": db.session.scalar(select(func.count()).select_from(BatchItem)),
            "open": db.session.scalar(select(func.count()).select_from(Draft).where(Draft.batch_id.is_(None))),
        }
        db.session.remove()
        db.engine.dispose()
    return found


def logged(server: Server) -> int:
    """How many bytes the database has written to its log, also of what isn't committed."""
    with server.app.app_context():
        if db.engine.dialect.name == "sqlite":
            log = server.folder / "greenroom.db-wal"
            return log.stat().st_size if log.exists() else 0
        with db.engine.connect() as connection:
            return int(connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn() - '0/0'").scalar_one())


NOTHING = {"replaced": 0, "half": 0, "versions": COUNT, "batches": 0, "items": 0, "open": 1}
DONE = {"replaced": COUNT, "half": 0, "versions": 2 * COUNT, "batches": 1, "items": COUNT, "open": 0}
UNDONE = {"replaced": 0, "half": 0, "versions": 3 * COUNT, "batches": 2, "items": 2 * COUNT, "open": 0}


def killed_while_writing(server: Server, program: Program, path: str, share: float) -> None:
    """Kill it once this share of what the whole batch writes stands in the database's log."""
    with server.app.app_context():
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
    before = logged(server)
    sent = program.cut_off(path)
    deadline = time.monotonic() + PATIENCE
    while logged(server) - before < share * WRITTEN:
        assert time.monotonic() < deadline, "The batch never came so far."
    kill(server)
    sent.join()
    server.start()


def test_killed_between_preview_and_confirming(server: Server) -> None:
    fill(server)
    program = Program(server)
    change = program.prepared()
    kill(server)
    server.start()
    assert standing(server) == NOTHING
    batch = program.call("POST", f"/bulk_changes/{change}/confirm", {})
    assert batch["size"] == COUNT
    assert standing(server) == DONE


def test_killed_in_the_middle_of_writing_and_of_undoing(server: Server) -> None:
    fill(server)
    program = Program(server)
    change = program.prepared()
    for share in (0.05, 0.3, 0.6):
        killed_while_writing(server, program, f"/bulk_changes/{change}/confirm", share)
        assert standing(server) == NOTHING, f"killed at {share}"
    batch = program.call("POST", f"/bulk_changes/{change}/confirm", {})
    undo = f"/batches/{batch['id']}/undo"
    assert standing(server) == DONE
    for share in (0.05, 0.3, 0.6):
        killed_while_writing(server, program, undo, share)
        assert standing(server) == DONE, f"killed at {share}"
    program.call("POST", undo, {})
    assert standing(server) == UNDONE


def test_confirmed_by_two_at_once_it_is_one_batch(server: Server) -> None:
    fill(server)
    program = Program(server)
    path = f"/bulk_changes/{program.prepared()}/confirm"
    threads = [program.cut_off(path) for _ in range(3)]
    for thread in threads:
        thread.join()
    assert standing(server) == DONE
