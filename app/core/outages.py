"""What it means when the database itself fails: out of reach, busy for too long, or on a full disk.

The drivers tell it in their own numbers; here they become errors of the one family. Answering is for `http.errors`.
"""

from __future__ import annotations

import sqlite3
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import GreenroomError

DatabaseFailure: TypeAlias = DBAPIError | PoolTimeout

# Of SQLite's numbers, the lowest eight bits say what kind of failure it is.
KIND = 0xFF
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SQLITE_LOST = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
# PostgreSQL's, by their beginnings: lost connections, too many of them, shutting down, following another server.
POSTGRESQL_LOST = ("08", "53300", "57P", "25006")
# A lock or a statement that took too long, deadlocks, and transactions that got in each other's way.
POSTGRESQL_BUSY = ("55P03", "57014", "40")
POSTGRESQL_FULL = ("53100",)


class Outage(GreenroomError):
    """The database can't do this now. Nothing is wrong with what was asked for; `retry_after` is in seconds."""

    retry_after: int | None = None


class Unreachable(Outage):
    """There is no database to talk to."""

    retry_after = 5

    def __init__(self) -> None:
        super().__init__("Greenroom can't reach its database just now. Nothing was saved. Try again in a few seconds.")


class Busy(Outage):
    """Others have been writing for longer than anybody should wait."""

    retry_after = 1

    def __init__(self) -> None:
        super().__init__("The database is busy with other work. Nothing was saved. Try again in a moment.")


class Full(Outage):
    """There is no room left to write."""

    def __init__(self) -> None:
        super().__init__(
            "The disk that holds the database is full, so nothing was saved. Reading still works. "
            "An administrator has to make room."
        )


class Uncertain(Outage):
    """The connection broke at the very moment of committing. Trying again without a look might do a thing twice."""

    def __init__(self) -> None:
        super().__init__(
            "The database went away at the moment of saving, and it isn't certain whether it was saved. "
            "Look before you try again."
        )


def outage_of(failure: DatabaseFailure) -> Outage | None:
    """The outage behind a failure; None for a fault of our own, such as a statement that is wrong."""
    if isinstance(failure, PoolTimeout):
        return Busy()
    if isinstance(failure.orig, sqlite3.Error):
        return _of_sqlite(failure.orig)
    state = str(getattr(failure.orig, "sqlstate", None) or "")
    if state.startswith(POSTGRESQL_FULL):
        return Full()
    if state.startswith(POSTGRESQL_BUSY):
        return Busy()
    lost = state.startswith(POSTGRESQL_LOST) or failure.connection_invalidated
    # A connection that never came about has no number.
    return Unreachable() if lost or (not state and isinstance(failure, OperationalError)) else None


def _of_sqlite(failure: sqlite3.Error) -> Outage | None:
    kind = (getattr(failure, "sqlite_errorcode", None) or 0) & KIND
    if kind == sqlite3.SQLITE_FULL:
        return Full()
    if kind in SQLITE_BUSY:
        return Busy()
    return Unreachable() if kind in SQLITE_LOST else None
