"""The rule for names people give to people and keys: one line, not blank, not too long."""

from __future__ import annotations

import unicodedata

# Control characters, line separators and half surrogates. Joiners stay: scripts and emoji need them.
UNFIT = {"Cc", "Cs", "Zl", "Zp"}


def is_name(text: str, longest: int) -> bool:
    """Whether `text`, already stripped, can stand as a name of at most `longest` characters."""
    return 0 < len(text) <= longest and not any(unicodedata.category(character) in UNFIT for character in text)
