"""Writing one assistant: its row, its version, its part of the index and its audit entry, in one transaction.

Whether there is anything to write, and against what, is decided in `service`; many at a time are in `rewriting`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import set_committed_value

from app.assistants import index, versions
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec, checked_note
from app.assistants.statements import ADDED, CHANGED, MOVED, SETTINGS_CHANGED
from app.assistants.versions import Authorship
from app.audit.service import Verb, record
from app.core.database import Record, utc_now
from app.core.writing import at_end, send, writing
from app.extensions import db
from app.texts.packing import pack
from app.texts.text import fingerprint

# Attributes that are called otherwise than their columns.
ATTRIBUTE_COLUMNS = {"pairs": "metadata"}


def add(spec: AssistantSpec, *, assistant_id: str, created_at: int | None, by: Authorship) -> Assistant:
    """A new assistant with version 1. `created_at` is in Unix seconds, now where it is None."""
    state = _live_state(spec, version=1, by=by)
    # What takes longest is done before other writers have to wait for this one.
    packed, indexed = pack(spec.instructions, None), index.changes(spec, by.actor.name, None)
    with writing(db):
        now = utc_now()
        state |= {
            "id": assistant_id,
            "created_at": int(now.timestamp()) if created_at is None else created_at,
            "updated_at": now,
        }
        ((seq,),) = send(db, ADDED, _columns(state))
        assistant = _as_read(state | {"seq": seq, "deleted_at": None, "deleted_by": None})
        _keep(assistant, spec, packed, indexed, by=by)
        record(Verb.ASSISTANT_CREATED, assistant.id, actor=by.actor, version=1, origin=by.origin)
    return assistant


def change(assistant: Assistant, seen: AssistantSpec, spec: AssistantSpec, *, by: Authorship) -> None:
    """Write the next version and its audit entry, if `spec` differs from `seen`, the live state."""
    fields = sorted(spec.differences(seen))
    if not fields:
        return
    by = replace(by, note=checked_note(by.note))
    state = _live_state(spec, version=assistant.version + 1, by=by)
    # A clock that was set back must not put a version before the one it follows.
    state["updated_at"] = max(utc_now(), assistant.updated_at)
    if "instructions" not in fields:
        # An engine that keeps long texts apart needn't write this one again.
        del state["instructions"]
    # Past the unit of work, which would compare every value again; `assistant` is told what the row holds now.
    statement = CHANGED if "instructions" in state else SETTINGS_CHANGED
    stays_indexed = by.actor.name == assistant.updated_by and index.FIELDS.isdisjoint(fields)
    send(db, statement, _columns(state) | {"changed_seq": assistant.seq})
    _tell(assistant, state | {"instructions": spec.instructions})
    packed = versions.packed(assistant.seq, assistant.version, spec.instructions, is_new="instructions" in fields)
    _keep(assistant, spec, packed, None if stays_indexed else _to_index(assistant, spec, by), by=by)
    record(
        Verb.ASSISTANT_UPDATED,
        assistant.id,
        actor=by.actor,
        version=assistant.version,
        origin=by.origin,
        fields=fields,
    )


def move(assistant: Assistant, *, at: datetime | None, by: str | None) -> None:
    """Put it into the trash as of this moment, or take it out of there."""
    state = {"deleted_at": at, "deleted_by": by}
    send(db, MOVED, state | {"changed_seq": assistant.seq})
    _tell(assistant, state)


def held(row: Record) -> Assistant:
    """A row as an object: the one this request has read before, which is told what the row holds now, or a new one."""
    values = row._asdict()
    key = inspect(Assistant).identity_key_from_primary_key((row.seq,))
    known: Assistant | None = db.session.identity_map.get(key) if db.session.registry.has() else None
    if known is None:
        return _as_read(values)
    _tell(known, values)
    return known


def _as_read(values: dict[str, Any]) -> Assistant:
    """An object that holds these values as if the session had read them. Setting one by one notes each as a change."""
    assistant: Assistant = inspect(Assistant).class_manager.new_instance()
    assistant.__dict__.update(values)
    return assistant


def _tell(assistant: Assistant, values: dict[str, Any]) -> None:
    if inspect(assistant).session is None:
        # No session has to be told that these are no changes of its own.
        assistant.__dict__.update(values)
        return
    for name, value in values.items():
        set_committed_value(assistant, name, value)


def _to_index(assistant: Assistant, spec: AssistantSpec, by: Authorship) -> index.Changes:
    known = send(db, index.MANIFEST, {"seq": assistant.seq})
    return index.changes(spec, by.actor.name, known[0][0] if known else None)


def _keep(
    assistant: Assistant, spec: AssistantSpec, packed: bytes | None, indexed: index.Changes | None, *, by: Authorship
) -> None:
    """Write the version whose number the assistant has got. Whatever becomes one is searched from then on."""
    versions.keep(assistant, spec, packed, by=by)
    if indexed:
        index.apply(partial(send, db), assistant.seq, assistant.created_at, indexed)
        at_end(db, index.put, index.passages(assistant.seq, indexed))


def _live_state(spec: AssistantSpec, *, version: int, by: Authorship) -> dict[str, Any]:
    """The attributes of `Assistant` that a write sets, by name, but for the moment."""
    text = spec.instructions or ""
    fields = spec.as_json()
    return {
        "version": version,
        "fingerprint": spec.fingerprint(),
        "updated_by": by.actor.name,
        "updated_via": by.origin,
        "instructions_length": len(text),
        "instructions_sha256": fingerprint(text),
        "pairs": fields.pop("metadata"),
        **fields,
    }


def _columns(state: dict[str, Any]) -> dict[str, Any]:
    return {ATTRIBUTE_COLUMNS.get(name, name): value for name, value in state.items()}
