"""How the hits of a replacement stand on a page or in an answer: each in its line, before and after.

Where hits are, is found by `deeds`; very long stretches are shortened here, so that a page keeps a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.bulk.deeds import Replace
from app.bulk.drafts import Row
from app.texts.notices import Span
from app.texts.replacing import Wanted, replacement_for
from app.texts.text import NEWLINE

# Characters of the line that are shown on either side of a hit.
AROUND = 80
# A hit, or what comes in its place, is shown whole up to this length.
LONGEST = 600
ENDS = 200
FIELDS = {"name": "Name", "description": "Description", "instructions": "Instructions"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line: changed, unchanged, or in its place a count of characters `left_out`."""

    text: str
    changed: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of an assistant: the line of the field it stands in, before and after."""

    number: int
    field: str
    line: int
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    is_left_out: bool

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{FIELDS[self.field]}, line {self.line:,}" if self.field == "instructions" else FIELDS[self.field]


def hits_of(row: Row, *, first: int = 0, most: int) -> list[Hit]:
    """So many hits of an assistant from number `first` on; none where the assistant isn't as it was found any more."""
    if row.has_changed or not isinstance(row.deed, Replace):
        return []
    return list(islice(_hits(row, row.deed, first), most))


def _hits(row: Row, deed: Replace, first: int) -> Iterator[Hit]:
    what, left_out = deed.wanted(), frozenset(row.item.left_out)
    last: tuple[str, int, int] = ("", 0, 1)
    for number, (field, place) in enumerate(deed.places(row.found.state)):
        if number < first:
            continue
        text = row.found.state[field]
        # Lines are counted on from the hit before, not from the beginning each time.
        start, line = last[1:] if last[0] == field else (0, 1)
        line += len(NEWLINE.findall(text, start, place.start))
        last = (field, place.start, line)
        before, after = sides(text, place, what)
        yield Hit(number, field, line, before, after, number in left_out)


def sides(text: str, place: Span, what: Wanted) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The line around a hit, with the hit and with what comes in its place."""
    head, tail = _head(text, place.start), _tail(text, place.end)
    gone, come = text[place.start : place.end], replacement_for(text, place, what)
    return (*head, *_changed(gone), *tail), (*head, *_changed(come), *tail)


def _head(text: str, end: int) -> list[Piece]:
    start = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
    if end - start <= AROUND:
        return _plain(text[start:end])
    cut = end - AROUND
    # Between words, where there is a gap nearby.
    space = text.find(" ", cut, end)
    cut = space + 1 if 0 <= space < end - AROUND // 2 else cut
    return [Piece("", left_out=cut - start), *_plain(text[cut:end])]


def _tail(text: str, start: int) -> list[Piece]:
    newline = NEWLINE.search(text, start)
    end = newline.start() if newline else len(text)
    if end - start <= AROUND:
        return _plain(text[start:end])
    cut = start + AROUND
    space = text.rfind(" ", start, cut)
    cut = space if space > start + AROUND // 2 else cut
    return [*_plain(text[start:cut]), Piece("", left_out=end - cut)]


def _plain(text: str) -> list[Piece]:
    return [Piece(text)] if text else []


def _changed(text: str) -> list[Piece]:
    if len(text) <= LONGEST:
        return [Piece(text, changed=True)] if text else []
    left_out = len(text) - 2 * ENDS
    return [Piece(text[:ENDS], True), Piece("", left_out=left_out), Piece(text[-ENDS:], True)]
