"""What differs inside replaced lines: words, numbers, spaces, punctuation marks, each as one piece.

A character of several code points is never cut. Lines are compared elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.later import pattern
from app.texts.matching import Edit, edits, shared_end, shared_start
from app.texts.text import NEWLINE

# A replaced block that keeps less than this share of its characters is shown whole: a rewrite, not a correction.
ALIKE = 0.4
# And so is one with more places than this: nobody reads them, and each has its cost.
MOST_PLACES = 5_000

# Scripts that write no spaces between words are compared character by character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u3134\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What belongs to the character before it: combining marks and variation selectors.
_MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e4e\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
_PUNCTUATION = r"!-/:-@\[-^`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3020"
_WORD = rf"[^\s{_PUNCTUATION}{_UNSPACED}]+"
_TOKEN = pattern(
    rf"{NEWLINE.pattern}"
    r"|[^\S\r\n]+"
    rf"|[{_UNSPACED}{_PUNCTUATION}][{_MARKS}]*"
    # A point or an apostrophe inside a word is part of it, and so is a comma inside a number.
    rf"|{_WORD}(?:(?:[.'\u2019]|(?<=\d),(?=\d)){_WORD})*"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one side of a change: kept, or itself removed or added."""

    text: str
    changed: bool


def compare_words(
    gone: str, come: str, most: int | None = None
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]] | None:
    """Both sides in segments; None when they have too little in common for that to be read.

    None too when more than `most` characters of either side are left between what both begin and end with.
    """
    head, tail = _ends(gone, come)
    if most is not None and max(len(gone), len(come)) - head - tail > most:
        return None
    old, new = _tokens(gone, head, tail), _tokens(come, head, tail)
    if len(places := edits(old, new)) > MOST_PLACES:
        return None
    found = [_trimmed(edit, old, new) for edit in _joined(places, old)]
    kept = sum(map(len, old)) - sum(len(token) for edit in found for token in old[edit.start : edit.end])
    if kept < ALIKE * max(len(gone), len(come)) and _has_words(gone) and _has_words(come):
        return None
    return (
        tuple(_segments(old, [(edit.start, edit.end) for edit in found])),
        tuple(_segments(new, [(edit.new_start, edit.new_end) for edit in found])),
    )


def _ends(gone: str, come: str) -> tuple[int, int]:
    """How much both sides have in common at their start and at their end, cut between words."""
    head = gone.rfind(" ", 0, shared_start(gone, come)) + 1
    shared = shared_end(gone[head:], come[head:])
    space = gone.find(" ", len(gone) - shared)
    return head, len(gone) - space if space >= 0 else 0


def _tokens(text: str, head: int, tail: int) -> list[str]:
    """The text in pieces that are never cut. What both sides begin and end with is one piece each."""
    end = len(text) - tail
    return [token for token in (text[:head], *_TOKEN.findall(text, head, end), text[end:]) if token]


def _joined(found: list[Edit], old: list[str]) -> list[Edit]:
    """The edits, as one where only a space or a punctuation mark was kept between two."""
    joined: list[Edit] = []
    for edit in found:
        last = joined[-1] if joined else None
        if last and last.end + 1 == edit.start and not _holds_word(old[last.end]):
            joined[-1] = Edit(last.start, edit.end, last.new_start, edit.new_end)
        else:
            joined.append(edit)
    return joined


def _trimmed(edit: Edit, old: list[str], new: list[str]) -> Edit:
    """The edit without equal tokens at its end, which are left there when edits were joined."""
    start, end, new_start, new_end = edit
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    return Edit(start, end, new_start, new_end)


def _holds_word(token: str) -> bool:
    """Whether a token is more than a space or a punctuation mark. A newline holds, so that lines stay apart."""
    return any(character.isalnum() or character in "\r\n" for character in token)


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _segments(tokens: list[str], changed: list[tuple[int, int]]) -> Iterator[Segment]:
    last = 0
    for start, end in changed:
        if last < start:
            yield Segment("".join(tokens[last:start]), False)
        if start < end:
            yield Segment("".join(tokens[start:end]), True)
        last = end
    if last < len(tokens):
        yield Segment("".join(tokens[last:]), False)


def whole(text: str) -> tuple[Segment, ...]:
    return (Segment(text, True),) if text else ()
