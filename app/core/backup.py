"""Copying the embedded database while it serves. Other databases bring programs of their own for this."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from app.core.errors import Invalid
from app.core.files import replacing


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


def _file_of(engine: Engine) -> Path:
    if engine.dialect.name != "sqlite":
        raise Invalid.one("file", None, "Only the embedded database is copied here. For PostgreSQL, use pg_dump.")
    source = Path(engine.url.database or "")
    if not source.is_file():
        raise Invalid.one("file", None, "There is no database yet, so there is nothing to copy.")
    return source
