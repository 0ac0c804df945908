"""The values there are to choose from in a filter. Finding by them is for `finding`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, func, literal_column, select, union_all

from app.assistants.models import assistant_facets
from app.core.reading import Prepared
from app.extensions import reader


def values(facets: Sequence[str], most: int) -> dict[str, list[str]]:
    """The first values of each of these facets, in the order of the engine."""
    found: dict[str, list[str]] = {facet: [] for facet in facets}
    for facet, value in reader().rows(_values_of(tuple(facets), most)):
        found[facet].append(value)
    return found


@cache
def _values_of(facets: tuple[str, ...], most: int) -> Prepared:
    """The first values of each of these facets, in the order of the engine: a row of facet and value for each."""
    return Prepared(union_all(*(_values(facet, most) for facet in facets)))


def _values(facet: str, most: int) -> Select[Any]:
    """Each value is looked up behind the one before, so it doesn't matter how many assistants have it."""
    column = assistant_facets.c.value
    mine = assistant_facets.c.facet == facet
    first = select(func.min(column)).where(mine).scalar_subquery()
    chain = select(first.label("value")).cte(f"values_of_{facet}", recursive=True)
    following = select(func.min(column)).where(mine, column > chain.c.value).scalar_subquery()
    chain = chain.union_all(select(following).where(chain.c.value.is_not(None)))
    some = select(literal_column(f"'{facet}'").label("facet"), chain.c.value).where(chain.c.value.is_not(None))
    return select(some.limit(most).subquery())
