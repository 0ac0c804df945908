"""Which assistants a question means: all of them as a selection for other features, how many, and page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, false

from app.assistants import finding, index
from app.assistants import service as assistants
from app.assistants.index import Facet
from app.assistants.labels import folded_label
from app.assistants.models import Assistant
from app.assistants.wanted import Wanted
from app.catalogue import service as catalogue
from app.core.database import Record
from app.core.paging import Page, Place, Window
from app.editing import service as editing
from app.search.question import Question


def seqs(question: Question) -> Select[Any]:
    """`Assistant.seq` of all live assistants that the question means, in no order."""
    return finding.seqs(_wanted(question)) if can_find(question) else finding.seqs(Wanted()).where(false())


def count(question: Question) -> int:
    """How many it means; of more than `finding.MOST_COUNTED`, one more than those."""
    return finding.count(_wanted(question)) if can_find(question) else 0


def can_find(question: Question) -> bool:
    """Not where something was typed that has no word in it."""
    return not question.query.strip() or not question.words().is_empty


def place_of(assistant_id: str, param: str, question: Question, *, best_first: bool) -> Place:
    """Where an assistant stands in the list of those meant, whether it is meant itself or not; `Invalid` as there."""
    created_at, seq = assistants.place_of(assistant_id, param)
    return (finding.rank(seq, question.words()), seq) if best_first else (created_at, seq)


def list_page(question: Question, window: Window, *, best_first: bool) -> Page[Assistant]:
    """One page without the instructions. Places are those of `place_of`."""
    if not can_find(question):
        return Page([], has_more=False)
    return finding.list_page(_wanted(question), window, best_first=best_first)


def read_page(question: Question, window: Window, columns: Sequence[Any], *, best_first: bool) -> Page[Record]:
    """These columns of one page."""
    if not can_find(question):
        return Page([], has_more=False)
    return finding.read_page(_wanted(question), window, columns, best_first=best_first)


def _facets(question: Question) -> Iterator[tuple[str, str]]:
    """What seldom holds comes first: the list is read along the first one."""
    if question.metadata_key and question.metadata_value:
        yield Facet.PAIR, index.pair(question.metadata_key, question.metadata_value)
    elif question.metadata_key:
        yield Facet.KEY, question.metadata_key
    if question.label.strip():
        yield Facet.LABEL, folded_label(question.label)
    for facet, value in (
        (Facet.CHANGED_BY, question.changed_by),
        (Facet.TOOL, question.tool),
        (Facet.MODEL, question.model),
    ):
        if value:
            yield facet, value


def _wanted(question: Question) -> Wanted:
    return Wanted(
        query=question.words(),
        facets=tuple(_facets(question)),
        changed_since=question.since(),
        ids=editing.unsaved_ids() if question.unsaved else None,
        models=tuple(catalogue.retirements()) if question.retiring else None,
    )
