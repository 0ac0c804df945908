"""Whether the database has the tables this program was written for, and making them where there are none at all.

The tables themselves are described by the migrations, one after the other; a file of them begins with its number. So
Alembic, which loads slowly, is left to who makes or changes tables.
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from app.config import ROOT
from app.core.errors import GreenroomError
from app.extensions import db

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = ROOT / "app" / "migrations"
BOOKKEEPING = "alembic_version"
APPLIED = select(column("version_num", String)).select_from(table(BOOKKEEPING))
LATER = "The database was made by a later Greenroom than this one. Update this program."


class SchemaState(StrEnum):
    """How the database's tables compare with this program's migrations."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


class DatabaseNotReady(GreenroomError):
    """The database can't be worked with as it is; the message says what to do."""


class OutOfStep(DatabaseNotReady):
    """The database is there, and was made by another version of this program."""


def state() -> SchemaState:
    """A database with somebody else's tables and none of ours is behind, not empty: nothing is made there unasked."""
    with db.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        applied = set(connection.scalars(APPLIED)) if BOOKKEEPING in tables else set()
    if not applied:
        return SchemaState.BEHIND if tables - {BOOKKEEPING} else SchemaState.EMPTY
    known = revisions()
    if applied == {known[-1]}:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if applied <= set(known) else SchemaState.AHEAD


def revisions() -> list[str]:
    """The numbers of all migrations, the newest last."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))


def ensure() -> None:
    """Make the tables in an empty database; raises `DatabaseNotReady` for one that is out of step or out of reach."""
    try:
        found = state()
        if found is SchemaState.EMPTY:
            from alembic import command

            command.upgrade(_config(), "head")
    except (DBAPIError, sqlite3.Error) as refusal:
        raise unreachable(refusal) from None
    if found is SchemaState.BEHIND:
        raise OutOfStep(
            "The database was made by an earlier Greenroom. Run 'flask backup FILE', then 'flask db upgrade'."
        )
    if found is SchemaState.AHEAD:
        raise OutOfStep(LATER)


def unreachable(refusal: DBAPIError | sqlite3.Error) -> DatabaseNotReady:
    """The sentence for a database that doesn't answer."""
    reason = str(refusal.orig if isinstance(refusal, DBAPIError) else refusal).strip().partition("\n")[0]
    return DatabaseNotReady(f"The database can't be used: {reason}. Check GREENROOM_DATABASE_URL.")


def _config() -> Config:
    from alembic.config import Config

    config = Config(MIGRATIONS / "alembic.ini")
    # A percent sign in a path would be taken for a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
