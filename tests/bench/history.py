"""Packed history: how the database grows by 1,000 small edits of a full-length text, and how fast any version opens."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import text as sql

from app.assistants import service, versions
from app.core.actors import Origin
from app.extensions import db
from tests import factories
from tests.bench.ground import edited, full_text, greenroom
from tests.bench.measure import Line, pair, ready, size
from tests.postgres import PostgresDatabase

GROUP = "1,000 small edits of 256,000 characters"
GROWTH_BAR = 0.05
READING_BAR = 3.0
# The bytes of a table with its indexes and, on PostgreSQL, of its long values kept aside.
SQLITE_TABLE = "SELECT sum(pgsize) FROM dbstat WHERE name = :table OR name LIKE '%\\_' || :table || '%' ESCAPE '\\'"
POSTGRES_TABLE = "SELECT pg_total_relation_size(:table)"


def lines(folder: Path, *, edits: int, rounds: int) -> Iterator[Line]:
    with greenroom(folder / "sqlite") as app:
        yield from _lines_of(app, "SQLite", edits, rounds)
    with PostgresDatabase.started("bench") as database, greenroom(folder / "postgresql", database.url) as app:
        yield from _lines_of(app, "PostgreSQL", edits, rounds)


def _lines_of(app: Flask, engine: str, edits: int, rounds: int) -> Iterator[Line]:
    with app.app_context():
        before = _database_size(packed=True)
        text = full_text()
        assistant_id = factories.make_assistant(instructions=text).id
        created = _database_size(packed=True)
        _edit(assistant_id, text, edits)
        plain = edits * len(text.encode())
        grown = _database_size() - created
        if engine == "PostgreSQL":
            # Overwritten rows leave room that only later ones fill again, as they would with plain copies.
            yield size(GROUP, f"{engine}: growth of the files, with room left over", grown, plain, None)
            grown = _database_size(packed=True) - created
        yield size(GROUP, f"{engine}: growth by the edits, all tables", grown, plain, GROWTH_BAR)
        yield size(GROUP, f"{engine}:   of it versions", _table_size("assistant_versions"), plain, None)
        yield size(GROUP, f"{engine}:   of it audit entries", _table_size("audit_entries"), plain, None)
        yield size(GROUP, f"{engine}:   the live row and version 1", created - before, len(text.encode()), None)
        for number in (1, (edits + 1) // 2, edits):
            yield _reading(engine, assistant_id, number, rounds)


def _edit(assistant_id: str, text: str, edits: int) -> None:
    rng = random.Random(11)
    for _ in range(edits):
        text = edited(text, rng)
        service.update(assistant_id, {"instructions": text}, actor=factories.EDITOR, origin=Origin.PAGE)
        db.session.remove()


def _reading(engine: str, assistant_id: str, number: int, rounds: int) -> Line:
    # The assistant itself is known: its text has not to be read to find a version of it.
    known = service.get(assistant_id)

    def live() -> None:
        db.session.remove()
        assert service.get(assistant_id).instructions

    def version() -> None:
        db.session.remove()
        assert versions.spec_of(versions.get(known, number)).instructions

    name = f"{engine}: reading version {number} against the live one"
    # SQLite reads in this process, so its processor time tells all; PostgreSQL's server is another one.
    clock = time.process_time if engine == "SQLite" else time.perf_counter
    return pair(GROUP, name, ready(version), ready(live), bar=READING_BAR, rounds=rounds, warm_up=5, clock=clock)


def _database_size(*, packed: bool = False) -> int:
    """The bytes the database takes up; `packed` has PostgreSQL write its tables anew, without room left over."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(db.engine.url.database or "").stat().st_size
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL" if packed else "VACUUM")
        return int(connection.execute(sql("SELECT pg_database_size(current_database())")).scalar_one())


def _table_size(table: str) -> int:
    with db.engine.connect() as connection:
        statement = SQLITE_TABLE if db.engine.dialect.name == "sqlite" else POSTGRES_TABLE
        return int(connection.execute(sql(statement), {"table": table}).scalar_one() or 0)
