"""Adding to the audit. Reading it is not needed yet; changing or removing an entry is not possible here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import insert

from app.audit.models import AuditEntry
from app.core.actors import Actor
from app.core.database import table_of
from app.extensions import db

# Asked at every write, so it is put together once; of the table itself, because nobody reads the entry back.
ADDED = insert(table_of(AuditEntry))


class Verb(StrEnum):
    """What can be done, as `subject.deed`. A deed is a past participle: the entry tells what has happened."""

    ASSISTANT_CREATED = "assistant.created"
    ASSISTANT_UPDATED = "assistant.updated"
    ASSISTANT_DELETED = "assistant.deleted"
    ASSISTANT_UNDELETED = "assistant.undeleted"
    BATCH_CONFIRMED = "batch.confirmed"
    BATCH_UNDONE = "batch.undone"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    MODEL_SAVED = "model.saved"
    MODEL_REMOVED = "model.removed"
    PERSON_CREATED = "person.created"
    PERSON_INVITED = "person.invited"
    PERSON_CHANGED = "person.changed"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 (a verb, not a password)
    SIGNED_IN = "sign-in.succeeded"
    SIGN_IN_FAILED = "sign-in.failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed, as it is recorded. `details` is JSON data: names and numbers, never secrets or text."""

    verb: Verb
    subject_id: str
    details: dict[str, Any]


def record(verb: Verb, subject_id: object, *, actor: Actor, **details: Any) -> None:
    """Add an entry to the transaction under way. `details` is JSON data: names and numbers, never secrets or text."""
    db.session.execute(ADDED, _row(Entry(verb, str(subject_id), details), actor))


def record_many(entries: Iterable[Entry], *, actor: Actor) -> None:
    """Add all of these in one statement."""
    if rows := [_row(entry, actor) for entry in entries]:
        db.session.execute(ADDED, rows)


def _row(entry: Entry, actor: Actor) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "verb": entry.verb,
        "subject_kind": entry.verb.partition(".")[0],
        "subject_id": entry.subject_id,
        "details": entry.details,
    }
