"""What a list shows of an assistant that was searched for: name and description marked, a passage, and its section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.assistants import finding
from app.assistants.finding import Listed
from app.assistants.labels import labels_of
from app.texts.marking import Passage, Piece, marked, passage
from app.texts.outline import outline, sections_between
from app.texts.query import Query

# A name or a description has few words.
MOST_MARKS = 100


@dataclass(frozen=True, slots=True)
class Result:
    """One assistant of a list. Without words to look for, nothing is marked and there is no passage."""

    assistant: Listed
    title: tuple[Piece, ...]
    description: tuple[Piece, ...]
    labels: list[str]
    passage: Passage | None
    section: str


def results(assistants: Sequence[Listed], query: Query) -> list[Result]:
    """What to show of each of them, in their order. The texts are read for those alone, and only where words ask it."""
    texts = finding.instructions([each.seq for each in assistants]) if query.terms else {}
    return [_result(each, query, texts.get(each.seq, "")) for each in assistants]


def _result(assistant: Listed, query: Query, text: str) -> Result:
    found = passage(text, query.terms) if query.terms else None
    section = ""
    if found:
        around = sections_between(outline(text), found.hit, found.hit + 1)
        # What stands before the first heading is in none.
        section = around[0].title if around and around[0].start <= found.hit else ""
    return Result(
        assistant,
        marked(assistant.title, query.terms, MOST_MARKS),
        marked(assistant.description or "", query.terms, MOST_MARKS),
        labels_of(assistant.pairs),
        found,
        section,
    )
