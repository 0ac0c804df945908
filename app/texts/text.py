"""Facts about text: what can be stored, how long it is, its fingerprint, and the newlines a browser rewrites.

Nothing here alters a text on its own account. `restore_newlines` undoes what a browser did to one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from app.texts.matching import matching_blocks

NEWLINE = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def fingerprint(text: str) -> str:
    """The SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def unstorable(text: str) -> str | None:
    """What in `text` can't be stored on every engine, in words; None when all of it can."""
    if "\x00" in text:
        return "a NUL character"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "half of a surrogate pair"
    return None


def on_one_line(text: str) -> str:
    """`text` for a terminal or a comment: whatever isn't printable is written as an escape, newlines among it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def as_browser_sends(text: str) -> str:
    """`text` as it comes back from a form once CRLF is read as LF: every kind of newline has become LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def lines_of(text: str) -> list[str]:
    """The lines of `text`, each with its newline. Only LF, CRLF and CR end a line."""
    return _LINE.findall(text)


def usual_newline(text: str) -> str:
    """The kind of newline used most in `text`; LF where there is none."""
    kinds: list[str] = NEWLINE.findall(text) or ["\n"]
    return Counter(kinds).most_common(1)[0][0]


def restore_newlines(submitted: str, original: str) -> str:
    """`submitted` (LF only) with the newlines that `original` had.

    A line that was there before keeps its own newline; a new line gets the kind most used in `original`.
    """
    if "\r" not in original:
        return submitted
    if submitted == as_browser_sends(original):
        return original
    kept = NEWLINE.findall(original)
    after = submitted.split("\n")
    newlines = [usual_newline(original)] * len(after)
    for old, new, size in matching_blocks(NEWLINE.split(original), after):
        # The last line has no newline to keep.
        size = min(size, len(kept) - old)
        newlines[new : new + size] = kept[old : old + size]
    newlines[-1] = ""
    for place, (line, newline) in enumerate(zip(after, newlines, strict=True)):
        # A CR and the LF of an empty line after it would be read as one CRLF.
        if newline == "\n" and not line and place and newlines[place - 1] == "\r":
            newlines[place] = "\r"
    return "".join(line + newline for line, newline in zip(after, newlines, strict=True))
