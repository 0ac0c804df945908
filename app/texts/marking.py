"""Where a text holds what was looked for: the places to mark, and the passage to show of a long text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.texts.folding import LONGEST_WORD, places, words
from app.texts.passages import REACH, SHORT_TEXT, cut_after, passage_words
from app.texts.query import Term

# A passage shows so many characters in front of its first mark, and has about so many in all.
BEFORE, LENGTH = 70, 260
# Behind an unbroken stretch of so many characters a passage is cut without a space.
_STRAY = 30
_PLAIN = re.compile("[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, which is to be marked or not. `start` is where it stands in the whole text."""

    text: str
    start: int
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text with its marks; whether there is more text before and behind it."""

    pieces: tuple[Piece, ...]
    more_before: bool
    more_behind: bool

    @property
    def hit(self) -> int:
        """Where in the text the first mark stands."""
        return next(piece.start for piece in self.pieces if piece.is_hit)


def hits(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int, Term]]:
    """Start and end of each place that holds a term, and the term, in order and without overlaps."""
    if not terms:
        return
    if text.isascii() and all(_is_plain(term) for term in terms):
        yield from _plain_hits(text.lower(), terms)
        return
    wanted = _Wanted(terms)
    found = words(text)
    beginning = {word for word in set(found) if wanted.may_begin(word)}
    if not beginning:
        return
    # Where the words stand is only asked where one of them matters.
    placed = places(text)
    behind = 0
    for place, word in enumerate(found):
        if word in beginning and place >= behind and (term := wanted.at(found, place)):
            behind = place + len(term.words)
            yield placed[place][0], placed[behind - 1][1], term


def _is_plain(term: Term) -> bool:
    """Whether all of its words are letters and digits that no text has in another form, or cut off."""
    return all(_PLAIN.fullmatch(word) and len(word) < LONGEST_WORD for word in term.words)


def _plain_hits(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int, Term]]:
    """The same in ASCII in lower case: looked for by their first words, so that the others needn't be found."""
    found = []
    # Where two begin at the same word, the longer one is marked.
    for order, term in enumerate(sorted(terms, key=lambda term: -len(term.words))):
        pattern = _plain_pattern(term)
        place = text.find(term.words[0])
        while place >= 0:
            if (hit := pattern.match(text, place)) and not (place and text[place - 1].isalnum()):
                found.append((place, order, hit.end(), term))
            place = text.find(term.words[0], place + 1)
    behind = 0
    for start, _, end, term in sorted(found):
        if start >= behind:
            behind = end
            yield start, end, term


@lru_cache(maxsize=256)
def _plain_pattern(term: Term) -> re.Pattern[str]:
    """Its words with anything between them that is no word, and the end of the last one."""
    rest = "[a-z0-9]*" if term.is_begin else "(?![a-z0-9])"
    return re.compile("[^a-z0-9$]+".join(term.words) + rest)


def marked(text: str, terms: Sequence[Term], most: int) -> tuple[Piece, ...]:
    """The whole text in pieces. Beyond `most` marks the rest is one piece."""
    return tuple(
        _pieces(text, 0, len(text), [span[:2] for _, span in zip(range(most), hits(text, terms), strict=False)])
    )


def passage(text: str, terms: Sequence[Term]) -> Passage | None:
    """The part of `text` that holds most of the terms; None where it holds none."""
    part = _best_part(text, terms)
    if part is None:
        return None
    start, end = part
    found = [(start + first, start + last, term) for first, last, term in hits(text[start:end], terms)]
    if not found:
        return None
    first = max(range(len(found)), key=lambda place: (_terms_within(found, place), -place))
    begin = _snapped(text, max(0, found[first][0] - BEFORE), found[first][0])
    stop = _snapped_end(text, max(begin + LENGTH, found[first][1]), found[first][1])
    inside = [(one, other) for one, other, _ in found if begin <= one and other <= stop]
    return Passage(tuple(_pieces(text, begin, stop, inside)), begin > 0, stop < len(text))


class _Wanted:
    """The terms, by what they begin with."""

    def __init__(self, terms: Sequence[Term]) -> None:
        # Where two begin at the same word, the longer one is marked.
        self.terms = sorted(terms, key=lambda term: -len(term.words))
        self.first = {term.words[0] for term in terms}
        self.beginnings = tuple(term.words[0] for term in terms if term.is_begin and len(term.words) == 1)

    def may_begin(self, word: str) -> bool:
        return word in self.first or word.startswith(self.beginnings)

    def at(self, found: Sequence[str], place: int) -> Term | None:
        """The term whose words stand here."""
        for term in self.terms:
            *whole, last = term.words
            *front, end = found[place : place + len(term.words)]
            if front == whole and (end.startswith(last) if term.is_begin else end == last):
                return term
        return None


def _best_part(text: str, terms: Sequence[Term]) -> tuple[int, int] | None:
    """A passage of the text, as the index cuts it, with the most terms; the first of those."""
    if len(text) <= SHORT_TEXT:
        return 0, len(text)
    best, most, start = None, 0, 0
    while start < len(text) and most < len(terms):
        end = cut_after(text, start)
        folded = f" {' '.join(passage_words(text, start, end))} "
        count = sum(term.is_in(folded) for term in terms)
        if count > most:
            best, most = (start, min(end + REACH, len(text))), count
        start = end
    return best


def _terms_within(found: Sequence[tuple[int, int, Term]], place: int) -> int:
    """How many different terms a passage shows that begins with this hit."""
    reach = found[place][0] + LENGTH - BEFORE
    terms = set()
    for start, _, term in found[place:]:
        if start > reach:
            break
        terms.add(term)
    return len(terms)


def _snapped(text: str, begin: int, hit: int) -> int:
    """The beginning of a word, or of a line, at or behind `begin` and in front of the hit."""
    line = max(text.rfind("\n", begin, hit), text.rfind("\r", begin, hit)) + 1
    if line:
        return line
    space = text.find(" ", begin, min(begin + _STRAY, hit)) if begin else -1
    return space + 1 if space >= 0 else begin


def _snapped_end(text: str, stop: int, hit_end: int) -> int:
    """The end of a word at or in front of `stop`, but not in front of the hit's."""
    if stop >= len(text):
        return len(text)
    space = text.rfind(" ", max(stop - _STRAY, hit_end), stop + 1)
    return space if space >= 0 else stop


def _pieces(text: str, begin: int, stop: int, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    last = begin
    for start, end in spans:
        if last < start:
            yield Piece(text[last:start], last, False)
        yield Piece(text[start:end], start, True)
        last = end
    if last < stop:
        yield Piece(text[last:stop], last, False)
