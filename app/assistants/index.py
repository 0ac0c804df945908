"""What assistants are found by: their words in passages, and the facets that filters ask for.

`keep` is called where a version is written, in its transaction, so the index always tells the live state. It writes
only what a change changes. Deleted assistants stay in it; whoever asks leaves them out. `finding` asks it, and
`reindexing` makes it anew.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from app.assistants.labels import folded_label, labels_of
from app.assistants.models import Assistant, assistant_facets, search_documents, search_passages
from app.assistants.spec import AssistantSpec
from app.extensions import db
from app.texts.folding import words
from app.texts.passages import REACH, SHORT_TEXT, cut_after, passage_words

# Passages of one assistant are numbered below this; its first one, the head, holds name and description too.
PASSAGES = 1024
HEAD = 0
# Ids from here on are of texts in more than one passage. So those can be asked alone.
LONG = 1 << 52

_DIGEST = 16
_ENTRY = struct.Struct(f"<HI{_DIGEST}s")

_READ = select(search_documents.c.manifest).where(search_documents.c.assistant_seq == bindparam("seq"))
_ADD_DOCUMENT = insert(search_documents)
_CHANGE_DOCUMENT = (
    update(search_documents)
    .where(search_documents.c.assistant_seq == bindparam("seq"))
    .values(manifest=bindparam("manifest"))
)
_DROP_FACETS = delete(assistant_facets).where(assistant_facets.c.assistant_seq == bindparam("seq"))
_ADD_FACETS = insert(assistant_facets)
_DROP_PASSAGES = delete(search_passages).where(search_passages.c.id.in_(bindparam("ids", expanding=True)))
_ADD_PASSAGES = insert(search_passages)
_CHANGE_PASSAGE = (
    update(search_passages)
    .where(search_passages.c.id == bindparam("passage"))
    .values(name=bindparam("name"), description=bindparam("description"), words=bindparam("words"))
)


class Facet(StrEnum):
    """What a filter can ask for."""

    MODEL = "model"
    TOOL = "tool"
    KEY = "key"
    PAIR = "pair"
    LABEL = "label"
    CHANGED_BY = "changed_by"


class Executor(Protocol):
    """A connection, or what gathers for one."""

    def execute(self, statement: Any, parameters: Any, /) -> Any: ...


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
class Subject:
    """An assistant as the index sees it."""

    seq: int
    created_at: int
    changed_by: str
    spec: AssistantSpec


def first_id(seq: int, *, is_long: bool) -> int:
    """The id of an assistant's head. The other passages follow it."""
    return seq * PASSAGES + (LONG if is_long else 0)


def keep(assistant: Assistant, spec: AssistantSpec) -> None:
    """Make the index tell `spec`, which has just become the live state."""
    connection = db.session.connection()
    packed = connection.execute(_READ, {"seq": assistant.seq}).scalar() if assistant.version > 1 else None
    subject = Subject(assistant.seq, assistant.created_at, assistant.updated_by, spec)
    write(connection, subject, packed)


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


def write(connection: Executor, subject: Subject, packed: bytes | None) -> None:
    """Bring the index of one assistant from the manifest `packed`, None where it has none, to its live state."""
    old = _Manifest() if packed is None else _Manifest.unpacked(packed)
    facets = facets_of(subject.spec, subject.changed_by)
    # No stored text holds a NUL.
    digest = _digest("\0".join(part for facet in facets for part in facet))
    new = _Manifest(digest, tuple(_entries(subject.spec, old.entries)))
    if new == old:
        return
    if new.facets != old.facets:
        if packed is not None:
            connection.execute(_DROP_FACETS, {"seq": subject.seq})
        place = {"created_at": subject.created_at, "assistant_seq": subject.seq}
        connection.execute(_ADD_FACETS, [{"facet": facet, "value": value} | place for facet, value in facets])
    if new.entries != old.entries:
        _write_passages(connection, subject, old, new)
    if packed is None:
        connection.execute(_ADD_DOCUMENT, {"assistant_seq": subject.seq, "manifest": new.packed()})
    else:
        connection.execute(_CHANGE_DOCUMENT, {"seq": subject.seq, "manifest": new.packed()})


def _write_passages(connection: Executor, subject: Subject, old: _Manifest, new: _Manifest) -> None:
    """Write the passages that are new, over those that are gone where there are any."""
    moves = old.is_long != new.is_long
    base = first_id(subject.seq, is_long=new.is_long)
    known = {} if moves else {entry.number: entry.digest for entry in old.entries}
    gone = set(known) - {entry.number for entry in new.entries}
    ids = [base + number for number in gone]
    if moves:
        ids = [first_id(subject.seq, is_long=old.is_long) + entry.number for entry in old.entries]
    if ids:
        connection.execute(_DROP_PASSAGES, {"ids": ids})
    added, changed, start = [], [], 0
    for entry in new.entries:
        if known.get(entry.number) != entry.digest:
            row = _row(subject.spec, start, entry)
            if entry.number in known:
                changed.append({"passage": base + entry.number} | row)
            else:
                added.append({"id": base + entry.number} | row)
        start += entry.length
    for statement, rows in ((_CHANGE_PASSAGE, changed), (_ADD_PASSAGES, added)):
        if rows:
            connection.execute(statement, rows)


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
