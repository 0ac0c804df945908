"""What a check has to say about a text: a sentence for people, and the places it means. It never blocks anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# So many places are told; the count tells how many there are.
MOST_SPANS = 100


class Kind(StrEnum):
    """What a notice is about. The values stand in pages and forms."""

    INVISIBLE = "invisible"
    CONTROL = "control"
    DIRECTION = "direction"
    NO_BREAK_SPACE = "no-break-space"
    QUOTES = "quotes"
    LOST = "lost"
    FENCE = "fence"
    TAG = "tag"
    LEFT_OVER = "left-over"
    VARIABLE = "variable"
    REPEATED = "repeated"
    LEAK = "leak"
    TOOL = "tool"
    SAMPLING = "sampling"


class Span(NamedTuple):
    """Characters `start` to `end` of the text, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Notice:
    """`count` places of one kind, the first `MOST_SPANS` of them as `spans`, in order."""

    kind: Kind
    message: str
    spans: tuple[Span, ...] = ()
    count: int = 0


def notice(kind: Kind, message: str, places: Iterable[tuple[int, int]]) -> Notice:
    """A notice about these places, each a start and an end, in any order."""
    ordered = sorted(places)
    return Notice(kind, message, tuple(Span(*place) for place in ordered[:MOST_SPANS]), len(ordered))


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 line", "2,000 lines"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
