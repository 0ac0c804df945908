"""Statements that every save asks: put together once, sent as they are in the transaction under way.

The session puts a statement together anew each time, which takes longer than to send it. What is asked now and then
goes through the session, on the same connection; so both count or neither. Reads outside of a transaction are in
`reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Insert, Select, Update

Values = Mapping[str, Any]
# SQLite calls values by place, psycopg by name.
POSITIONAL = "qmark"


class Statement:
    """A statement whose values are bound by name, turned into what the engine keeps as their columns want it."""

    def __init__(self, statement: Insert | Update | Delete | Select[Any], columns: Sequence[str] = ()) -> None:
        """`columns` are those that an insert or an update sets, by their keys in the table."""
        self.statement = statement
        self.columns = list(columns) or None
        self.on = cache(self._on)

    def _on(self, dialect: Dialect) -> _Compiled:
        return _Compiled(self.statement, self.columns, dialect)


class _Compiled:
    """A statement in the words of one engine."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.text = compiled.string
        self.is_positional = dialect.paramstyle == POSITIONAL
        names = compiled.positiontup if self.is_positional else list(compiled.binds)
        self.values: list[tuple[str, Callable[[Any], Any] | None]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]

    def bound(self, given: Values) -> Any:
        turned = ((name, given[name] if turn is None else turn(given[name])) for name, turn in self.values)
        return tuple(value for _, value in turned) if self.is_positional else dict(turned)


def send(connection: Connection, statement: Statement, values: Values | Sequence[Values]) -> CursorResult[Any]:
    """Ask this of the database, for several rows where `values` are several."""
    compiled = statement.on(connection.dialect)
    if isinstance(values, Mapping):
        return connection.exec_driver_sql(compiled.text, compiled.bound(values))
    return connection.exec_driver_sql(compiled.text, [compiled.bound(row) for row in values])
