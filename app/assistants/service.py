"""The verbs of assistants. Nothing else writes an assistant or a version. Knows no HTTP.

Each write is one transaction: the row, its version and the audit entry, all or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from app.assistants import revising, versions
from app.assistants.identifiers import new_id
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec, checked_note
from app.assistants.statements import HELD, HELD_HEAD, LISTED, ORDER, PLACE, Columns, live, live_page
from app.assistants.versions import Authorship
from app.audit.service import Verb, record
from app.core.actors import Actor, Origin
from app.core.database import Record, transaction, utc_now
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Page, Place, Window
from app.core.reading import Ahead, Prepared
from app.core.writing import one, writing
from app.extensions import db, reader
from app.texts.text import unstorable

TRASH_ORDER = (Assistant.deleted_at, Assistant.seq)
WHOLE = select(Assistant).where(Assistant.id == bindparam("id"))


def create(
    spec: AssistantSpec,
    *,
    actor: Actor,
    origin: Origin,
    id: str | None = None,  # noqa: A002 (the field's own name)
    created_at: int | None = None,
    note: str | None = None,
) -> Assistant:
    """A new assistant with version 1. An import gives the `id` and `created_at` (Unix seconds) it had elsewhere."""
    by = Authorship(actor, origin, checked_note(note))
    return revising.add(spec, assistant_id=id or new_id(), created_at=created_at, by=by)


def create_once(
    spec: AssistantSpec,
    *,
    id: str,  # noqa: A002 (the field's own name)
    actor: Actor,
    origin: Origin,
    note: str | None = None,
) -> Assistant:
    """A new assistant under `id`, or the live one that was made under it from the same state before.

    What differs from that becomes a new assistant under an id of its own.
    """
    try:
        return create(spec, actor=actor, origin=origin, id=id, note=note)
    except IntegrityError:
        # The other one is committed by now: the database has waited for it.
        made = find(id)
    if made and made.deleted_at is None and not spec.differences(versions.spec_of(versions.get(made, 1))):
        return made
    return create(spec, actor=actor, origin=origin, note=note)


def get(assistant_id: str) -> Assistant:
    """The live assistant, whole; raises `NotFound` for one that never was or is in the trash."""
    assistant = find(assistant_id)
    if assistant is None or assistant.deleted_at is not None:
        raise _not_found(assistant_id)
    return assistant


def find(assistant_id: str) -> Assistant | None:
    """The assistant with this id, whole, whether live or in the trash."""
    return None if unstorable(assistant_id) else db.session.scalar(WHOLE, {"id": assistant_id})


def head(assistant_id: str) -> Assistant:
    """The live assistant without its instructions; raises `NotFound`."""
    statement = select(Assistant).options(defer(Assistant.instructions)).where(_named(assistant_id))
    assistant = db.session.scalar(statement.where(Assistant.deleted_at.is_(None)))
    if assistant is None:
        raise _not_found(assistant_id)
    return assistant


def every_id() -> list[str]:
    """The ids of all assistants, those in the trash too, in the order they were made here."""
    return list(db.session.scalars(select(Assistant.id).order_by(Assistant.seq)))


def read(assistant_id: str, columns: Columns) -> Record:
    """These columns of the live assistant; raises `NotFound`."""
    row = None if unstorable(assistant_id) else reader().one(live(columns), id=assistant_id)
    if row is None:
        raise _not_found(assistant_id)
    return row


def read_page(window: Window, columns: Columns) -> Page[Record]:
    """These columns of one page of the live list."""
    return window.page(reader().rows(live_page(columns, window.shape), **window.values()))


def update(
    assistant_id: str,
    changes: dict[str, Any],
    *,
    actor: Actor,
    origin: Origin,
    expected_version: int | None = None,
    note: str | None = None,
) -> Assistant:
    """Change the fields named in `changes` (JSON values); what they leave out stays.

    A change that changes nothing writes nothing. Raises `NotFound`, `Invalid`, and `Conflict` when the live
    version isn't `expected_version` any more.
    """
    with writing(db):
        assistant = _held(assistant_id, expected_version)
        seen = assistant.spec()
        revising.change(assistant, seen, seen.changed(changes), by=Authorship(actor, origin, note))
    return assistant


def overwrite(
    assistant_id: str,
    spec: AssistantSpec,
    *,
    actor: Actor,
    origin: Origin,
    expected_version: int | None = None,
    seen: AssistantSpec | None = None,
    note: str | None = None,
) -> Assistant:
    """Make `spec` the whole live state: unlike `update`, what it leaves out is gone, also resources of tools.

    `seen` is the state of `expected_version`, from a caller who has read it anyway; its text isn't read again. One that
    changes nothing writes nothing. Raises `NotFound` and `Conflict` as `update` does.
    """
    with writing(db):
        assistant = _held(assistant_id, expected_version, HELD if seen is None else HELD_HEAD)
        revising.change(assistant, seen or assistant.spec(), spec, by=Authorship(actor, origin, note))
    return assistant


def restore(
    assistant_id: str, number: int, *, actor: Actor, expected_version: int | None = None, note: str | None = None
) -> Assistant:
    """Make version `number` the live state again, as a new version on top; raises as `overwrite` does."""
    with transaction(db.session):
        assistant = _held(assistant_id, expected_version)
        spec = versions.spec_of(versions.get(assistant, number))
        note = note or f"Restored version {number}."
        revising.change(assistant, assistant.spec(), spec, by=Authorship(actor, Origin.RESTORE, note))
    return assistant


def delete(assistant_id: str, *, actor: Actor, expected_version: int | None = None) -> Assistant:
    """Move the assistant to the trash. It is gone from the API; `undelete` brings it back as it was."""
    with writing(db):
        assistant = _held(assistant_id, expected_version)
        revising.move(assistant, at=utc_now(), by=actor.name)
        record(Verb.ASSISTANT_DELETED, assistant.id, actor=actor, version=assistant.version)
    return assistant


def undelete(assistant_id: str, *, actor: Actor) -> Assistant:
    """Take the assistant out of the trash; raises `NotFound` when it isn't there."""
    with writing(db):
        assistant = _held(assistant_id, None, trashed=True)
        revising.move(assistant, at=None, by=None)
        record(Verb.ASSISTANT_UNDELETED, assistant.id, actor=actor, version=assistant.version)
    return assistant


def list_page(window: Window) -> Page[Record]:
    """One page of the live list, with the columns of `LISTED` and a title."""
    page = read_page(window, LISTED)
    edge = page.items[-1 if page.backwards else 0] if page.items else None
    behind = window.behind((edge.created_at, edge.seq) if edge else None)
    return page.with_behind(bool(behind and read_page(behind, ORDER).has_more))


def list_trash(window: Window) -> Page[Assistant]:
    """One page of the trash, last deleted first, without the instructions."""
    return _page_of_rows(window, Assistant.deleted_at.is_not(None), TRASH_ORDER)


def place_of(assistant_id: str, param: str) -> Place:
    """Where an assistant stands in the list, deleted or not; an unknown one is `Invalid` under `param`."""
    row = None if unstorable(assistant_id) else reader().one(PLACE, id=assistant_id)
    if row is None:
        raise Invalid.one(param, "invalid_value", f"Invalid '{param}': no assistant found with id '{assistant_id}'.")
    return row[0], row[1]


def place_ahead(assistant_id: str) -> Ahead:
    """The row that `place_of` reads."""
    return Ahead(PLACE, {"id": assistant_id})


def standings(assistant_ids: Sequence[str]) -> dict[str, Record]:
    """Of those of these ids that exist, live or in the trash: `fingerprint`, `version`, `deleted_at`, in one query."""
    columns = (Assistant.id, Assistant.fingerprint, Assistant.version, Assistant.deleted_at)
    statement = select(*columns).where(Assistant.id.in_(assistant_ids))
    return {row.id: row for row in db.session.execute(statement)}


def count_live() -> int:
    """How many assistants there are, without those in the trash."""
    return db.session.scalar(select(func.count()).where(Assistant.deleted_at.is_(None))) or 0


def count_all() -> int:
    """How many assistants there are, those in the trash too."""
    return db.session.scalar(select(func.count()).select_from(Assistant)) or 0


def is_empty() -> bool:
    """Whether nobody has made an assistant yet, the trash included."""
    return db.session.scalar(select(Assistant.seq).limit(1)) is None


def _page_of_rows(window: Window, condition: ColumnElement[bool], order: Columns) -> Page[Assistant]:
    statement = select(Assistant).options(defer(Assistant.instructions, raiseload=True)).where(condition)
    page = window.page(db.session.scalars(window.apply(statement, order)).all())
    edge = page.items[-1 if page.backwards else 0] if page.items else None
    place = (getattr(edge, order[0].key), edge.seq) if edge else None
    if (behind := window.behind(place)) is None:
        return page
    probe = behind.apply(select(Assistant.seq).where(condition), order)
    return page.with_behind(db.session.scalar(probe) is not None)


def _named(assistant_id: str) -> ColumnElement[bool]:
    """The condition for one id. PostgreSQL won't even compare with text it can't keep, which no id contains."""
    return false() if unstorable(assistant_id) else Assistant.id == assistant_id


def _not_found(assistant_id: str) -> NotFound:
    return NotFound(f"No assistant found with id '{assistant_id}'.")


def _held(
    assistant_id: str, expected_version: int | None, held: Prepared = HELD, *, trashed: bool = False
) -> Assistant:
    """The assistant as it is now, held against other writers until the transaction ends."""
    row = None if unstorable(assistant_id) else one(db, held, id=assistant_id)
    if row is None or (row.deleted_at is not None) is not trashed:
        raise _not_found(assistant_id)
    if expected_version is not None and row.version != expected_version:
        # Who was overtaken gets to see what is there now, all of it.
        now = one(db, HELD, id=assistant_id)
        raise Conflict(f"Version {expected_version} is no longer the current version.", revising.held(now or row))
    return revising.held(row)
