"""The language of a search: words, "exact phrases", beginn* and -without, read from what somebody typed.

There is no wrong question. What isn't one of these is taken as words; what has no word in it finds nothing. How an
engine is asked is not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from app.core.later import pattern
from app.texts.folding import placed_words, words

# Words, phrases and so on that one question may have, and words in all of them. The page says when more are left out.
MOST_TERMS = 64
MOST_WORDS = 400
# Characters of a question that are read. Nobody types as many, and no address holds more.
LONGEST = 10_000
# Phones and word processors turn quotation marks into these.
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'))
_TERM = pattern(
    r'(?P<without>-(?=["$\w]|[^\x00-\x7f\s]))?'
    r'(?:"(?P<phrase>[^"]*)(?:"(?P<more>\*?)|$)|(?P<words>[^\s"]*[^\s"*])?(?P<begin>\*+)?)'
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other; with `is_begin` the last one is only the beginning of a word."""

    words: tuple[str, ...]
    is_begin: bool = False

    @property
    def folded(self) -> str:
        return " ".join(self.words)

    def is_in(self, text: str) -> bool:
        """Whether it is in a text of folded words with a space around each."""
        return f" {self.folded}{'' if self.is_begin else ' '}" in text


@dataclass(frozen=True)
class Query:
    """What is looked for: `terms` all have to be there, `without` none may be. `is_cut` when it had too many terms."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """There is no word in it."""
        return not self.terms and not self.without


@lru_cache(maxsize=256)
def read_query(text: str) -> Query:
    """What `text` asks for."""
    kept: dict[tuple[Term, bool], None] = {}
    is_cut, room = len(text) > LONGEST, MOST_WORDS
    for found in _TERM.finditer(text[:LONGEST].translate(_QUOTES)):
        folded = tuple(words(found["phrase"] or found["words"] or ""))
        if not folded:
            continue
        key = Term(folded, is_begin=bool(found["more"]) or _is_begin(found)), bool(found["without"])
        if key in kept:
            continue
        if len(folded) > room or len(kept) == MOST_TERMS:
            is_cut = True
            continue
        kept[key] = None
        room -= len(folded)
    terms, without = ([term for term, unwanted in kept if unwanted is side] for side in (False, True))
    return Query(tuple(terms), tuple(without), is_cut)


def _is_begin(found: re.Match[str]) -> bool:
    """Whether a star stands right behind a word: `a*` looks for what begins so, `a-*` for the word a."""
    if not found["begin"]:
        return False
    *_, (_, _, end) = placed_words(found["words"])
    return end == len(found["words"])
