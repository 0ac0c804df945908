"""Copying the embedded database while it serves, and putting a copy back. PostgreSQL has programs of its own for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from app.core.errors import Invalid
from app.core.files import PRIVATE, replacing

# SQLite leaves the write-ahead log only when no other connection is there.
ALONE = "PRAGMA journal_mode = DELETE"
IN_USE = "Something else has the database open. Stop Greenroom first, then restore."


def copy_database(engine: Engine, target: Path) -> None:
    """A consistent copy of the database at one moment, in one self-contained file; writers don't wait for it."""
    source = _file_of(engine)
    if target.exists() and target.samefile(source):
        raise Invalid.one("file", None, "That is the database itself. Name another file for the copy.")
    with (
        replacing(target) as partial,
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(partial)) as copy,
    ):
        live.backup(copy)
        # Without this the copy would expect a second file beside it, and take one left over there for its own.
        copy.execute("PRAGMA journal_mode = DELETE")


def place_of(engine: Engine) -> Path:
    """Where the embedded database is, or will be."""
    if engine.dialect.name != "sqlite":
        raise Invalid.one("file", None, "Only the embedded database is put back here. For PostgreSQL, use pg_restore.")
    return Path(engine.url.database or "")


def checked_copy(source: Path, target: Path) -> None:
    """A copy of a copy, once every page and index of it was found whole; raises `Invalid`."""
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as given:
        try:
            faults = [row[0] for row in given.execute("PRAGMA integrity_check(3)")]
            tables = {row[0] for row in given.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as refusal:
            raise Invalid.one("file", None, f"{source} can't be restored: {refusal}.") from None
        if faults != ["ok"]:
            raise Invalid.one("file", None, f"{source} is damaged: {' '.join(faults)}")
        if "alembic_version" not in tables or "assistants" not in tables:
            raise Invalid.one("file", None, f"{source} is no copy of a Greenroom database.")
        with closing(sqlite3.connect(target)) as copy:
            given.backup(copy)


def put_back(source: Path, place: Path) -> None:
    """Make the database at `place` hold what `source` holds, in one transaction, if nobody else has it open.

    It is written into, never exchanged for another file: a program that opened it a moment before would go on writing
    into one that has no name any more. A crash half way leaves the old state.
    """
    with closing(sqlite3.connect(source)) as given, closing(sqlite3.connect(place, timeout=0)) as kept:
        place.chmod(PRIVATE)
        with _said_if_in_use():
            kept.execute(ALONE)
            given.backup(kept)


def refuse_if_open(place: Path) -> None:
    """Raise `Invalid` while any other connection to this database is open, also one that does nothing."""
    if place.exists():
        with closing(sqlite3.connect(place, timeout=0)) as kept, _said_if_in_use():
            kept.execute(ALONE)


@contextmanager
def _said_if_in_use() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as refusal:
        if (refusal.sqlite_errorcode & 0xFF) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Invalid.one("file", None, IN_USE) from None
        raise


def _file_of(engine: Engine) -> Path:
    if engine.dialect.name != "sqlite":
        raise Invalid.one("file", None, "Only the embedded database is copied here. For PostgreSQL, use pg_dump.")
    source = Path(engine.url.database or "")
    if not source.is_file():
        raise Invalid.one("file", None, "There is no database yet, so there is nothing to copy.")
    return source
