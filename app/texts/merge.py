"""Merging two people's changes to one text, line by line: what touches is a conflict, the rest goes together.

Lines that follow on each other touch, as in diff3. Who decides a conflict, and how, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.texts.matching import Edit, edits
from app.texts.text import lines_of, usual_newline


@dataclass(frozen=True, slots=True)
class Agreed:
    """Text that stands: neither changed it, one did, or both did the same."""

    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both changed, each to something else. `line` is where it was in the base, from 1."""

    base: str
    mine: str
    theirs: str
    line: int

    @property
    def both(self) -> str:
        """Mine, then theirs, on lines of their own."""
        if not self.mine or not self.theirs or self.mine.endswith(("\r", "\n")):
            return self.mine + self.theirs
        return self.mine + usual_newline(self.theirs + self.base) + self.theirs


@dataclass(frozen=True, slots=True)
class Merge:
    pieces: tuple[Agreed | Conflict, ...]

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Conflict))

    @property
    def is_clean(self) -> bool:
        return not self.conflicts

    def text(self, choices: Sequence[str] = ()) -> str:
        """The merged text, with one of `choices` in place of each conflict. Raises ValueError for another number."""
        if len(choices) != len(self.conflicts):
            raise ValueError(f"{len(self.conflicts)} conflicts need as many choices, not {len(choices)}")
        chosen = iter(choices)
        return "".join(piece.text if isinstance(piece, Agreed) else next(chosen) for piece in self.pieces)


def merge(base: str, mine: str, theirs: str) -> Merge:
    """What becomes of `base` when both make their changes to it."""
    lines, my_lines, their_lines = lines_of(base), lines_of(mine), lines_of(theirs)
    pieces: list[Agreed | Conflict] = []
    last = 0
    for my_edits, their_edits in _touching(edits(lines, my_lines), edits(lines, their_lines)):
        start = min(edit.start for edit in my_edits + their_edits)
        end = max(edit.end for edit in my_edits + their_edits)
        pieces.append(Agreed("".join(lines[last:start])))
        original = "".join(lines[start:end])
        my_text = _edited(my_lines, my_edits, start, end) if my_edits else original
        their_text = _edited(their_lines, their_edits, start, end) if their_edits else original
        pieces.append(_settled(original, my_text, their_text, start + 1))
        last = end
    pieces.append(Agreed("".join(lines[last:])))
    return Merge(tuple(_joined(pieces)))


def _touching(mine: list[Edit], theirs: list[Edit]) -> Iterator[tuple[list[Edit], list[Edit]]]:
    """The edits of both sides in groups, so that between two groups at least one line of the base is untouched."""
    group: tuple[list[Edit], list[Edit]] = ([], [])
    end = -1
    for edit, side in sorted([(edit, 0) for edit in mine] + [(edit, 1) for edit in theirs]):
        if edit.start > end and end >= 0:
            yield group
            group = ([], [])
        group[side].append(edit)
        end = max(end, edit.end)
    if end >= 0:
        yield group


def _edited(lines: list[str], own: list[Edit], start: int, end: int) -> str:
    """What one side made of the base's lines `start` to `end`, in which its edits `own` lie."""
    before, after = own[0].start - start, end - own[-1].end
    return "".join(lines[own[0].new_start - before : own[-1].new_end + after])


def _settled(base: str, mine: str, theirs: str, line: int) -> Agreed | Conflict:
    if mine in (base, theirs):
        return Agreed(theirs)
    if theirs == base:
        return Agreed(mine)
    return Conflict(base, mine, theirs, line)


def _joined(pieces: list[Agreed | Conflict]) -> Iterator[Agreed | Conflict]:
    """The pieces, with agreed ones that follow on each other as one, and none that is empty."""
    agreed = ""
    for piece in pieces:
        if isinstance(piece, Agreed):
            agreed += piece.text
            continue
        if agreed:
            yield Agreed(agreed)
        agreed = ""
        yield piece
    if agreed:
        yield Agreed(agreed)
