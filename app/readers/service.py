"""Who reads an assistant: noting what keys are given, at little cost, and telling it before somebody changes it.

A read is noted at most once a minute for each key and version, in memory, and written down together with others a few
seconds later at the latest: when the next request of this process has been answered. A server that is killed loses the
last few notes, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from threading import Lock
from typing import Any, TypeAlias

from sqlalchemy import func, select

from app.core.actors import Actor, ActorKind
from app.core.beside import BRIEFLY, write_beside
from app.core.database import table_of, utc_now
from app.core.sampling import Sampler
from app.extensions import db
from app.keys import service as keys
from app.readers.models import AssistantRead

# What was read: the assistant, the key and the version.
Read: TypeAlias = tuple[str, int, int]

SAMPLES = Sampler(timedelta(minutes=1), most=100_000)
WRITING_STEP = 5.0
# More than this isn't kept while the database can't be written to.
MOST_PENDING = 10_000


@dataclass(frozen=True, slots=True)
class Reader:
    """A key that reads an assistant: what it is called, the version it was given last, and when."""

    name: str
    is_active: bool
    version: int
    read_at: datetime


class Pending:
    """The notes of this process that aren't in the database yet. Its threads share them."""

    def __init__(self) -> None:
        self.reads: dict[Read, datetime] = {}
        self.lock = Lock()
        self.next_writing = 0.0

    def add(self, reads: Iterable[Read]) -> None:
        now = utc_now()
        with self.lock:
            for read in reads:
                if len(self.reads) < MOST_PENDING:
                    self.reads[read] = now

    def take(self) -> dict[Read, datetime]:
        """All of them; they are the caller's now."""
        with self.lock:
            taken, self.reads = self.reads, {}
            self.next_writing = time.monotonic() + WRITING_STEP
        return taken

    def give_back(self, reads: dict[Read, datetime]) -> None:
        with self.lock:
            self.reads = reads | self.reads


PENDING = Pending()


def note(assistant_id: str, version: int, *, actor: Actor) -> None:
    """This actor was given this version. Only keys are noted: a person who looks at a page depends on nothing."""
    note_all([(assistant_id, version)], actor=actor)


def note_all(versions: Iterable[tuple[str, int]], *, actor: Actor) -> None:
    """This actor was given each of these versions: an assistant's id and a number."""
    if actor.kind is ActorKind.KEY and actor.id is not None:
        key_id = actor.id
        if due := SAMPLES.due_of([(assistant_id, key_id, version) for assistant_id, version in versions]):
            PENDING.add(due)


def is_time_to_write() -> bool:
    """Whether there are notes, and some time has gone by since the last ones were written."""
    return bool(PENDING.reads) and time.monotonic() >= PENDING.next_writing


def write_down() -> None:
    """Bring what was noted into the database, all in one transaction. What can't be written now waits."""
    taken = PENDING.take()
    if not taken:
        return
    rows = [
        {"assistant_id": assistant_id, "key_id": key_id, "version": version, "read_at": at}
        for (assistant_id, key_id, version), at in sorted(taken.items())
    ]
    if not write_beside(db.session, "Who read what", partial(db.session.execute, _upsert(), rows), patience=BRIEFLY):
        PENDING.give_back(taken)


def of(assistant_id: str) -> list[Reader]:
    """The keys that have read this assistant, each with its last time, the latest first."""
    write_down()
    ranked = (
        select(
            AssistantRead.key_id,
            AssistantRead.version,
            AssistantRead.read_at,
            func.row_number()
            .over(partition_by=AssistantRead.key_id, order_by=AssistantRead.read_at.desc())
            .label("rank"),
        )
        .where(AssistantRead.assistant_id == assistant_id)
        .subquery()
    )
    rows = db.session.execute(select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.read_at.desc())).all()
    found = keys.found({row.key_id for row in rows}) if rows else {}
    return [
        Reader(key.name, keys.status(key) is keys.Status.ACTIVE, row.version, row.read_at)
        for row in rows
        if (key := found.get(row.key_id))
    ]


def _upsert() -> Any:
    """Each engine has an INSERT of its own that updates what is there. A later time is never replaced by an earlier."""
    # Each loads all the drivers of its engine; the other one's would only take time and memory.
    engine: Any = import_module(f"sqlalchemy.dialects.{db.engine.dialect.name}")
    table = table_of(AssistantRead)
    statement: Any = engine.insert(table)
    return statement.on_conflict_do_update(
        index_elements=[table.c.assistant_id, table.c.key_id, table.c.version],
        set_={"read_at": statement.excluded.read_at},
        where=table.c.read_at < statement.excluded.read_at,
    )
