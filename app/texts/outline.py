"""The sections of a text, found from Markdown headings, XML-like tags and lines in capitals.

The editor's script finds the same ones as a person types: a change here is a change there. Fenced code holds no
headings.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category

from app.core.later import pattern
from app.texts.text import lines_of

DEEPEST = 6
CAPITALS_LENGTH = (3, 80)
CAPITALS_LEVEL = 2

# What JavaScript trims, so that both find the same titles.
_SPACES = (
    "\t\v\f\r\n \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_BETWEEN_WORDS = pattern(f"[{_SPACES}]+")
_FENCE = pattern(r" {0,3}(`{3,}|~{3,})")
_MARKDOWN = pattern(r" {0,3}(#{1,6})[ \t]+")
_NAME = r"[^\W\d][\w.:-]*"
_OPENING = pattern(rf'[ \t]*<({_NAME})(?:[ \t]+{_NAME}[ \t]*=[ \t]*"[^"]*")*[ \t]*>[ \t]*')
_CLOSING = pattern(rf"[ \t]*</({_NAME})[ \t]*>[ \t]*")
_ASCII_LOWER = pattern("[a-z]")
_LISTED = tuple("-*+|>0123456789")
# "# A", "<a>", "```" and the shortest capitals are as long as this.
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and all up to the next one. `start` and `size` are in code points."""

    title: str
    level: int
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline, and where it starts."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines outside fenced code, and the line that opens a fence which is never closed.

    Lines too short for a heading or a tag are left out.
    """

    outside_code: list[Line]
    unclosed_fence: Line | None


def outline(text: str) -> list[Section]:
    """The sections of `text`, in order. What stands before the first heading is in none."""
    headings = list(_headings(read_lines(text).outside_code))
    ends = [start for start, _, _ in headings[1:]] + [len(text)]
    # Without a heading there is one end too many.
    return [
        Section(title, level, start, end - start) for (start, title, level), end in zip(headings, ends, strict=False)
    ]


def sections_between(sections: list[Section], start: int, end: int) -> list[Section]:
    """The sections that hold any of the characters `start` to `end`, which may begin before the first heading."""
    first = bisect_right(sections, start, key=lambda section: section.start)
    last = bisect_left(sections, end, key=lambda section: section.start)
    return sections[max(first - 1, 0) : last]


def read_lines(text: str) -> Lines:
    """The lines that are neither a fence nor inside one. An unclosed fence runs to the end."""
    outside: list[Line] = []
    opening: Line | None = None
    fence = ""
    start = 0
    for whole in lines_of(text):
        if len(whole) < _SHORTEST:
            start += len(whole)
            continue
        line = Line(start, whole.rstrip("\r\n"))
        mark = _FENCE.match(line.text)
        if mark and not opening:
            opening, fence = line, mark[1]
        elif not opening:
            outside.append(line)
        elif mark and mark[1].startswith(fence) and not line.text[mark.end() :].strip(_SPACES):
            opening = None
        start += len(whole)
    return Lines(outside, opening)


def opening_tag(line: str) -> str | None:
    """The name of the opening tag that is all there is on this line."""
    return _tag_name(_OPENING, line)


def closing_tag(line: str) -> str | None:
    return _tag_name(_CLOSING, line)


def _tag_name(pattern: re.Pattern[str], line: str) -> str | None:
    # A number that is no digit, such as a superscript, can't begin a name either.
    if (tag := pattern.fullmatch(line)) and (tag[1][0].isalpha() or tag[1][0] == "_"):
        return str(tag[1])
    return None


def _headings(lines: list[Line]) -> Iterator[tuple[int, str, int]]:
    """Start, title and level of each heading."""
    tags = _Tags(lines)
    for line in lines:
        if found := _markdown(line.text) or tags.heading(line) or _capitals(line.text):
            yield line.start, *found


def _markdown(line: str) -> tuple[str, int] | None:
    if not (mark := _MARKDOWN.match(line)):
        return None
    title = line[mark.end() :].strip(_SPACES)
    bare = title.rstrip("#")
    if not bare or bare[-1] in " \t":
        title = bare.strip(_SPACES)
    return (title, len(mark[1])) if title else None


class _Tags:
    """The tags that are open at a line, while the lines are read in order."""

    def __init__(self, lines: list[Line]) -> None:
        # Where each name is closed for the last time: a tag opened before that has its end further down.
        self.last_closings = {
            name: line.start for line in lines if "<" in line.text and (name := closing_tag(line.text))
        }
        self.open: list[str] = []
        self.counts: Counter[str] = Counter()

    def heading(self, line: Line) -> tuple[str, int] | None:
        if "<" not in line.text:
            return None
        if (closed := closing_tag(line.text)) and self.counts[closed]:
            self._close(closed)
        name = opening_tag(line.text)
        if name is None or self.last_closings.get(name, -1) < line.start:
            return None
        self.open.append(name)
        self.counts[name] += 1
        return f"<{name}>", min(len(self.open), DEEPEST)

    def _close(self, name: str) -> None:
        """Close the innermost tag of this name, and what was opened inside it."""
        while True:
            last = self.open.pop()
            self.counts[last] -= 1
            if last == name:
                return


def _capitals(line: str) -> tuple[str, int] | None:
    whole = line.strip(_SPACES)
    shortest, longest = CAPITALS_LENGTH
    if not shortest <= len(whole) <= longest or whole.startswith(_LISTED) or _ASCII_LOWER.search(whole):
        return None
    categories = [category(character) for character in whole]
    if "Ll" in categories or categories.count("Lu") + categories.count("Lt") < 3:
        return None
    title = whole.removesuffix(":").strip(_SPACES)
    if not any(len(word) >= 3 and word.isalpha() for word in _BETWEEN_WORDS.split(title)):
        return None
    return title, CAPITALS_LEVEL
