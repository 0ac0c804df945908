"""Statements put together once, in the words of each engine, with values bound by name.

Asking them outside of a transaction is in `reading`, within the one under way in `writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Executable, SelectBase

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
# SQLite calls values by place, psycopg by name.
POSITIONAL = "qmark"


class Statement:
    """A statement, whatever the engine."""

    def __init__(self, statement: Executable | SelectBase, columns: Sequence[str] = ()) -> None:
        """`columns` are those that an insert or an update sets, by their keys in the table."""
        self.statement: Any = statement
        self.columns = list(columns) or None
        self.on: Callable[[Dialect], Compiled] = cache(self._on)

    def _on(self, dialect: Dialect) -> Compiled:
        return Compiled(self.statement, self.columns, dialect)


class Compiled:
    """A statement in the words of one engine."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.text: str = compiled.string
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.answers = bool(statement.is_select or compiled.effective_returning)
        self.in_order: Callable[[Values], tuple[Any, ...]] | None = None
        if dialect.paramstyle == POSITIONAL and compiled.positiontup:
            self.in_order = _picking(compiled.positiontup)
        self.turned: list[tuple[str, Convert]] = [
            (name, turn)
            for name, bind in compiled.binds.items()
            if (turn := bind.type.dialect_impl(dialect).bind_processor(dialect))
        ]

    def bound(self, given: Values) -> Any:
        """The values as the driver takes them, each as the engine keeps what is in its column."""
        values = {**self.fixed, **given}
        for name, turn in self.turned:
            values[name] = turn(values[name])
        return self.in_order(values) if self.in_order else values


def _picking(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """What picks the values of these names, in their order."""
    if len(names) == 1:
        return lambda values: (values[names[0]],)
    return itemgetter(*names)
