"""Reads that are asked again and again: put together once, sent as they are, answered as plain rows.

Each is one statement on a connection of its own kind that never begins a transaction, so that it costs one way there
and back. What writes, or reads in order to write, goes through the session instead and never through here.
"""

from __future__ import annotations

import time
from collections import namedtuple
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Date, Dialect, Engine, SelectBase, event, select, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

from app.core.database import Record
from app.core.drivers import is_lost, told
from app.core.statements import Compiled, Convert, Statement

# Of SQLite's pages each connection keeps so many KiB, where its own way would be 2,000: whoever reads single rows and
# short lists needs few, and the system keeps all of them for everybody.
CACHE = 512


class Prepared(Statement):
    """A statement that reads. `kind` gives its properties to the rows."""

    on: Callable[[Dialect], Reading]

    def __init__(self, statement: SelectBase, kind: type = object) -> None:
        super().__init__(statement)
        self.kind = kind

    def _on(self, dialect: Dialect) -> Reading:
        return Reading(self.statement, dialect, self.kind)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A row that is about to be asked for, by this statement with these values."""

    prepared: Prepared
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found ahead."""

    asked: Ahead
    row: Record | None


_known: ContextVar[_Known | None] = ContextVar("greenroom_known_ahead", default=None)


@cache
def _together(first: Prepared, second: Prepared) -> Prepared:
    """The row of the first with that of the second behind it, or with nulls where there is none."""
    left, right = first.statement.subquery("first"), second.statement.subquery("second")
    columns = [column.label(f"{table.name}_{column.key}") for table in (left, right) for column in table.c]
    return Prepared(select(*columns).select_from(left.outerjoin(right, true())))


class Reading(Compiled):
    """A statement in the words of one engine, and what makes rows of what it finds."""

    def __init__(self, statement: SelectBase, dialect: Dialect, kind: type) -> None:
        super().__init__(statement, None, dialect)
        columns = statement.selected_columns
        self.row: Any = type("Row", (namedtuple("Row", columns.keys()), kind), {"__slots__": ()})
        self.converters = [
            (place, convert) for place, column in enumerate(columns) if (convert := _own(column.type, dialect))
        ]

    def rows(self, found: list[Any]) -> list[Record]:
        if not self.converters:
            return [self.row._make(values) for values in found]
        rows = []
        for values in map(list, found):
            for place, convert in self.converters:
                if values[place] is not None:
                    values[place] = convert(values[place])
            rows.append(self.row._make(values))
        return rows


class Line(Protocol):
    """A connection of this kind. `driver` is the driver's own."""

    driver: Any

    def rows(self, text: str, values: Any, /) -> list[Any]:
        """What the statement finds; raises the driver's errors."""

    def close(self) -> None: ...


class Opened:
    """A line to a file."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        driver.execute(f"PRAGMA cache_size = {-CACHE}")

    def rows(self, text: str, values: Any) -> list[Any]:
        found: list[Any] = self.driver.execute(text, values).fetchall()
        return found

    def close(self) -> None:
        self.driver.close()


class Reader:
    """The connections that only read, as many as there were reads at the same time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Told the seconds of each statement, where they are measured.
        self.timed: Callable[[float], None] | None = None
        # A file needs no way there and back.
        self.looks_ahead = engine.dialect.name != "sqlite"
        self._idle: list[Line] = []
        event.listen(engine, "engine_disposed", self._close_all)

    def rows(self, prepared: Prepared, **values: Any) -> list[Record]:
        """What the statement finds with these values bound. A connection that broke while idle is replaced."""
        compiled = prepared.on(self.engine.dialect)
        bound = compiled.bound(values)
        try:
            connection = self._idle.pop()
        except IndexError:
            return compiled.rows(self._ask(self._connect(), compiled, bound))
        try:
            return compiled.rows(self._ask(connection, compiled, bound))
        except DBAPIError as failure:
            if not failure.connection_invalidated:
                raise
        # The server went away, and what else waits in the pool is as dead.
        self.engine.dispose()
        return compiled.rows(self._ask(self._connect(), compiled, bound))

    def one(self, prepared: Prepared, **values: Any) -> Record | None:
        """The only row, or None."""
        known = _known.get()
        if known is not None:
            _known.set(None)
            if known.asked.prepared is prepared and known.asked.values == values:
                return known.row
        rows = self.rows(prepared, **values)
        return rows[0] if rows else None

    def one_and(self, ahead: Ahead, prepared: Prepared, **values: Any) -> Record | None:
        """The only row, or None; on the same way there and back that of `ahead`, which `one` then knows."""
        if not self.looks_ahead:
            return self.one(prepared, **values)
        _known.set(None)
        rows = self.rows(_together(prepared, ahead.prepared), **values, **ahead.values)
        if not rows:
            return None
        dialect = self.engine.dialect
        first, second = prepared.on(dialect).row, ahead.prepared.on(dialect).row
        width = len(first._fields)
        mine, other = rows[0][:width], rows[0][width:]
        _known.set(_Known(ahead, None if all(value is None for value in other) else second._make(other)))
        found: Record = first._make(mine)
        return found

    def _ask(self, connection: Line, compiled: Reading, bound: Any) -> list[Any]:
        began = time.perf_counter() if self.timed else 0.0
        try:
            found = connection.rows(compiled.text, bound)
        except BaseException as failure:
            raise self._gone_wrong(failure, connection, compiled) from failure
        self._idle.append(connection)
        if self.timed:
            self.timed(time.perf_counter() - began)
        return found

    def _gone_wrong(self, failure: BaseException, connection: Line, compiled: Reading) -> BaseException:
        """The failure in SQLAlchemy's words. The connection is given up, whatever state it is in."""
        lost = is_lost(failure, self.engine, connection.driver)
        connection.close()
        return told(failure, self.engine, text=compiled.text, lost=lost)

    def _connect(self) -> Line:
        try:
            pooled = self.engine.raw_connection()
        except self.engine.dialect.loaded_dbapi.Error as failure:
            raise told(failure, self.engine) from failure
        driver: Any = pooled.driver_connection
        pooled.detach()
        if self.engine.dialect.name == "sqlite":
            return Opened(driver)
        # Loaded where the database is on a server; a file needs no such driver.
        from app.core.libpq import Direct

        return Direct(driver)

    def _close_all(self, _engine: Engine | None = None) -> None:
        while self._idle:
            self._idle.pop().close()


def forget() -> None:
    """Nothing is known ahead; for the end of a request."""
    _known.set(None)


def _own(kind: Any, dialect: Dialect) -> Convert | None:
    """What turns a stored value into one of our own kind, or into a day, for columns that have one."""
    if not isinstance(kind, TypeDecorator | Date):
        return None
    convert: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return convert
