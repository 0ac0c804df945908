"""Finding a text inside another and putting a third in its place. Which texts, and who confirms, is not known here.

What is looked for is taken literally, as the editor's own find panel takes it:
- Without `match_case`, letters count as equal when Unicode folds one to the other (É and é, Σ and ς). Only foldings of
  one letter to one letter count, so that every hit is a stretch of the text itself: ß doesn't find SS.
- With `whole_words`, neither neighbour of a hit may be a letter, an accent that belongs to one, a digit or `_`.
- Kinds of newline don't count. What is put in takes the newlines of what it replaces, further ones the usual kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from app.texts.notices import Span
from app.texts.text import NEWLINE, as_browser_sends, usual_newline


@cache
def _longer() -> re.Pattern[str]:
    """The characters that fold to several. They are the only ones whose folding would move what follows."""
    return re.compile(f"([{''.join(char for char in map(chr, range(0x20000)) if len(char.casefold()) > 1)}])")


@dataclass(frozen=True)
class Wanted:
    """What to look for and what to put in its place. Newlines in both are LF, as `wanted` makes them."""

    find: str
    replacement: str
    match_case: bool = False
    whole_words: bool = False

    @cached_property
    def needle(self) -> str:
        return self.find if self.match_case else folded(self.find)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The needle with any kind of newline for each of its own."""
        return re.compile(f"(?:{NEWLINE.pattern})".join(map(re.escape, self.needle.split("\n"))))


@lru_cache(maxsize=8)
def wanted(find: str, replacement: str, *, match_case: bool = False, whole_words: bool = False) -> Wanted:
    """The same for texts with any kind of newline."""
    return Wanted(as_browser_sends(find), as_browser_sends(replacement), match_case, whole_words)


def folded(text: str) -> str:
    """`text` without the difference of capitals, character by character: it is as long as before."""
    whole = text.casefold()
    if len(whole) == len(text):
        return whole
    # Every second piece is a character that folds to several; its small letter stands for it where it is one.
    pieces = _longer().split(text)
    pieces[::2] = [piece.casefold() for piece in pieces[::2]]
    pieces[1::2] = [small if len(small := piece.lower()) == 1 else piece for piece in pieces[1::2]]
    return "".join(pieces)


def hits(text: str | None, what: Wanted) -> list[Span]:
    """Every place where it stands, from left to right; hits don't overlap."""
    if not text or not what.needle:
        return []
    hay = text if what.match_case else folded(text)
    places = _by_pattern(hay, what) if "\r" in text and "\n" in what.needle else _by_search(hay, what)
    return list(places)


def changing_hits(text: str | None, what: Wanted) -> list[Span]:
    """The hits without those that already read as the replacement, which capitals alone may have found."""
    if what.match_case or not text:
        return hits(text, what)
    return [place for place in hits(text, what) if text[place.start : place.end] != replacement_for(text, place, what)]


def replaced(text: str, what: Wanted, places: Collection[Span]) -> str:
    """`text` with the replacement in these places, which are hits in their order."""
    pieces, last = [], 0
    for start, end in places:
        pieces += [text[last:start], replacement_for(text, Span(start, end), what)]
        last = end
    return "".join([*pieces, text[last:]])


def replacement_for(text: str, place: Span, what: Wanted) -> str:
    """What comes in this place, with the newlines it will have there."""
    if "\r" not in text or "\n" not in what.replacement:
        return what.replacement
    lines = what.replacement.split("\n")
    kept = NEWLINE.findall(text[place.start : place.end])
    newlines = [*kept, *[usual_newline(text)] * len(lines)][: len(lines) - 1]
    return "".join(line + newline for line, newline in zip(lines, [*newlines, ""], strict=True))


def _by_search(hay: str, what: Wanted) -> Iterator[Span]:
    length = len(what.needle)
    start = hay.find(what.needle)
    while start >= 0:
        fits = not what.whole_words or _is_alone(hay, start, start + length)
        if fits:
            yield Span(start, start + length)
        start = hay.find(what.needle, start + (length if fits else 1))


def _by_pattern(hay: str, what: Wanted) -> Iterator[Span]:
    found = what.pattern.search(hay)
    while found:
        fits = not what.whole_words or _is_alone(hay, *found.span())
        if fits:
            yield Span(*found.span())
        found = what.pattern.search(hay, found.end() if fits else found.start() + 1)


def _is_alone(text: str, start: int, end: int) -> bool:
    return not (start > 0 and _is_of_word(text[start - 1])) and not (end < len(text) and _is_of_word(text[end]))


def _is_of_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"
