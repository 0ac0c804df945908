"""What the files of assistants are called: after the assistant, in a way that every file system can keep.

A name that is given stays: what an assistant is later called doesn't move its files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters, marks and digits of any script. File systems count bytes, and people read characters.
KEPT = ("L", "M", "N")
LONGEST = 60
LONGEST_IN_BYTES = 120
NAMELESS = "assistant"
TAIL = 6
# Windows keeps these for devices, with any ending.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
# What a name from outside may not hold: it has to be one step of a path on every system.
FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
LONGEST_FROM_OUTSIDE = 200


def readable(name: str | None) -> str:
    """A file's name, without its ending, that says which assistant it is. Two assistants may get the same."""
    text = key_of(name or "")
    words = "".join(each if unicodedata.category(each)[0] in KEPT else " " for each in text).split()
    return _cut("-".join(words)) or NAMELESS


def key_of(name: str) -> str:
    """Two names with the same key are the same file where letters' case or the way to write accents doesn't count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def is_file_name(text: object) -> bool:
    """Whether text from outside can be a file's name without its ending: never a path, nor hidden."""
    if not isinstance(text, str) or not text or text.startswith(".") or text != text.strip():
        return False
    return not FORBIDDEN.search(text) and len(text.encode(errors="replace")) <= LONGEST_FROM_OUTSIDE


class FileNames:
    """Gives names that differ from each other and from those taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._keys = {key_of(name) for name in taken}

    def give(self, name: str | None, assistant_id: str) -> str:
        """The readable name; where that is taken, with the end of the id or all of it behind it."""
        plain, own = readable(name), assistant_id.removeprefix("asst_").lower()
        wanted = [] if plain in DEVICES else [plain]
        wanted += [f"{plain}-{own[-TAIL:]}", f"{plain}-{own}"]
        number = 2
        while (found := next((each for each in wanted if key_of(each) not in self._keys), None)) is None:
            wanted = [f"{plain}-{own}-{number}"]
            number += 1
        self._keys.add(key_of(found))
        return found


def _cut(text: str) -> str:
    text = text[:LONGEST]
    while len(text.encode()) > LONGEST_IN_BYTES:
        text = text[:-1]
    return text.strip("-")
