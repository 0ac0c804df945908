"""What differs between two texts: lines first, then the words inside lines that were replaced.

Lines keep their newline, so a change of line endings alone is a change. Nothing is lost: both texts can be put together
again from the result. How it looks on a page is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.texts.matching import Edit, edits
from app.texts.text import lines_of
from app.texts.words import Segment, compare_words, whole

# Unchanged lines left in sight on either side of a change.
CONTEXT = 3
# With more changed places than this, words are no longer compared: nobody reads that many, and each has its cost.
MOST_WORD_COMPARISONS = 5_000


@dataclass(frozen=True, slots=True)
class Same:
    """Lines that both texts have. The line numbers count from 1."""

    lines: tuple[str, ...]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Folded:
    """`count` lines that both texts have and nobody needs to see."""

    count: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Lines `removed` in favour of lines `added`; either may be empty. Line numbers count from 1.

    The segments make up each side's text. A side that was not compared word by word is one changed segment.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    before: int
    after: int
    removed_segments: tuple[Segment, ...]
    added_segments: tuple[Segment, ...]

    @property
    def is_whole(self) -> bool:
        """Whether either side counts as changed from end to end."""
        return all(segment.changed for segment in (*self.removed_segments, *self.added_segments))

    @property
    def is_newlines_only(self) -> bool:
        """Whether nothing but the line endings differ."""
        return [line.rstrip("\r\n") for line in self.removed] == [line.rstrip("\r\n") for line in self.added]

    @property
    def removed_characters(self) -> int:
        return _changed_length(self.removed_segments)

    @property
    def added_characters(self) -> int:
        return _changed_length(self.added_segments)

    @property
    def summary(self) -> str:
        """The change in words, as a list of changes shows it: "Lines 3 to 5 changed"."""
        if self.is_newlines_only:
            return f"{_numbered(self.after, len(self.added))}: only the line endings changed"
        if not self.added:
            return f"{_numbered(self.before, len(self.removed))} removed"
        return f"{_numbered(self.after, len(self.added))} {'changed' if self.removed else 'added'}"

    def removed_lines(self) -> Iterator[list[Segment]]:
        """The removed side line by line, each line in segments that end with its newline."""
        return _by_lines(self.removed, self.removed_segments)

    def added_lines(self) -> Iterator[list[Segment]]:
        return _by_lines(self.added, self.added_segments)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts as runs of lines, in order, `Same` and `Changed` in turn."""

    runs: tuple[Same | Changed, ...]

    @property
    def changes(self) -> tuple[Changed, ...]:
        return tuple(run for run in self.runs if isinstance(run, Changed))

    @property
    def removed_characters(self) -> int:
        return sum(change.removed_characters for change in self.changes)

    @property
    def added_characters(self) -> int:
        return sum(change.added_characters for change in self.changes)

    @property
    def before(self) -> str:
        """The first text again."""
        return "".join(line for run in self.runs for line in (run.lines if isinstance(run, Same) else run.removed))

    @property
    def after(self) -> str:
        """The second text again."""
        return "".join(line for run in self.runs for line in (run.lines if isinstance(run, Same) else run.added))

    def folded(self, context: int = CONTEXT) -> Iterator[Same | Changed | Folded]:
        """The runs, with unchanged lines further than `context` lines from a change folded."""
        for place, run in enumerate(self.runs):
            if isinstance(run, Changed):
                yield run
            else:
                head = context if place > 0 else 0
                tail = context if place < len(self.runs) - 1 else 0
                yield from _folded(run, head, tail)


def compare(before: str, after: str, *, most_by_words: int | None = None) -> Comparison:
    """What differs between the two texts. Changes of more than `most_by_words` characters are told by lines alone."""
    old, new = lines_of(before), lines_of(after)
    found = edits(old, new)
    by_words = len(found) <= MOST_WORD_COMPARISONS
    runs: list[Same | Changed] = []
    # An edit before the first line and one after the last enclose every unchanged run between two edits.
    end = Edit(len(old), len(old), len(new), len(new))
    for last, edit in pairwise([Edit(0, 0, 0, 0), *found, end]):
        if last.end < edit.start:
            runs.append(Same(tuple(old[last.end : edit.start]), last.end + 1, last.new_end + 1))
        if edit is not end:
            runs.append(_changed(old, new, edit, most_by_words if by_words else 0))
    return Comparison(tuple(runs))


def _changed(old: list[str], new: list[str], edit: Edit, most_by_words: int | None) -> Changed:
    removed, added = tuple(old[edit.start : edit.end]), tuple(new[edit.new_start : edit.new_end])
    gone, come = "".join(removed), "".join(added)
    sides = compare_words(gone, come, most_by_words) if gone and come else None
    removed_segments, added_segments = sides or (whole(gone), whole(come))
    return Changed(removed, added, edit.start + 1, edit.new_start + 1, removed_segments, added_segments)


def _by_lines(lines: tuple[str, ...], segments: tuple[Segment, ...]) -> Iterator[list[Segment]]:
    """The segments, cut where lines end."""
    rest = iter(segments)
    segment, start = next(rest, None), 0
    for line in lines:
        cut = []
        room = len(line)
        while room and segment:
            piece = segment.text[start : start + room]
            cut.append(Segment(piece, segment.changed))
            start, room = start + len(piece), room - len(piece)
            if start == len(segment.text):
                segment, start = next(rest, None), 0
        yield cut


def _folded(run: Same, head: int, tail: int) -> Iterator[Same | Folded]:
    count = len(run.lines) - head - tail
    # Folding a single line would take as much room as showing it.
    if count <= 1:
        yield run
        return
    if head:
        yield Same(run.lines[:head], run.before, run.after)
    yield Folded(count, run.before + head, run.after + head)
    if tail:
        yield Same(run.lines[-tail:], run.before + head + count, run.after + head + count)


def _changed_length(segments: tuple[Segment, ...]) -> int:
    return sum(len(segment.text) for segment in segments if segment.changed)


def _numbered(first: int, count: int) -> str:
    return f"Line {first}" if count == 1 else f"Lines {first} to {first + count - 1}"
