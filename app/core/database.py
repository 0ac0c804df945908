"""The storage ground both engines share: the declarative base, column types, engine tuning and `transaction`.

No table is defined here and no query is written here; those belong to the features.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, Row, Table, Text, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.types import TypeDecorator

from app.core import freshness, turns
from app.core.drivers import told
from app.core.files import PRIVATE
from app.core.outages import Uncertain

# Constraint names are the same on every engine, so that one migration can name them on both.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# A rising number that never comes back. SQLite numbers rows by itself only in a column of type INTEGER.
SerialKey = BigInteger().with_variant(Integer, "sqlite")
WRITING = "greenroom_writing"
AFTERWARDS = "greenroom_afterwards"
# What a connection has to be told at the beginning of each write, if anything.
PATIENCE = "greenroom_patience"
# An option of statements for which PostgreSQL has to know the values before it decides how to find what is asked for.
PLANNED_ANEW = "greenroom_planned_anew"
# SQLite's log is copied into the file once it has about so many pages of 4 KB: what one part of its index holds.
LOG_PAGES = 4_000

Record: TypeAlias = Row[*tuple[Any, ...]]


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(naming_convention=NAMING)


class Database(Protocol):
    """An engine, and what asks it on behalf of the request at work."""

    session: scoped_session[Any]

    @property
    def engine(self) -> Engine: ...


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements that go past the unit of work."""
    return cast("Table", model.__table__)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite knows no zones: they are taken off on the way in, put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a zone can't be stored.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """A JSON value kept as text, so that the order of keys and the size of numbers survive on every engine."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else from_json(value)


def tune(engine: Engine, busy_timeout: float, synchronous: str) -> None:
    """Set up each new connection of `engine`; `busy_timeout` is how many seconds a writer waits for its turn.

    `synchronous` matters to SQLite alone.
    """
    if engine.dialect.name != "sqlite":
        _tune_server(engine, busy_timeout)
        return
    queue = turns.queue_of(engine, busy_timeout)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        _keep_private(Path(engine.url.database or ""))
        # The driver would begin transactions by itself, and always DEFERRED; `begin` below does it instead.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
        set_up(connection, synchronous)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # A writer takes its place in the queue at once. One that began as a reader could not wait its
        # turn: SQLite refuses to upgrade a snapshot that somebody else has overtaken.
        if not connection.get_execution_options().get(WRITING):
            connection.exec_driver_sql("BEGIN")
        else:
            try:
                queue.begin(connection.connection.driver_connection)
            except sqlite3.OperationalError as failure:
                raise told(failure, engine) from failure


def set_up(connection: sqlite3.Connection, synchronous: str) -> None:
    """How a connection to SQLite keeps what is written."""
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
        # What a savepoint needs to be taken back stays in memory; it would be a file with each save otherwise.
        "temp_store = MEMORY",
        f"wal_autocheckpoint = {LOG_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _keep_private(file: Path) -> None:
    """A database just made is its owner's alone; whoever opened an older one to others meant it."""
    if file.is_file() and file.stat().st_size == 0:
        file.chmod(PRIVATE)


def _tune_server(engine: Engine, busy_timeout: float) -> None:
    patience = f"lock_timeout = {round(busy_timeout * 1000)}"

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        # A pooler such as PgBouncer says a process number of its own. Behind it each transaction may meet another
        # process of the server: nothing lasts from one to the next, neither a setting nor a prepared statement.
        if process != connection.info.backend_pid:
            connection.prepare_threshold = None
            record.info[PATIENCE] = f"SET LOCAL {patience}"
        else:
            connection.execute(f"SET {patience}")
            # What is asked here takes a few milliseconds. Starting helpers for it takes longer, and needs other cores.
            connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.commit()

    @event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, values: Any, context: Any) -> bool:
        if not context.execution_options.get(PLANNED_ANEW):
            return False
        # The driver prepares what is asked often, and the server then makes one plan for any values at all.
        cursor.execute(statement, values, prepare=False)
        return True

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if PATIENCE in connection.info and connection.get_execution_options().get(WRITING):
            connection.exec_driver_sql(connection.info[PATIENCE])


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as failure:
        # The answer got lost on its way, and with it whether there was a commit.
        if failure.connection_invalidated:
            raise Uncertain from failure
        raise


@contextmanager
def transaction(scoped: scoped_session[Any], *, patience: float | None = None) -> Iterator[None]:
    """One write, all or nothing. Inside another `transaction` it joins that one.

    A read that the request did before is ended first, so that the write sees the latest state. On SQLite it waits
    `patience` seconds for its turn, or as long as is set for all.
    """
    if is_writing(scoped):
        yield
        return
    end_reading(scoped)
    session: Session = scoped()
    with turns.of(session.get_bind(), patience):
        session.info[WRITING] = True
        try:
            session.connection(execution_options={WRITING: True})
            yield
            session.flush()
            _commit(session)
            freshness.written()
        except BaseException:
            session.rollback()
            session.info.pop(AFTERWARDS, None)
            raise
        finally:
            session.info.pop(WRITING)
    for deed in session.info.pop(AFTERWARDS, ()):
        deed()


def is_writing(scoped: scoped_session[Any]) -> bool:
    """Whether a `transaction` is under way."""
    return scoped.registry.has() and WRITING in scoped().info


def end_reading(scoped: scoped_session[Any]) -> None:
    """Give up the state that was read, if any was: what is read from here on is the latest."""
    if scoped.registry.has() and scoped().in_transaction():
        scoped().rollback()


def after_commit(scoped: scoped_session[Any]) -> list[Callable[[], None]]:
    """What is done once the `transaction` under way is committed."""
    deeds: list[Callable[[], None]] = scoped().info.setdefault(AFTERWARDS, [])
    return deeds
