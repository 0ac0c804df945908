"""A part of a search's list with the best first: those of one rank. Which there are is in `finding`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, select

from app.core.paging import Window


@dataclass(frozen=True, slots=True)
class Stretch:
    """Assistants of one rank, in the order of `key`, which is `base` + `step` for each `seq`."""

    statement: Select[Any]
    key: ColumnElement[int]
    base: int = 0
    step: int = 1

    def part(self, number: int, window: Window) -> Select[Any] | None:
        """The (rank, seq) of those in the window; None where the whole rank lies outside."""
        statement = self.statement
        for place, lies_beyond in ((window.after, True), (window.before, False)):
            if place is None:
                continue
            if number == place[0]:
                edge = self.base + self.step * place[1]
                statement = statement.where(self.key < edge if lies_beyond else self.key > edge)
            elif (number > place[0]) is lies_beyond:
                return None
        order = self.key.asc() if window.backwards else self.key.desc()
        found = statement.order_by(order).limit(window.limit + 1).subquery()
        return select(literal_column(str(number)).label("rank"), found.c.seq)
