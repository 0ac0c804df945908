"""What the checks find in an assistant's text, ready for a page: each notice with the lines it means, and cleaning.

The checks are `texts.checks`. They never block and never alter; cleaning is done when a person has seen what it
will do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.assistants.spec import AssistantSpec
from app.editing.values import Data, number
from app.texts.characters import CLEANABLE, clean, odd_characters
from app.texts.checks import check, check_sampling
from app.texts.notices import Kind, Notice
from app.texts.text import as_browser_sends

# So many places of a notice are shown; the others are counted.
MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text, as a browser has it: the line from 1, and offsets in code points."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A notice for people, with the first of its places and how many more there are."""

    kind: Kind
    message: str
    places: tuple[Place, ...]
    more: int

    @property
    def cleanable(self) -> bool:
        return self.kind in CLEANABLE


@dataclass(frozen=True, slots=True)
class CleaningPart:
    """One kind of character that cleaning takes out: what it is, how many there are, and how many are left."""

    kind: Kind
    message: str
    before: int
    after: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What cleaning would do to a text."""

    parts: tuple[CleaningPart, ...]
    length_before: int
    length_after: int


def in_form(form: Data) -> list[Finding]:
    """What the checks find in the values of a form."""
    tools = [tool for tool in ("code_interpreter", "file_search") if form[tool]]
    functions = [function["name"] for function in form["functions"]]
    sampling = [number((form[name] or "1").strip()) for name in ("temperature", "top_p")]
    numbers = [value for value in sampling if isinstance(value, int | float)]
    notices = check_sampling(*numbers) if len(numbers) == len(sampling) else []
    return _findings(form["instructions"] or "", tools, functions, notices)


def in_spec(spec: AssistantSpec) -> list[Finding]:
    """What the checks find in an assistant."""
    functions = [tool["function"]["name"] for tool in spec.tools if tool["type"] == "function"]
    tools = [tool["type"] for tool in spec.tools if tool["type"] != "function"]
    text = as_browser_sends(spec.instructions or "")
    return _findings(text, tools, functions, check_sampling(spec.temperature, spec.top_p))


def cleaning(text: str, kinds: Collection[str] = CLEANABLE) -> Cleaning:
    """What `clean` does to `text` for the `kinds` a person has chosen; the others are named too."""
    cleaned = clean(text, kinds)
    left = {found.kind: found.count for found in odd_characters(cleaned)}
    parts = [
        CleaningPart(found.kind, found.message, found.count, left.get(found.kind, 0), found.kind in kinds)
        for found in odd_characters(text)
        if found.kind in CLEANABLE
    ]
    return Cleaning(tuple(parts), len(text), len(cleaned))


def _findings(
    text: str, tools: Collection[str], functions: Collection[str], sampling: Collection[Notice]
) -> list[Finding]:
    starts = [0, *_line_starts(text)]
    found = [*check(text, tools, functions), *sampling]
    return [
        Finding(
            notice.kind,
            notice.message,
            tuple(Place(bisect_right(starts, start), start, end) for start, end in notice.spans[:MOST_PLACES]),
            max(notice.count - MOST_PLACES, 0),
        )
        for notice in found
    ]


def _line_starts(text: str) -> Iterator[int]:
    at = text.find("\n")
    while at >= 0:
        yield at + 1
        at = text.find("\n", at + 1)
