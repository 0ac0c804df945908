"""What has to hold of an assistant that is looked for, and the shape of it. How an engine is asked is in `finding`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from app.texts.query import Query, Term

# The first of the characters that stand for words and values in a shape. They are for private use, so nothing that a
# statement says by itself holds one.
STANDING_IN = 0xE000


@dataclass(frozen=True)
class Wanted:
    """All of this has to hold. Facets are pairs as `index.facets_of` makes them; `ids` selects ids.

    Of several `models` it may have any.
    """

    query: Query = field(default_factory=Query)
    facets: tuple[tuple[str, str], ...] = ()
    changed_since: datetime | None = None
    ids: Select[Any] | None = None
    models: Sequence[str] | None = None

    @property
    def has_words(self) -> bool:
        return bool(self.query.terms)

    @property
    def has_shape(self) -> bool:
        """Whether words and facets are all there is."""
        return self.changed_since is None and self.ids is None and self.models is None

    def shape(self) -> tuple[Wanted, dict[int, str]]:
        """The same with one character for each word and each value of a facet, and what these stand for.

        It is the same for as many words and the same facets, whatever they are. `translate` turns a text made from it
        into the one that the words themselves make.
        """
        meant: dict[int, str] = {}

        def standing_in(value: str) -> str:
            meant[character := STANDING_IN + len(meant)] = value
            return chr(character)

        def shaped(terms: Sequence[Term]) -> tuple[Term, ...]:
            return tuple(replace(term, words=tuple(map(standing_in, term.words))) for term in terms)

        query = Query(shaped(self.query.terms), shaped(self.query.without))
        facets = tuple((facet, standing_in(value)) for facet, value in self.facets)
        return replace(self, query=query, facets=facets), meant
