"""A long text in passages, so that an edit changes the search's index where it was made and nowhere else.

The cuts are found from what stands around them, not counted from the start: behind an insertion they soon fall where
they fell before. How passages are kept is in `assistants.index`.
"""

from __future__ import annotations

import zlib

from app.core.later import pattern
from app.texts.folding import words

# A text up to here is one passage.
SHORT_TEXT = 8_000
SHORTEST, LONGEST = 300, 6_000
# A passage also has the first words of what follows, so that phrases up to this length are found across a cut. They
# are looked for among so many characters.
OVERLAP = 20
REACH = 600
# One in so many ends of lines and sentences is a cut; which one, its last characters say.
_ONE_IN = 48
_TELLING = 32
_ENDS = pattern("[.!?;\u3002\uff01\uff1f][ \t\r\n\u3000]|\n")
# No word goes on across these: ASCII that is no letter or digit, and before characters that are words by themselves.
_BETWEEN_WORDS = pattern(
    r"(?<=[\s!-/:-@\[-`{-~])|(?=[\u0e01-\u0e30\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff])"
)


def cut_after(text: str, start: int) -> int:
    """Where the passage ends that begins at `start`. It depends on nothing before it."""
    if len(text) <= SHORT_TEXT:
        return len(text)
    for found in _ENDS.finditer(text, start + SHORTEST, start + LONGEST):
        place = found.end()
        if zlib.crc32(text[place - _TELLING : place].encode()) % _ONE_IN == 0:
            return place
    between = _BETWEEN_WORDS.search(text, start + LONGEST) if start + LONGEST < len(text) else None
    return between.start() if between else len(text)


def passage_words(text: str, start: int, end: int) -> list[str]:
    """The folded words of the passage from `start` to `end`, and the first of what follows it."""
    following = words(text[end : end + REACH])
    if end + REACH < len(text):
        # The last word may be cut in two.
        following = following[:-1]
    return words(text[start:end]) + following[:OVERLAP]
