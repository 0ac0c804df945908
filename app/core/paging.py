"""Cursor paging over any ordered table: `Window` says what is asked, `Page` holds the answer.

The order is always (a moment, a rising number), never a random id: moments tie. A cursor is a place in that
order, so a row that has gone from the list keeps its place. What a cursor looks like in an address, and which
error an unknown one gives, is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, bindparam, tuple_

from app.core.errors import Invalid

T = TypeVar("T")
U = TypeVar("U")
# The values of a list's keys: (a moment, a rising number) or a number alone.
Place = tuple[Any, ...]
# Whether there is an `after`, whether there is a `before`, whether the newest come first.
Shape = tuple[bool, bool, bool]

PAGE_SIZE = 20
# Up to the year 5138, and any row number.
CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")


def write_cursor(moment: datetime, number: int) -> str:
    """A place as text, for lists whose rows leave them: `MICROSECONDS-NUMBER`."""
    seconds = int(moment.replace(microsecond=0).timestamp())
    return f"{seconds * 1_000_000 + moment.microsecond}-{number}"


def read_cursor(text: str, param: str) -> Place:
    """The place that `write_cursor` wrote; any other text is `Invalid` under `param`."""
    found = CURSOR.fullmatch(text)
    if found is None:
        raise Invalid.one(param, "invalid_value", "This link to a page of a list is incomplete. Open the list again.")
    seconds, microseconds = divmod(int(found[1]), 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds), int(found[2])


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list asked for. `after` and `before` are places in the requested order, exclusive.

    With `before` alone the answer is the stretch that ends next to it; with both, the start of what
    lies between.
    """

    after: Place | None = None
    before: Place | None = None
    newest_first: bool = True
    limit: int = PAGE_SIZE

    @property
    def is_open(self) -> bool:
        """Whether the list is asked for from its beginning, as far as the limit goes."""
        return self.after is None and self.before is None

    @property
    def backwards(self) -> bool:
        return self.before is not None and self.after is None

    def apply(self, statement: Select[Any], keys: Sequence[Any]) -> Select[Any]:
        """`statement` narrowed to this window over `keys`, and one row more, which tells that there is more."""
        place = tuple_(*keys)
        if self.after is not None:
            statement = statement.where(self._beyond(place, self.after))
        if self.before is not None:
            statement = statement.where(self._short_of(place, self.before))
        descending = self.newest_first is not self.backwards
        order = [key.desc() if descending else key.asc() for key in keys]
        return statement.order_by(*order).limit(self.limit + 1)

    @property
    def shape(self) -> Shape:
        """What the statement for this window depends on; the rest are `values`."""
        return self.after is not None, self.before is not None, self.newest_first

    def values(self) -> dict[str, Any]:
        """What belongs into a statement made by `opened`, by name."""
        places = {f"after_{number}": value for number, value in enumerate(self.after or ())}
        places |= {f"before_{number}": value for number, value in enumerate(self.before or ())}
        return places | {"rows": self.limit + 1}

    def page(self, rows: Sequence[T]) -> Page[T]:
        """The rows that `apply` found, in the requested order."""
        shown = list(rows[: self.limit])
        if self.backwards:
            shown.reverse()
        return Page(shown, has_more=len(rows) > self.limit, backwards=self.backwards)

    def behind(self, edge: Place | None) -> Window | None:
        """The window of what lies behind a page, towards where the reader came from: one row tells that there is any.

        `edge` is the place of the page's row on that side. None when the reader came from nowhere, or from a row
        beside which nothing is left.
        """
        if edge is None or self.is_open:
            return None
        if self.backwards:
            return Window(after=edge, newest_first=self.newest_first, limit=0)
        return Window(before=edge, newest_first=self.newest_first, limit=0)

    def _beyond(self, place: ColumnElement[Any], cursor: Place) -> ColumnElement[bool]:
        return place < tuple_(*cursor) if self.newest_first else place > tuple_(*cursor)

    def _short_of(self, place: ColumnElement[Any], cursor: Place) -> ColumnElement[bool]:
        return place > tuple_(*cursor) if self.newest_first else place < tuple_(*cursor)


def opened(shape: Shape, statement: Select[Any], keys: Sequence[Any]) -> Select[Any]:
    """`statement` narrowed to any window of this shape, whose `values` are bound when it is asked."""
    after, before, newest_first = shape
    window = Window(_left_open("after", keys, after), _left_open("before", keys, before), newest_first)
    return window.apply(statement, keys).limit(bindparam("rows", type_=Integer))


def _left_open(name: str, keys: Sequence[Any], given: bool) -> Place | None:
    return tuple(bindparam(f"{name}_{number}", type_=key.type) for number, key in enumerate(keys)) if given else None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `has_more` speaks of the direction of travel, which `before` alone turns round."""

    items: list[T]
    has_more: bool
    backwards: bool = False
    has_behind: bool = False

    @property
    def has_previous(self) -> bool:
        return self.has_more if self.backwards else self.has_behind

    @property
    def has_next(self) -> bool:
        return self.has_behind if self.backwards else self.has_more

    def with_behind(self, has_behind: bool) -> Page[T]:
        return replace(self, has_behind=has_behind)

    def map(self, change: Callable[[T], U]) -> Page[U]:
        return Page([change(item) for item in self.items], self.has_more, self.backwards, self.has_behind)
