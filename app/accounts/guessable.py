"""Whether a password is one of those that are tried first: made of nothing but what many passwords are made of, or of
words that belong to the person. How long it has to be is said in `spec`.

Passwords are compared folded: without case, spaces and signs, and with the usual letters for digits.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("common_words.txt")
# Digits and signs that stand for letters. A 1 may be either of two.
STAND_INS = tuple(str.maketrans("0134578@$!", letters) for letters in ("0134578asi", "oieastbasi", "oleastbasl"))
END = string.digits + string.punctuation + " "
# Rows on keyboards and of the alphabet; a part of one, either way round, is as good as a word.
WALKS = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"),
    *("azertyuiop", "qsdfghjklm", "wxcvbn", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "zaq1xsw2cde3vfr4bgt5nhy6mju7", "qazwsxedcrfvtgbyhnujm"),
)
SHORTEST_WALK = 3
# More than so many words are a sentence, and hard to guess even where each is common.
MOST_WORDS = 4
# Nobody tries longer ones.
LONGEST = 64
REPEATED = re.compile(r"^(.+?)\1+$")
# Years, and the few digits a rule about digits makes people add.
MOST_DIGITS = 4
FEWEST_KINDS = 5
SHORTEST_OWN_WORD = 3


def is_common(password: str) -> bool:
    """Whether it is made of common words, walks and a few digits alone, or of hardly any different characters."""
    return any(len(set(text)) < FEWEST_KINDS or _is_made_of(text, _common_words()) for text in _folded(password))


def is_own(password: str, own: Collection[str]) -> bool:
    """Whether it is made of these names and addresses, or of parts of them with common words and digits around."""
    words = {part for name in own for part in _parts(name)}
    texts = _folded(password)
    return any(any(word in text for word in words) and _is_made_of(text, _common_words() | words) for text in texts)


def _parts(name: str) -> set[str]:
    """The whole of a name or address, and its words."""
    texts = [name, *re.split(r"[\W_]+", name)]
    folded = {_bare(text.casefold()) for text in texts}
    return {text for text in folded if len(text) >= SHORTEST_OWN_WORD}


def _folded(password: str) -> set[str]:
    """What it may be meant to read as."""
    text = unicodedata.normalize("NFKC", password).casefold()
    # A year and a mark at the end are what they are.
    core = text.rstrip(END)
    end = text[len(core) :]
    return {_bare(core.translate(letters) + end) for letters in STAND_INS} | {_bare(text)}


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@cache
def _common_words() -> frozenset[str]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _steps() -> frozenset[str]:
    """What every stretch of a walk is found among, in either direction."""
    both = [direction for walk in WALKS for direction in (walk, walk[::-1])]
    return frozenset(
        walk[start : start + SHORTEST_WALK] for walk in both for start in range(len(walk) - SHORTEST_WALK + 1)
    )


def _is_made_of(text: str, words: Collection[str]) -> bool:
    """Whether the text, or what it repeats, is nothing but a few of these words, walks and digits between them."""
    text = REPEATED.sub(r"\1", text)
    if len(text) > LONGEST:
        return False
    # For each place that can be reached: how many words and how many single digits it took to get there.
    taken: dict[int, set[tuple[int, int]]] = {0: {(0, 0)}}
    for place in range(len(text)):
        for used, digits in taken.get(place, ()):
            if used < MOST_WORDS:
                for end in _ends(text, place, words):
                    taken.setdefault(end, set()).add((used + 1, digits))
            if text[place].isdigit() and digits < MOST_DIGITS:
                taken.setdefault(place + 1, set()).add((used, digits + 1))
    return len(text) in taken


def _ends(text: str, place: int, words: Collection[str]) -> set[int]:
    """Where the words and walks end that begin at this place."""
    ends = {end for end in range(place + 1, len(text) + 1) if text[place:end] in words}
    end = place + SHORTEST_WALK
    while end <= len(text) and text[end - SHORTEST_WALK : end] in _steps():
        ends.add(end)
        end += 1
    return ends
