"""Writing many assistants at a time, each with its version and its audit entry. One at a time is `service`.

Everything here belongs into a transaction of the caller's, who knows which version each assistant has to have and says
what it becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, inspect, select, tuple_, update

from app.assistants import many
from app.assistants.index_many import Subject, keep_many
from app.assistants.models import Assistant, AssistantVersion, titled
from app.assistants.spec import AssistantSpec, checked_note
from app.audit.service import Entry, Verb, record_many
from app.core.actors import Actor, Origin
from app.core.database import Record, utc_now
from app.extensions import db
from app.texts.packing import Damaged, content, pack, path_to, reference_of, unpack
from app.texts.text import fingerprint

# So many characters of instructions are held at a time, besides what they become.
ROOM = 4_000_000
FACTS = (
    Assistant.seq, Assistant.id, Assistant.version, Assistant.updated_at, Assistant.instructions_sha256,
    Assistant.created_at,
)  # fmt: skip
FIELDS = tuple(AssistantSpec.model_fields)
# Past the unit of work, which would look at every value of every object twice.
LIVE = select(*FACTS, *(many.TABLE.c[field] for field in FIELDS))
_FACTS = ("fingerprint", "instructions_length", "instructions_sha256")


@dataclass(frozen=True, slots=True)
class Live:
    """The live state of an assistant that is about to be written."""

    seq: int
    id: str
    title: str
    version: int
    updated_at: datetime
    instructions_sha256: str
    created_at: int
    spec: AssistantSpec


@dataclass(frozen=True, slots=True)
class Written:
    """The versions of an assistant before and after, which are the same where it only moved in or out of the trash."""

    seq: int
    before: int
    after: int


def rewrite(
    seqs: Iterable[int], become: Callable[[Live], AssistantSpec], *, actor: Actor, note: str | None
) -> Iterator[Written]:
    """Give each of these assistants a next version, as `become` makes it of the live one, in chunks.

    One that doesn't differ is passed over. Whatever `become` raises goes through.
    """
    note = checked_note(note)
    for chunk in bounded(seqs):
        rows = db.session.execute(LIVE.where(Assistant.seq.in_(chunk)).order_by(Assistant.seq)).all()
        changes = [change for row in rows if (change := _Change.of(live := _live(row), become(live)))]
        _write(changes, actor=actor, note=note)
        _forget(chunk)
        yield from (Written(change.live.seq, change.live.version, change.number) for change in changes)


def earlier(numbers: Mapping[int, int]) -> dict[int, AssistantSpec]:
    """Of each assistant, by its `seq`, the state it had in the version of this number."""
    frames = _frames({seq: path_to(number) for seq, number in numbers.items()})
    wanted = [(seq, number) for seq, number in numbers.items()]
    key = tuple_(AssistantVersion.assistant_seq, AssistantVersion.number)
    rows = db.session.execute(select(AssistantVersion.assistant_seq, AssistantVersion.settings).where(key.in_(wanted)))
    return {seq: AssistantSpec.model_construct(**settings, instructions=unpack(frames[seq])) for seq, settings in rows}


def move(seqs: Iterable[int], *, to_trash: bool, actor: Actor, at: datetime) -> Iterator[Written]:
    """Put these assistants into the trash, or take them out of it, as of one moment."""
    verb = Verb.ASSISTANT_DELETED if to_trash else Verb.ASSISTANT_UNDELETED
    values = {"deleted_at": at if to_trash else None, "deleted_by": actor.name if to_trash else None}
    for chunk in many.chunks(seqs):
        here = Assistant.seq.in_(chunk)
        db.session.execute(update(many.TABLE).where(here).values(values))
        _forget(chunk)
        rows = db.session.execute(select(*many.HEAD).where(here)).all()
        record_many((Entry(verb, row.id, {"version": row.version}) for row in rows), actor=actor)
        yield from (Written(row.seq, row.version, row.version) for row in rows)


def bounded(seqs: Iterable[int]) -> Iterator[list[int]]:
    """The same in chunks whose instructions fit into memory together, in the order of their numbers."""
    for chunk in many.chunks(seqs):
        statement = select(Assistant.seq, Assistant.instructions_length).where(Assistant.seq.in_(chunk))
        part: list[int] = []
        room = ROOM
        for seq, length in db.session.execute(statement.order_by(Assistant.seq)).all():
            if part and length > room:
                yield part
                part, room = [], ROOM
            part.append(seq)
            room -= length
        if part:
            yield part


@dataclass(frozen=True, slots=True)
class _Change:
    """What one assistant is about to become."""

    live: Live
    spec: AssistantSpec
    fields: list[str]
    number: int

    @classmethod
    def of(cls, live: Live, spec: AssistantSpec) -> _Change | None:
        fields = spec.differences(live.spec)
        return cls(live, spec, sorted(fields), live.version + 1) if fields else None


def _live(row: Record) -> Live:
    spec = AssistantSpec.model_construct(**dict(zip(FIELDS, row[len(FACTS) :], strict=True)))
    seq, assistant_id, version, updated_at, sha256, created_at = row[: len(FACTS)]
    return Live(seq, assistant_id, titled(row.name, assistant_id), version, updated_at, sha256, created_at, spec)


def _forget(seqs: Sequence[int]) -> None:
    """Have whoever holds one of these as an object read it again."""
    written = set(seqs)
    for each in list(db.session.identity_map.values()):
        if isinstance(each, Assistant) and written.intersection(inspect(each).identity or ()):
            db.session.expire(each)


def _write(changes: Sequence[_Change], *, actor: Actor, note: str | None) -> None:
    """The rows, their versions and the audit entries, each in one statement."""
    if not changes:
        return
    now = utc_now()
    references = {change.live.seq: reference_of(change.number) for change in changes}
    frames = _frames({seq: path_to(number) for seq, number in references.items() if number is not None})
    versions, rows = [], []
    fields = sorted({field for change in changes for field in change.fields})
    for change in changes:
        facts = _facts(change, max(now, change.live.updated_at))
        path = frames.get(change.live.seq)
        packed = pack(change.spec.instructions, content(path) if path else None)
        versions.append(facts | _version_facts(change, actor, note, packed))
        rows.append(_row(change, facts, actor, fields))
    connection = db.session.connection()
    connection.execute(_update(fields), rows)
    connection.execute(insert(AssistantVersion), versions)
    entries = (
        Entry(
            Verb.ASSISTANT_UPDATED,
            change.live.id,
            {"version": change.number, "origin": Origin.BULK, "fields": change.fields},
        )
        for change in changes
    )
    record_many(entries, actor=actor)
    keep_many([Subject(change.live.seq, change.live.created_at, actor.name, change.spec) for change in changes])


def _facts(change: _Change, now: datetime) -> dict[str, Any]:
    """What both the row and the version say of the new state."""
    unchanged = "instructions" not in change.fields
    text = change.spec.instructions or ""
    return {
        "number": change.number,
        "created_at": now,
        "fingerprint": change.spec.fingerprint(),
        "instructions_length": len(text),
        "instructions_sha256": change.live.instructions_sha256 if unchanged else fingerprint(text),
    }


def _version_facts(change: _Change, actor: Actor, note: str | None, packed: bytes | None) -> dict[str, Any]:
    return {
        "assistant_seq": change.live.seq,
        "author_kind": actor.kind,
        "author_id": actor.id,
        "author_name": actor.name,
        "origin": Origin.BULK,
        "note": note,
        "settings": change.spec.settings(),
        "packed": packed,
    }


def _row(change: _Change, facts: Mapping[str, Any], actor: Actor, fields: Sequence[str]) -> dict[str, Any]:
    """The values of `_update`, under names that are no columns."""
    values: dict[str, Any] = {field: getattr(change.spec, field) for field in fields}
    values |= {name: facts[name] for name in _FACTS} | {
        "version": change.number,
        "updated_at": facts["created_at"],
        "updated_by": actor.name,
    }
    return {f"new_{name}": value for name, value in values.items()} | {"key": change.live.seq}


def _update(fields: Sequence[str]) -> Any:
    named = ("version", "updated_at", "updated_by", *_FACTS, *fields)
    values: dict[Any, Any] = {many.TABLE.c[name]: bindparam(f"new_{name}") for name in named} | {
        many.TABLE.c.updated_via: Origin.BULK
    }
    return update(many.TABLE).where(many.TABLE.c.seq == bindparam("key")).values(values)


def _frames(paths: Mapping[int, Sequence[int]]) -> dict[int, list[bytes | None]]:
    """The frames along each path of version numbers, by the assistant's `seq`, in one query."""
    steps = [(seq, step) for seq, path in paths.items() for step in path]
    key = tuple_(AssistantVersion.assistant_seq, AssistantVersion.number)
    statement = select(AssistantVersion.assistant_seq, AssistantVersion.number, AssistantVersion.packed)
    found = {(seq, number): packed for seq, number, packed in db.session.execute(statement.where(key.in_(steps)))}
    if lost := set(steps) - found.keys():
        raise Damaged(
            f"The stored text is damaged: a version {min(lost)[1]}, which is needed to unpack it, is missing."
        )
    return {seq: [found[seq, step] for step in path] for seq, path in paths.items()}
