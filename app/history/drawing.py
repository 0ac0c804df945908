"""How a comparison of two texts stands on a page: changes with their surroundings, within a bound of bytes.

Very long texts would make a page that no browser likes. Changes are drawn before what is folded, and whatever is left
out is counted, so that the page can say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import escape

from app.texts.comparison import Changed, Comparison, Folded, Same
from app.texts.words import Segment

MOST_CHANGES = 500
# In bytes of the page. A line costs its tags, too.
ROOM = 1_200_000
LINE_COST = 140
PIECE_COST = 70
CHANGE_COST = 400
# In a line longer than this, unchanged stretches are shortened to both their ends.
LONG_LINE = 2_000
ENDS = 150
ENDINGS = {"\r\n": "CRLF", "\r": "CR", "\n": "LF"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line: changed, unchanged, or a count of unchanged characters `left_out` in its place."""

    text: str
    changed: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `ending` tells how it ends where only that differs."""

    pieces: tuple[Piece, ...]
    ending: str = ""


@dataclass(frozen=True, slots=True)
class SameBlock:
    """Unchanged lines in sight."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FoldBlock:
    """Unchanged lines that can be opened; only counted (`text` is None) where there is no room for them."""

    count: int
    first: int
    text: str | None


@dataclass(frozen=True, slots=True)
class ChangeBlock:
    """A change. The counts are of lines, and in the last drawn line of characters, that there was no room for."""

    number: int
    summary: str
    removed: tuple[Line, ...]
    added: tuple[Line, ...]
    removed_left_out: int
    added_left_out: int
    is_whole: bool


Block = SameBlock | FoldBlock | ChangeBlock


@dataclass(slots=True)
class Drawing:
    """A comparison as drawn. `total` counts all changes, `drawn` those on the page."""

    total: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def changes(self) -> list[ChangeBlock]:
        return [block for block in self.blocks if isinstance(block, ChangeBlock)]

    @property
    def drawn(self) -> int:
        return len(self.changes)

    @property
    def is_complete(self) -> bool:
        cut = any(change.removed_left_out or change.added_left_out for change in self.changes)
        return self.drawn == self.total and not cut


class _Room:
    """What is left of the page's bytes."""

    def __init__(self, size: int) -> None:
        self.left = size

    def cut(self, text: str, most: int) -> str:
        """As much of `text` as fits into `most` bytes and what is left, which is spent."""
        most = min(most, self.left)
        cost = _cost(text)
        while text and cost > most:
            text = text[: len(text) * max(most, 0) // cost]
            cost = _cost(text)
        self.left -= cost
        return text


def draw(comparison: Comparison, room: int = ROOM) -> Drawing:
    """The comparison as blocks, in order."""
    drawing = Drawing(total=len(comparison.changes))
    purse = _Room(room)
    shown: list[Same | Folded | ChangeBlock] = []
    number = 0
    for run in comparison.folded():
        if isinstance(run, Changed):
            if number == MOST_CHANGES or purse.left < CHANGE_COST:
                break
            number += 1
            shown.append(_change(run, number, purse))
        else:
            shown.append(run)
    sources = _unfolded(comparison)
    for block in shown:
        drawing.blocks.append(block if isinstance(block, ChangeBlock) else _unchanged(block, sources, purse))
    return drawing


def _change(run: Changed, number: int, room: _Room) -> ChangeBlock:
    room.left -= CHANGE_COST
    endings = run.is_newlines_only
    most = room.left // 2 if run.added else room.left
    removed, removed_left_out = _lines(run.removed, run.removed_lines(), room, most, endings)
    added, added_left_out = _lines(run.added, run.added_lines(), room, room.left, endings)
    whole = run.is_whole and not endings
    return ChangeBlock(number, run.summary, removed, added, removed_left_out, added_left_out, whole)


def _lines(
    texts: tuple[str, ...], lines: Iterator[list[Segment]], room: _Room, most: int, endings: bool
) -> tuple[tuple[Line, ...], int]:
    """Those of the `lines`, whose `texts` these are, that fit into `most` bytes, and how many characters didn't."""
    floor = room.left - most
    drawn: list[Line] = []
    left_out = 0
    for place, segments in enumerate(lines):
        if room.left - floor < LINE_COST:
            return tuple(drawn), left_out + sum(map(len, texts[place:]))
        room.left -= LINE_COST
        pieces, missing = _pieces(segments, sum(len(segment.text) for segment in segments), room, floor)
        left_out += missing
        ending = ENDINGS.get(_newline_of(segments), "nothing") if endings else ""
        drawn.append(Line(tuple(pieces), ending))
    return tuple(drawn), left_out


def _pieces(segments: list[Segment], length: int, room: _Room, floor: int) -> tuple[list[Piece], int]:
    pieces: list[Piece] = []
    missing = 0
    for segment in segments:
        for piece in _shortened(segment, length):
            text = piece.text.rstrip("\r\n") if segment is segments[-1] else piece.text
            room.left -= PIECE_COST
            kept = room.cut(text, room.left - floor)
            missing += len(text) - len(kept)
            if kept or piece.left_out:
                pieces.append(Piece(kept, piece.changed, piece.left_out))
    return pieces, missing


def _shortened(segment: Segment, length: int) -> list[Piece]:
    """The segment, its middle left out where it is an unchanged stretch of a very long line."""
    text = segment.text
    if segment.changed or length <= LONG_LINE or len(text) <= 3 * ENDS:
        return [Piece(text, segment.changed)]
    return [Piece(text[:ENDS]), Piece("", left_out=len(text) - 2 * ENDS), Piece(text[-ENDS:])]


def _unchanged(run: Same | Folded, sources: dict[int, tuple[str, ...]], room: _Room) -> Block:
    if isinstance(run, Folded):
        text = "".join(sources[run.before][: run.count])
        fits = _cost(text) + LINE_COST < room.left
        room.left -= _cost(text) + LINE_COST if fits else LINE_COST
        return FoldBlock(run.count, run.after, text if fits else None)
    lines = []
    for line in run.lines:
        room.left -= LINE_COST
        pieces, _ = _pieces([Segment(line, False)], len(line), room, 0)
        lines.append(Line(tuple(pieces)))
    return SameBlock(tuple(lines))


def _unfolded(comparison: Comparison) -> dict[int, tuple[str, ...]]:
    """The lines behind each folded stretch, by where it begins in the first text."""
    sources = {}
    runs = iter(comparison.folded())
    starts = [run.before for run in runs if isinstance(run, Folded)]
    same = [run for run in comparison.runs if isinstance(run, Same)]
    place = 0
    for start in starts:
        while start >= same[place].before + len(same[place].lines):
            place += 1
        sources[start] = same[place].lines[start - same[place].before :]
    return sources


def _newline_of(segments: list[Segment]) -> str:
    text = "".join(segment.text for segment in segments)
    return text[len(text.rstrip("\r\n")) :]


def _cost(text: str) -> int:
    return len(str(escape(text)).encode())
