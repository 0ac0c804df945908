"""How each engine is asked for words in the index: SQLite's FTS5 by MATCH, PostgreSQL by its vectors.

What a search puts together from these is in `finding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, and_, cast, column, literal, not_, or_, select, table, true
from sqlalchemy.types import NullType, UserDefinedType

from app.assistants.models import search_passages
from app.extensions import db
from app.texts.passages import OVERLAP
from app.texts.query import Term


class _Tsquery(UserDefinedType[str]):
    """PostgreSQL's words to look for. SQLAlchemy's own is in a module that loads all of its drivers."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TSQUERY"


class Where(Enum):
    """Which fields have to hold all terms, each term as a whole in one of them."""

    ANY = ("name", "description", "words")
    TITLE = ("name", "description")
    NAME = ("name",)


class Passages(Protocol):
    """The passages as one engine asks them. `id` is the passage's, from which `index` tells the assistant."""

    source: FromClause
    id: ColumnElement[int]

    def hold(
        self,
        terms: Sequence[Term],
        where: Where = Where.ANY,
        *,
        but_not: Where | None = None,
        without: Sequence[Term] = (),
    ) -> ColumnElement[bool]:
        """The condition that a passage holds all `terms` in `where`, not all in `but_not`, and none of `without`."""


def passages(where: Where = Where.ANY) -> Passages:
    """Those of the database in use, to be asked for terms in these fields."""
    if db.engine.dialect.name != "sqlite":
        return _POSTGRESQL
    return _SQLITE if where is Where.ANY else _SQLITE_TITLES


def runs(term: Term) -> list[Term]:
    """The term, or a phrase longer than what passages overlap by as runs that overlap each other."""
    size = len(term.words)
    if size <= OVERLAP:
        return [term]
    starts = chain(range(0, size - OVERLAP, OVERLAP // 2), [size - OVERLAP])
    found = [Term(term.words[start : start + OVERLAP]) for start in starts]
    return [*found[:-1], Term(found[-1].words, term.is_begin)]


class _Sqlite:
    """A full-text table. The words are folded, so quoted they hold nothing that FTS5 would read as its own language."""

    def __init__(self, name: str) -> None:
        self.source: FromClause = table(name, column("rowid"), column(name))
        self.id: ColumnElement[int] = self.source.c.rowid
        self.matched: ColumnElement[Any] = self.source.c[name]

    def hold(
        self,
        terms: Sequence[Term],
        where: Where = Where.ANY,
        *,
        but_not: Where | None = None,
        without: Sequence[Term] = (),
    ) -> ColumnElement[bool]:
        asked = self._all(terms, where)
        if but_not is Where.NAME:
            asked = f"({asked} NOT {self._all(terms, but_not)})"
        if where is Where.ANY:
            asked = " NOT ".join([asked, *(self._all([term], where) for term in without)])
            excluded = [_SQLITE_TITLES.holding(terms, but_not)] if but_not else []
        else:
            # Names and descriptions have a table of their own, which doesn't know the other words.
            excluded = [_SQLITE.holding([term], Where.ANY) for term in without]
        return and_(self._match(asked), *(self.id.not_in(ids) for ids in excluded))

    def holding(self, terms: Sequence[Term], where: Where) -> Select[Any]:
        """The ids of all passages that hold these."""
        return select(self.id).where(self.hold(terms, where)).correlate(None)

    def _match(self, asked: str) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.matched.op("MATCH", is_comparison=True)(asked)
        return condition

    def _all(self, terms: Sequence[Term], where: Where) -> str:
        asked = " AND ".join(self._one(run) for term in terms for run in runs(term))
        return f"({{{' '.join(where.value)}}} : ({asked}))" if where is Where.NAME else f"({asked})"

    def _one(self, term: Term) -> str:
        return f'"{term.folded}"{" *" if term.is_begin else ""}'


class _Postgresql:
    """A vector tells which words are there, without their places; a phrase is then looked for in the words."""

    def __init__(self) -> None:
        self.source: FromClause = search_passages
        self.id: ColumnElement[int] = search_passages.c.id

    def hold(
        self,
        terms: Sequence[Term],
        where: Where = Where.ANY,
        *,
        but_not: Where | None = None,
        without: Sequence[Term] = (),
    ) -> ColumnElement[bool]:
        conditions = [self._all(terms, where), *(not_(self._all([term], Where.ANY)) for term in without)]
        if but_not:
            conditions.append(not_(self._all(terms, but_not)))
        return and_(*conditions)

    def _all(self, terms: Sequence[Term], where: Where) -> ColumnElement[bool]:
        asked = [run for term in terms for run in runs(term)]
        lexemes = dict.fromkeys(lexeme for run in asked for lexeme in self._lexemes(run))
        vector: ColumnElement[Any] = column("tokens" if where is Where.ANY else "titles", NullType())
        found: ColumnElement[bool] = vector.op("@@", is_comparison=True)(cast(literal(" & ".join(lexemes)), _Tsquery()))
        exact = (run for run in asked if where is not Where.ANY or len(run.words) > 1)
        return and_(found, true(), *(self._stands_in(run, where) for run in exact))

    def _lexemes(self, term: Term) -> Iterator[str]:
        for word in term.words[:-1]:
            yield f"'{word}'"
        yield f"'{term.words[-1]}'{':*' if term.is_begin else ''}"

    def _stands_in(self, term: Term, where: Where) -> ColumnElement[bool]:
        pattern = f"% {term.folded}{'' if term.is_begin else ' '}%"
        return or_(*((literal(" ") + search_passages.c[field] + " ").like(pattern) for field in where.value))


_SQLITE, _SQLITE_TITLES, _POSTGRESQL = _Sqlite("search_index"), _Sqlite("title_index"), _Postgresql()
