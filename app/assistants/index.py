"""What assistants are found by: their words in passages, and the facets that filters ask for.

`apply` is called where a version is written, in its transaction, so the index always tells the live state. It writes
only what `changes` found to be different. Deleted assistants stay in it; whoever asks leaves them out. `finding` asks
it, and `reindexing` makes it anew.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, text, update

from app.assistants.labels import folded_label, labels_of
from app.assistants.models import assistant_facets, search_documents
from app.assistants.spec import AssistantSpec
from app.core.statements import Send, Statement
from app.texts.folding import words
from app.texts.passages import REACH, SHORT_TEXT, cut_after, passage_words

# Passages of one assistant are numbered below this; its first one, the head, holds name and description too.
PASSAGES = 1024
HEAD = 0
# Ids from here on are of texts in more than one passage. So those can be asked alone.
LONG = 1 << 52

# The fields that it is made from; who changed an assistant last is in it, too.
FIELDS = frozenset({"model", "name", "description", "instructions", "tools", "metadata"})

_DIGEST = 16
_ENTRY = struct.Struct(f"<HI{_DIGEST}s")

# What becomes of passages, by their ids or by their offsets from the assistant's first: their words, or None for gone.
Passages = dict[int, dict[str, str] | None]

MANIFEST = Statement(select(search_documents.c.manifest).where(search_documents.c.assistant_seq == bindparam("seq")))
_ADD_DOCUMENT = Statement(insert(search_documents), ["assistant_seq", "manifest"])
_CHANGE_DOCUMENT = Statement(
    update(search_documents)
    .where(search_documents.c.assistant_seq == bindparam("seq"))
    .values(manifest=bindparam("manifest"))
)
_DROP_FACETS = Statement(delete(assistant_facets).where(assistant_facets.c.assistant_seq == bindparam("seq")))
_ADD_FACETS = Statement(insert(assistant_facets), ["facet", "value", "created_at", "assistant_seq"])
# In words that both engines know, so that each of the two is asked once for many passages.
_DROP_PASSAGES = Statement(text("DELETE FROM search_passages WHERE id IN (VALUES (:id))"))
_PUT_PASSAGES = Statement(
    text(
        "INSERT INTO search_passages (id, name, description, words) VALUES (:id, :name, :description, :words)"
        " ON CONFLICT (id) DO UPDATE"
        " SET name = excluded.name, description = excluded.description, words = excluded.words"
    )
)


class Facet(StrEnum):
    """What a filter can ask for."""

    MODEL = "model"
    TOOL = "tool"
    KEY = "key"
    PAIR = "pair"
    LABEL = "label"
    CHANGED_BY = "changed_by"


class _Entry(NamedTuple):
    """A passage in the index: its number, how many characters it has, and a digest of all that its words come from."""

    number: int
    length: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What the index has of one assistant, the passages in the order of the text."""

    facets: bytes = b""
    entries: tuple[_Entry, ...] = ()

    @classmethod
    def unpacked(cls, packed: bytes) -> _Manifest:
        return cls(packed[:_DIGEST], tuple(map(_Entry._make, _ENTRY.iter_unpack(packed[_DIGEST:]))))

    def packed(self) -> bytes:
        return self.facets + b"".join(_ENTRY.pack(*entry) for entry in self.entries)

    @property
    def is_long(self) -> bool:
        return len(self.entries) > 1


@dataclass(frozen=True, slots=True)
class Changes:
    """What the index has to write of one assistant, the passages by their offsets.

    Without a `manifest` there is nothing to write; without `facets` they stay as they are.
    """

    is_new: bool
    manifest: bytes | None = None
    facets: list[tuple[str, str]] | None = None
    passages: Passages = field(default_factory=dict)


def first_id(seq: int, *, is_long: bool) -> int:
    """The id of an assistant's head. The other passages follow it."""
    return seq * PASSAGES + _base(is_long)


def facets_of(spec: AssistantSpec, changed_by: str) -> list[tuple[str, str]]:
    """Facet and value of all that a filter can ask for."""
    found = {(Facet.MODEL, spec.model), (Facet.CHANGED_BY, changed_by)}
    found |= {(Facet.TOOL, tool["type"]) for tool in spec.tools}
    found |= {(Facet.KEY, key) for key in spec.metadata}
    found |= {(Facet.PAIR, pair(key, value)) for key, value in spec.metadata.items()}
    found |= {(Facet.LABEL, folded_label(label)) for label in labels_of(spec.metadata)}
    return sorted((facet.value, value) for facet, value in found)


def pair(key: str, value: str) -> str:
    """A pair of metadata as one value. No two pairs make the same."""
    return f"{len(key)}:{key}{value}"


def changes(spec: AssistantSpec, changed_by: str, packed: bytes | None) -> Changes:
    """What brings the index of one assistant from the manifest `packed`, None where it has none, to its live state."""
    is_new = packed is None
    old = _Manifest() if packed is None else _Manifest.unpacked(packed)
    facets = facets_of(spec, changed_by)
    # No stored text holds a NUL.
    digest = _digest("\0".join(part for facet in facets for part in facet))
    new = _Manifest(digest, tuple(_entries(spec, old.entries)))
    if new == old:
        return Changes(is_new)
    return Changes(
        is_new, new.packed(), None if new.facets == old.facets else facets, _changed_passages(spec, old, new)
    )


def apply(send: Send, seq: int, created_at: int, changes: Changes) -> None:
    """Write this into the index of the assistant, in the transaction under way; its passages are for `put`."""
    if changes.manifest is None:
        return
    if changes.facets is not None:
        if not changes.is_new:
            send(_DROP_FACETS, {"seq": seq})
        place = {"created_at": created_at, "assistant_seq": seq}
        send(_ADD_FACETS, [{"facet": facet, "value": value} | place for facet, value in changes.facets])
    if changes.is_new:
        send(_ADD_DOCUMENT, {"assistant_seq": seq, "manifest": changes.manifest})
    else:
        send(_CHANGE_DOCUMENT, {"seq": seq, "manifest": changes.manifest})


def passages(seq: int, changes: Changes) -> Passages:
    """What becomes of the assistant's passages, by their ids."""
    first = first_id(seq, is_long=False)
    return {first + offset: row for offset, row in changes.passages.items()}


def put(send: Send, several: Iterable[Passages]) -> None:
    """Write what becomes of these passages, the last word on each, into the transaction under way.

    As few statements as can be: SQLite's full-text tables write down what they have gathered before each of them.
    """
    last = {passage: row for passages in several for passage, row in passages.items()}
    if dropped := [{"id": passage} for passage, row in last.items() if row is None]:
        send(_DROP_PASSAGES, dropped)
    if kept := [{"id": passage} | row for passage, row in last.items() if row is not None]:
        send(_PUT_PASSAGES, kept)


def _changed_passages(spec: AssistantSpec, old: _Manifest, new: _Manifest) -> Passages:
    """What becomes of those that are other than before."""
    moves = old.is_long != new.is_long
    base = _base(new.is_long)
    known = {} if moves else {entry.number: entry.digest for entry in old.entries}
    stays = set() if moves else {entry.number for entry in new.entries}
    found: Passages = {_base(old.is_long) + entry.number: None for entry in old.entries if entry.number not in stays}
    start = 0
    for entry in new.entries:
        if known.get(entry.number) != entry.digest:
            found[base + entry.number] = _row(spec, start, entry)
        start += entry.length
    return found


def _base(is_long: bool) -> int:
    return LONG if is_long else 0


def _row(spec: AssistantSpec, start: int, entry: _Entry) -> dict[str, str]:
    is_head = entry.number == HEAD
    return {
        "name": " ".join(words(spec.name or "")) if is_head else "",
        "description": " ".join(words(spec.description or "")) if is_head else "",
        "words": " ".join(passage_words(spec.instructions or "", start, start + entry.length)),
    }


def _entries(spec: AssistantSpec, old: Sequence[_Entry]) -> list[_Entry]:
    """The passages of `spec`. Those that are in the index already keep their numbers, wherever they have moved to."""
    text = spec.instructions or ""
    old_places = _Places(old)
    found: list[tuple[int | None, int, bytes]] = []
    start, expected = 0, 0
    while not found or start < len(text):
        title = "" if found else f"{spec.name or ''}\0{spec.description or ''}\0"
        # Most of a text stays as it is: there its old passages are followed, and no cut is looked for.
        place = old_places.at(expected, text, start, title) if len(text) > SHORT_TEXT else None
        length = old[place].length if place is not None else cut_after(text, start) - start
        digest = old[place].digest if place is not None else _passage_digest(text, start, length, title)
        place = old_places.of(digest) if place is None else place
        expected = (expected if place is None else place) + 1
        found.append((None if place is None else old_places.taken(place), length, digest))
        start += length
    return _numbered(found, old)


class _Places:
    """The old passages that haven't been found in the new text yet."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.entries = entries
        self.used: set[int] = set()
        self.by_digest: dict[bytes, list[int]] | None = None

    def at(self, place: int, text: str, start: int, title: str) -> int | None:
        """`place`, if the text at `start` is what it was there."""
        if place >= len(self.entries) or place in self.used:
            return None
        entry = self.entries[place]
        same = entry.digest == _passage_digest(text, start, entry.length, title)
        return place if same else None

    def of(self, digest: bytes) -> int | None:
        """Where an old passage with this digest stood."""
        if self.by_digest is None:
            self.by_digest = {}
            for place, entry in enumerate(self.entries):
                self.by_digest.setdefault(entry.digest, []).append(place)
        return next((place for place in self.by_digest.get(digest, ()) if place not in self.used), None)

    def taken(self, place: int) -> int:
        """Its number, which no other passage gets."""
        self.used.add(place)
        return self.entries[place].number


def _numbered(found: Sequence[tuple[int | None, int, bytes]], old: Sequence[_Entry]) -> list[_Entry]:
    """The passages with numbers for those that are new: those of passages that are gone first."""
    taken = {number for number, _, _ in found} | {HEAD}
    freed = dict.fromkeys(entry.number for entry in old if entry.number not in taken)
    numbers = chain(freed, (number for number in range(PASSAGES) if number not in taken and number not in freed))
    return [
        _Entry(HEAD if place == 0 else next(numbers) if number is None else number, length, digest)
        for place, (number, length, digest) in enumerate(found)
    ]


def _passage_digest(text: str, start: int, length: int, title: str) -> bytes:
    """A digest of all that a passage's words come from: itself, and what its overlap is taken from."""
    return _digest(title + text[start : start + length + REACH + 1])


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_DIGEST).digest()
