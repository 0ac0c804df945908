"""Adding to the audit and reading it. Changing or removing an entry is not possible here, nor past here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, insert, select

from app.audit.models import ADDRESS_LENGTH, AuditEntry
from app.core.actors import Actor
from app.core.database import table_of, transaction, utc_now
from app.core.paging import Page, Place, Window
from app.core.statements import Statement
from app.core.whereabouts import ADDRESS
from app.core.writing import send, when_committed
from app.extensions import db

ADDED = Statement(
    insert(table_of(AuditEntry)),
    ["at", "actor_kind", "actor_id", "actor_name", "verb", "subject_kind", "subject_id", "details", "address"],
)
ORDER = (AuditEntry.at, AuditEntry.id)
# Deeds whose subject is a person, though their verbs begin otherwise.
PERSON_KINDS = ("person", "password", "sign-in", "second-factor")
# So many entries are in memory at a time while all are read.
STEP = 500


class Verb(StrEnum):
    """What can be done, as `subject.deed`. A deed is a past participle: the entry tells what has happened."""

    ASSISTANT_CREATED = "assistant.created"
    ASSISTANT_UPDATED = "assistant.updated"
    ASSISTANT_DELETED = "assistant.deleted"
    ASSISTANT_UNDELETED = "assistant.undeleted"
    BATCH_CONFIRMED = "batch.confirmed"
    BATCH_UNDONE = "batch.undone"
    LIST_IMPORTED = "list.imported"
    LIST_EXPORTED = "list.exported"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    KEY_REFUSED = "key.refused"
    MODEL_SAVED = "model.saved"
    MODEL_REMOVED = "model.removed"
    PERSON_CREATED = "person.created"
    PERSON_INVITED = "person.invited"
    PERSON_CHANGED = "person.changed"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 (a verb, not a password)
    SIGN_IN_BEGUN = "sign-in.begun"
    SIGNED_IN = "sign-in.succeeded"
    SIGN_IN_FAILED = "sign-in.failed"
    SIGNED_OUT = "sign-in.ended"
    SECOND_FACTOR_ADDED = "second-factor.added"
    SECOND_FACTOR_REFUSED = "second-factor.refused"
    SECOND_FACTOR_REMOVED = "second-factor.removed"
    RECOVERY_CODES_RENEWED = "second-factor.renewed"
    ACTIVITY_EXPORTED = "activity.exported"


HEARERS: list[Callable[[Verb], None]] = []


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed, as it is recorded. `details` is JSON data: names and numbers, never secrets or text."""

    verb: Verb
    subject_id: str
    details: dict[str, Any]


def record(verb: Verb, subject_id: object, *, actor: Actor, **details: Any) -> None:
    """Add an entry to the transaction under way. `details` is JSON data: names and numbers, never secrets or text."""
    record_many([Entry(verb, str(subject_id), details)], actor=actor)


def record_many(entries: Iterable[Entry], *, actor: Actor) -> None:
    """Add all of these in one statement."""
    rows = [_row(entry, actor) for entry in entries]
    if not rows:
        return
    send(db, ADDED, rows[0] if len(rows) == 1 else rows)
    if HEARERS:
        when_committed(db, lambda: _tell_hearers([row["verb"] for row in rows]))


def heard_by(hearer: Callable[[Verb], None]) -> None:
    """Let `hearer` know of each deed once it is committed."""
    HEARERS.append(hearer)


def _tell_hearers(verbs: Iterable[Verb]) -> None:
    for verb in verbs:
        for hearer in HEARERS:
            hearer(verb)


def note(verb: Verb, subject_id: object, *, actor: Actor, **details: Any) -> None:
    """Write an entry about a deed that changes nothing else, such as an export."""
    with transaction(db.session):
        record(verb, subject_id, actor=actor, **details)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which entries to read; all of them by default. `since` and `until` are the first and the last moment."""

    actor: tuple[str, int | None] | None = None
    verb: str | None = None
    subject: tuple[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def apply(self, statement: Select[Any]) -> Select[Any]:
        if self.actor:
            kind, number = self.actor
            statement = statement.where(AuditEntry.actor_kind == kind, AuditEntry.actor_id.is_not_distinct_from(number))
        if self.verb:
            statement = statement.where(AuditEntry.verb == self.verb)
        if self.subject:
            kind, subject_id = self.subject
            kinds = PERSON_KINDS if kind == "person" else (kind,)
            statement = statement.where(AuditEntry.subject_kind.in_(kinds), AuditEntry.subject_id == subject_id)
        if self.since:
            statement = statement.where(AuditEntry.at >= self.since)
        if self.until:
            statement = statement.where(AuditEntry.at <= self.until)
        return statement


def list_page(window: Window, criteria: Criteria) -> Page[AuditEntry]:
    """One page of the entries."""
    page = _page(window, criteria)
    edge = page.items[-1 if page.backwards else 0] if page.items else None
    behind = window.behind(_place(edge) if edge else None)
    if behind is None:
        return page
    probe = behind.apply(criteria.apply(select(AuditEntry.id)), ORDER)
    return page.with_behind(db.session.scalar(probe) is not None)


def every(criteria: Criteria) -> Iterator[list[AuditEntry]]:
    """All entries that fit, newest first, some at a time. What is written meanwhile is newer and not in the walk."""
    window: Window | None = Window(limit=STEP)
    while window is not None:
        page = _page(window, criteria)
        yield page.items
        window = Window(after=_place(page.items[-1]), limit=STEP) if page.has_more else None


def _row(entry: Entry, actor: Actor) -> dict[str, Any]:
    address = ADDRESS.get()
    return {
        "at": utc_now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "verb": entry.verb,
        "subject_kind": entry.verb.partition(".")[0],
        "subject_id": entry.subject_id,
        "details": entry.details,
        "address": address[:ADDRESS_LENGTH] if address else None,
    }


def _page(window: Window, criteria: Criteria) -> Page[AuditEntry]:
    """The entries alone, without a look at what lies behind them."""
    return window.page(db.session.scalars(window.apply(criteria.apply(select(AuditEntry)), ORDER)).all())


def _place(entry: AuditEntry) -> Place:
    return entry.at, entry.id
