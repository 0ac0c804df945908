"""Reading the versions of an assistant, and keeping the next one. `service` decides when there is a next one.

A version's instructions are packed against an earlier version's (`texts.packing`); whoever asks gets whole texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, false, func, insert, select
from sqlalchemy.orm import defer

from app.assistants.models import Assistant, AssistantVersion
from app.assistants.spec import AssistantSpec
from app.core.actors import Actor, Origin
from app.core.database import table_of
from app.core.errors import NotFound
from app.core.paging import Page, Window
from app.core.reading import Prepared
from app.core.statements import Statement
from app.core.writing import rows, send
from app.extensions import db
from app.texts.packing import (
    BLOCK,
    Damaged,
    content,
    is_packed_like_the_last,
    is_sealed,
    pack,
    path_to,
    reference_of,
    unpack,
)
from app.texts.text import unstorable

# Versions of one assistant are numbered without a gap, so the number alone is their order.
ORDER = (AssistantVersion.number,)
# Asked whenever a version is opened or kept, so they are put together once.
ONE = (
    select(AssistantVersion)
    .options(defer(AssistantVersion.packed, raiseload=True))
    .where(AssistantVersion.assistant_seq == bindparam("seq"), AssistantVersion.number == bindparam("number"))
)
KEPT = Statement(insert(table_of(AssistantVersion)), table_of(AssistantVersion).c.keys())
FRAMES = select(AssistantVersion.number, AssistantVersion.packed).where(
    AssistantVersion.assistant_seq == bindparam("seq"),
    AssistantVersion.number.in_(bindparam("numbers", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which versions of a history to show; all of them by default."""

    author: str | None = None
    origin: str | None = None
    noted_only: bool = False

    def apply(self, statement: Select[Any]) -> Select[Any]:
        for column, wanted in ((AssistantVersion.author_name, self.author), (AssistantVersion.origin, self.origin)):
            if wanted:
                # PostgreSQL won't even compare with text it can't keep.
                statement = statement.where(false() if unstorable(wanted) else column == wanted)
        if self.noted_only:
            statement = statement.where(AssistantVersion.note.is_not(None))
        return statement


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who writes a version, through which door, and what they say of it."""

    actor: Actor
    origin: Origin
    note: str | None


def keep(assistant: Assistant, spec: AssistantSpec, packed: bytes | None, *, by: Authorship) -> None:
    """Add the version whose number the assistant has already got, to the transaction under way."""
    version = {
        "assistant_seq": assistant.seq,
        "number": assistant.version,
        "created_at": assistant.updated_at,
        "author_kind": by.actor.kind,
        "author_id": by.actor.id,
        "author_name": by.actor.name,
        "origin": by.origin,
        "note": by.note,
        "fingerprint": assistant.fingerprint,
        "instructions_length": assistant.instructions_length,
        "instructions_sha256": assistant.instructions_sha256,
        "settings": spec.settings(),
        "packed": packed,
    }
    send(db, KEPT, version)


def packed(seq: int, number: int, text: str | None, *, is_new: bool) -> bytes | None:
    """The text of a version, as it is kept; raises `Damaged` when what it is packed against can't be unpacked.

    One that isn't `is_new` is the text of the version before, whose frame often serves again.
    """
    reference = reference_of(number)
    if text is None or reference is None:
        return pack(text, None)
    if not is_new and is_packed_like_the_last(number):
        last = _read_frames(seq, (number - 1,)).get(number - 1)
        if last is not None and is_sealed(last):
            return last
    return pack(text, content(_along(_read_frames(seq, path_to(reference)), reference)))


def _read_frames(seq: int, numbers: Sequence[int]) -> dict[int, bytes | None]:
    """These frames, within the write under way."""
    named = {f"number_{place}": number for place, number in enumerate(numbers)}
    return {row.number: row.packed for row in rows(db, _some_frames(len(numbers)), seq=seq, **named)}


def get(assistant: Assistant, number: int) -> AssistantVersion:
    """One version, without its text; raises `NotFound`."""
    # A number beyond the last one may be too large for the engine to look for.
    known = 1 <= number <= assistant.version
    version = db.session.scalar(ONE, {"seq": assistant.seq, "number": number}) if known else None
    if version is None:
        raise NotFound(f"Assistant '{assistant.id}' has no version {number}.")
    return version


def some(assistant: Assistant, numbers: Collection[int]) -> dict[int, AssistantVersion]:
    """Those of the versions with these numbers that exist, by number, without their texts."""
    found = db.session.scalars(_of(assistant).where(AssistantVersion.number.in_(numbers)))
    return {version.number: version for version in found}


def texts_of(assistant: Assistant, numbers: Collection[int]) -> dict[int, str | None]:
    """The instructions of each of these versions, in one query; raises `Damaged`."""
    frames = _frames(assistant.seq, {step for number in numbers for step in path_to(number)})
    return {number: unpack(_along(frames, number)) for number in numbers}


def at(assistant: Assistant, moment: datetime) -> AssistantVersion:
    """The version that was live at `moment`; raises `NotFound` before the first."""
    statement = _of(assistant).where(AssistantVersion.created_at <= moment).order_by(AssistantVersion.number.desc())
    version = db.session.scalar(statement.limit(1))
    if version is None:
        raise NotFound(f"Assistant '{assistant.id}' has no version of that time: its first one is newer.")
    return version


def spec_of(version: AssistantVersion) -> AssistantSpec:
    """All fields as they stood in this version. Raises `Damaged` when its text can't be unpacked."""
    frames = _path(version.assistant_seq, version.number)
    return AssistantSpec.model_construct(**version.settings, instructions=unpack(frames))


def list_page(assistant: Assistant, window: Window, chosen: Filter | None = None) -> Page[AssistantVersion]:
    """One page of the history, without texts. Places in `window` are (number,)."""
    statement = (chosen or Filter()).apply(_of(assistant))
    page = window.page(db.session.scalars(window.apply(statement, ORDER)).all())
    edge = page.items[-1 if page.backwards else 0] if page.items else None
    behind = window.behind((edge.number,)) if edge else None
    return page.with_behind(behind is not None and db.session.scalar(behind.apply(statement, ORDER)) is not None)


def authors(assistant: Assistant) -> list[str]:
    """Everybody who has written a version of it, by name."""
    statement = select(AssistantVersion.author_name).where(AssistantVersion.assistant_seq == assistant.seq)
    return list(db.session.scalars(statement.distinct().order_by(AssistantVersion.author_name)))


def texts(assistant: Assistant, *, first: int = 1) -> Iterator[tuple[int, str | None]]:
    """The instructions of each version from `first` on, in order, reading every frame once and few at a time."""
    last = assistant.version
    start = first - (first - 1) % BLOCK
    while start <= last:
        frames = _frames(assistant.seq, range(start, min(start + BLOCK, last + 1)))
        for number in range(max(start, first), min(start + BLOCK, last + 1)):
            yield number, unpack(_along(frames, number))
        start += BLOCK


def count() -> int:
    """How many versions all assistants have together, the trash included."""
    return db.session.scalar(select(func.count()).select_from(AssistantVersion)) or 0


def _of(assistant: Assistant) -> Select[AssistantVersion]:
    mine = AssistantVersion.assistant_seq == assistant.seq
    return select(AssistantVersion).options(defer(AssistantVersion.packed, raiseload=True)).where(mine)


@cache
def _some_frames(count: int) -> Prepared:
    """Those of an assistant's frames that have one of so many numbers."""
    among = AssistantVersion.number.in_([bindparam(f"number_{place}") for place in range(count)])
    columns = (AssistantVersion.number, AssistantVersion.packed)
    return Prepared(select(*columns).where(AssistantVersion.assistant_seq == bindparam("seq"), among))


def _path(seq: int, number: int) -> list[bytes | None]:
    """The frames that version `number` is unpacked from, in order."""
    return _along(_frames(seq, path_to(number)), number)


def _along(frames: dict[int, bytes | None], number: int) -> list[bytes | None]:
    path = path_to(number)
    if lost := [step for step in path if step not in frames]:
        raise Damaged(f"The stored text is damaged: version {lost[0]}, which is needed to unpack it, is missing.")
    return [frames[step] for step in path]


def _frames(seq: int, numbers: Collection[int]) -> dict[int, bytes | None]:
    return dict(db.session.execute(FRAMES, {"seq": seq, "numbers": list(numbers)}).all())
