"""Statements put together once, in the words of each engine, with values bound by name.

Asking them outside of a transaction is in `reading`, within the one under way in `writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Executable, SelectBase

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
# SQLite calls values by place, psycopg by name.
POSITIONAL = "qmark"
# At most so many rows go into one statement there.
ROWS = 64


class Statement:
    """A statement, whatever the engine."""

    def __init__(self, statement: Executable | SelectBase, columns: Sequence[str] = ()) -> None:
        """`columns` are those that an insert or an update sets, by their keys in the table."""
        self.statement: Any = statement
        self.columns = list(columns) or None
        self.on: Callable[[Dialect], Compiled] = cache(self._on)

    def _on(self, dialect: Dialect) -> Compiled:
        return Compiled(self.statement, self.columns, dialect)


# What sends a statement with its values, or those of several rows: to the database, or to what gathers for it.
Send = Callable[[Statement, Values | Sequence[Values]], object]


class Compiled:
    """A statement in the words of one engine."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.text: str = compiled.string
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.answers = bool(statement.is_select or compiled.effective_returning)
        self.in_order: Callable[[Values], tuple[Any, ...]] | None = None
        # The part of the text that is said again for each further row, where there can be several in one statement.
        self.row: str | None = None
        if dialect.paramstyle == POSITIONAL and compiled.positiontup:
            self.in_order = _picking(compiled.positiontup)
            row = f"({', '.join('?' * len(compiled.positiontup))})"
            self.row = row if f"VALUES {row}" in self.text else None
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

    def of_rows(self, given: Sequence[Values]) -> Iterator[tuple[str, Any]]:
        """What is asked for several rows: texts with their values, a list where the text is to be asked for each row.

        SQLite's full-text tables write down what they have gathered before each statement that calls triggers, so
        there the rows stand in few statements: powers of two, so that few different ones are kept prepared.
        """
        rows = [self.bound(row) for row in given]
        if not self.row:
            yield self.text, rows
            return
        while rows:
            count = min(ROWS, 1 << (len(rows).bit_length() - 1))
            text = self.text.replace(f"VALUES {self.row}", f"VALUES {', '.join([self.row] * count)}")
            yield text, tuple(chain.from_iterable(rows[:count]))
            del rows[:count]


def _picking(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """What picks the values of these names, in their order."""
    if len(names) == 1:
        return lambda values: (values[names[0]],)
    return itemgetter(*names)
