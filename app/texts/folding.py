"""Text as the words that a search compares: without accents, case and forms of presentation, in any script.

A word is a run of letters, digits and the marks that make another letter (vowel signs, voicing). Everything else
separates words, the underscore too. A character of a script written without spaces is a word by itself, and so is
each symbol, such as an emoji. Texts and questions are folded alike, or nothing would be found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from app.core.later import pattern

# A word counts up to here. What differs only behind it is taken for the same word.
LONGEST_WORD = 64

# Classes of combining marks that are accents or points. Nuktas, voicing and viramas (7 to 9) and the vowels of some
# scripts (84 to 132) make another letter.
_ACCENTS = {1, *range(10, 37), *range(200, 241)}
# Tatweel, what picks a variant of the character before it, and the tones of skin.
_DROPPED = pattern("[\u034f\u0640\u180b-\u180f\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]")
# Lines and boxes drawn with characters separate, as bars and dashes do.
_DRAWN = pattern("[\u2500-\u259f]")
# The signs of trade and service marks would turn into letters that stick to the word before them.
_SEPARATING = "\u2120\u2122"
_UNSPACED = pattern(
    "[\u0e01-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aad\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3038-\u303c\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua9e0-\ua9fe\uaa60-\uaadf\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_MOST_MARKS, _USUAL_CLUSTER, _USUAL_STRETCH = 30, 8, 24
_LONG_RUN = pattern(rf"[^\x00-\x7f\w\s]{{{_MOST_MARKS},}}")
_LINE = pattern("[^\n]+")
_STRETCH = pattern(r"\S+")
# ASCII up to a space or the end, and stretches that hold something else.
_PARTS = pattern(r"[\x00-\x7f]+(?<=\s)|[\x00-\x7f]+\Z|\S+")
_PLAIN = pattern(r"[a-z0-9]+|\$")
# The same for `str.translate`, several times as fast where only the words are wanted and not their places.
_PLAINLY = "".join(chr(code).lower() if chr(code).isalnum() or code == ord("$") else " " for code in range(128))
# Vowels and ends of syllables of Hangul written one by one join the letter before them, as marks do.
_SYLLABLE_PARTS = pattern("[\u1160-\u11ff\ud7b0-\ud7fb]")


# A folded word, and where it stands in the text as it was: start and end in code points.
Word: TypeAlias = tuple[str, int, int]


class _Letters(dict[int, str | None]):
    """A table for `str.translate`, filled as characters come: without accents, in lower case."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        accent = unicodedata.combining(character) in _ACCENTS
        dropped = accent or unicodedata.category(character) in {"Cf", "Me"} or _DROPPED.match(character)
        folded = None if dropped else character.casefold()
        if _is_assigned(character):
            self[code] = folded
        return folded


class _Spacing(dict[int, str]):
    """The same, with a space for what separates words, and spaces around what is a word by itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in {"So", "Sc"} or (category[0] in "LMN" and _UNSPACED.match(character)):
            spaced = " " if _DRAWN.match(character) else f" {character} "
        else:
            spaced = character if category[0] in "LMN" else " "
        if _is_assigned(character):
            self[code] = spaced
        return spaced


_LETTERS, _SPACING = _Letters(), _Spacing()


def words(text: str) -> list[str]:
    """The folded words of `text`, in order."""
    if text.isascii():
        found = _plain_words(text)
    else:
        # Most words of most texts are ASCII, and far quicker to find.
        found = [word for part in _PARTS.findall(text) for word in _words_of(part)]
    return [word[:LONGEST_WORD] for word in found]


def _plain_words(text: str) -> list[str]:
    return text.replace("$", " $ ").translate(_PLAINLY).split()


def _words_of(part: str) -> Sequence[str]:
    if part.isascii():
        return _plain_words(part)
    return _remembered_words(part) if len(part) <= _USUAL_STRETCH else _spaced(part).split()


# The same few thousand words stand in most texts of an organisation.
@lru_cache(maxsize=4_000)
def _remembered_words(part: str) -> tuple[str, ...]:
    return tuple(_spaced(part).split())


def places(text: str) -> list[tuple[int, int]]:
    """Start and end of each of these words."""
    if text.isascii():
        return [found.span() for found in _PLAIN.finditer(text.lower())]
    return [(start, end) for _, start, end in placed_words(text)]


def placed_words(text: str) -> Iterator[Word]:
    """The same words, each with its place in `text`."""
    if text.isascii():
        yield from _plainly_placed(text, 0)
        return
    for line in _LINE.finditer(text):
        # Most lines of most texts are ASCII, and most words of the others.
        if line[0].isascii():
            yield from _plainly_placed(line[0], line.start())
            continue
        for stretch in _STRETCH.finditer(line[0]):
            place = _plainly_placed if stretch[0].isascii() else _placed
            yield from place(stretch[0], line.start() + stretch.start())


def _plainly_placed(text: str, offset: int) -> Iterator[Word]:
    """The words of a stretch of ASCII that begins at `offset`."""
    for found in _PLAIN.finditer(text.lower()):
        yield found[0][:LONGEST_WORD], offset + found.start(), offset + found.end()


def _placed(text: str, offset: int) -> Iterator[Word]:
    """The words of a stretch that begins at `offset`."""
    word, start, end = "", 0, 0
    for folded, place, after in _clusters(text):
        for number, part in enumerate(folded.split(" ")):
            if number and word:
                yield word[:LONGEST_WORD], offset + start, offset + end
                word = ""
            if part:
                start = start if word else place
                word, end = word + part, after
    if word:
        yield word[:LONGEST_WORD], offset + start, offset + end


def _spaced(text: str) -> str:
    """The folded text, a space at least between any two words. What isn't ASCII in it is composed (NFC)."""
    for sign in _SEPARATING:
        text = text.replace(sign, " ")
    letters = _normalized("NFKD", text).translate(_LETTERS)
    return _normalized("NFC", letters).translate(_SPACING)


def _normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    return unicodedata.normalize(form, _LONG_RUN.sub(_without_most_marks, text) if _LONG_RUN.search(text) else text)


def _without_most_marks(run: re.Match[str]) -> str:
    """The run with no more than so many marks on one character. Nobody writes more, and to order them takes long."""
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_assigned(character: str) -> bool:
    """Whether it is a character in use, of which there aren't too many to be remembered."""
    return unicodedata.category(character) not in {"Cn", "Co", "Cs"}


_remembered_cluster = lru_cache(maxsize=20_000)(_spaced)


def _folded_cluster(cluster: str) -> str:
    return _remembered_cluster(cluster) if len(cluster) <= _USUAL_CLUSTER else _spaced(cluster)


def _clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Each character with the marks behind it, folded, and its place."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _joins(text[place]):
            yield _folded_cluster(text[start:place]), start, place
            start = place


@lru_cache(maxsize=20_000)
def _joins(character: str) -> bool:
    """Whether this character may change with the one before it, so that the two are folded together."""
    if character.isascii():
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    is_dropped = first.translate(_LETTERS) == ""
    return is_dropped or unicodedata.category(first)[0] == "M" or _SYLLABLE_PARTS.match(first) is not None
