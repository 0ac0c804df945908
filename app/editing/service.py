"""The verbs of working copies: what a person has typed and not published, kept per person and assistant.

They are no part of the history: nothing here writes a version or an audit entry, and no door serves them to others.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Delete, Select, bindparam, delete, func, select
from sqlalchemy.exc import IntegrityError

from app.accounts import service as accounts
from app.assistants.spec import INSTRUCTIONS_LENGTH, AssistantSpec
from app.core.database import transaction, utc_now
from app.core.errors import Conflict, Invalid
from app.core.reading import Prepared
from app.editing import fields
from app.editing.models import WorkingCopy
from app.editing.values import Data
from app.extensions import db, reader
from app.texts.text import unstorable

# A text over the limit is kept too, so that nobody has to shorten it at once; but not without end.
LONGEST = 4 * INSTRUCTIONS_LENGTH
# What belongs to one sending of a form, and not to what was typed.
NOT_TYPED = ("csrf_token", "revision", "rival")
# Revisions of a copy begin anywhere: a page that knows one of a copy since discarded takes no other for it.
FIRST_REVISIONS = 2**30
# Whatever this request has read before, another one may have kept something since.
AFRESH = {"populate_existing": True}


def keep(
    person_id: int,
    assistant_id: str | None,
    form: Data,
    *,
    base_version: int | None,
    revision: int | None,
    page: str = "",
    edit_number: int = 0,
) -> WorkingCopy:
    """Keep `form` in place of the `revision` it was typed on; None where nothing was kept yet.

    `page` names the opened page that sends it and `edit_number` counts what was typed there: a page never conflicts
    with itself, not even when an answer to it was lost, and of two that it sends the later one stays. Raises
    `Invalid`, and `Conflict` when another page has kept something else meanwhile.
    """
    _check(form)
    kept = {name: value for name, value in form.items() if name not in NOT_TYPED}
    kept |= {"page": page, "edit_number": edit_number}
    with transaction(db.session):
        copy = _locked(person_id, assistant_id) or _begun(person_id, assistant_id)
        if copy.revision and copy.revision != revision and not _is_of(copy, page):
            raise Conflict("Other text of yours has been kept here meanwhile.", copy)
        if copy.revision and _is_of(copy, page) and edit_number < copy.form["edit_number"]:
            return copy
        copy.revision = copy.revision + 1 if copy.revision else 1 + secrets.randbelow(FIRST_REVISIONS)
        copy.base_version, copy.form, copy.kept_at = base_version, kept, utc_now()
    return copy


def working_copy(person_id: int, assistant_id: str | None) -> WorkingCopy | None:
    """What this person has unsaved, if anything; without an assistant, of a new one."""
    copy: WorkingCopy | None = db.session.scalar(_of(person_id, assistant_id), execution_options=AFRESH)
    return copy


def form_of(spec: AssistantSpec) -> Data:
    """The form's values for this state, for somebody who goes on with it."""
    return fields.present(spec)


def drafted(form: Data, base: AssistantSpec) -> AssistantSpec:
    """What publishing `form` would make of `base`, the version it names. It may break rules."""
    return fields.drafted(form, base)


def with_instructions(form: Data, base: AssistantSpec, text: str) -> Data:
    """The form with exactly this text for its instructions, newlines too."""
    return fields.with_instructions(form, base, text)


def discard(person_id: int, assistant_id: str | None, *, revision: int | None) -> None:
    """Drop this `revision` of what the person has unsaved; nothing happens when there is nothing.

    Raises `Conflict` when it was kept again since: what the person hasn't seen is never dropped.
    """
    with transaction(db.session):
        copy = _locked(person_id, assistant_id)
        if copy and copy.revision != revision:
            raise Conflict("Your unsaved changes were kept again since, so nothing was discarded.", copy)
        if copy:
            db.session.execute(_delete(person_id, assistant_id))


def published(person_id: int, assistant_id: str | None, form: Data) -> None:
    """Drop the working copy that `form` came from, once it is saved. What another page has kept stays."""
    if not (form.get("revision") or form.get("page")) or working_copy(person_id, assistant_id) is None:
        return  # Most saves leave nothing behind, and then nobody has to queue for a second write.
    with transaction(db.session):
        copy = _locked(person_id, assistant_id)
        if copy and (str(copy.revision) == form.get("revision") or _is_of(copy, form.get("page", ""))):
            db.session.execute(_delete(person_id, assistant_id))


def count() -> int:
    """How many working copies everybody has together."""
    return db.session.scalar(select(func.count()).select_from(WorkingCopy)) or 0


def unsaved(assistant_ids: Sequence[str], *, besides: int | None = None) -> dict[str, list[tuple[str, datetime]]]:
    """Who has unsaved changes of these assistants and since when, the latest first; `besides` leaves out a person."""
    ids = {f"id_{number}": assistant_id for number, assistant_id in enumerate(assistant_ids)}
    rows = [row for row in reader().rows(_kept_of(len(ids)), **ids) if row.person_id != besides]
    names = accounts.names({row.person_id for row in rows}) if rows else {}
    marks: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for row in rows:
        marks[row.assistant_id].append((names[row.person_id], row.kept_at))
    return dict(marks)


def unsaved_ids() -> Select[str]:
    """The ids of all assistants that anybody has unsaved changes of."""
    return select(WorkingCopy.assistant_id)


@cache
def _kept_of(assistants: int) -> Prepared:
    """The working copies of so many assistants, the latest first: a statement for each size a page can have."""
    columns = (WorkingCopy.assistant_id, WorkingCopy.person_id, WorkingCopy.kept_at)
    among = WorkingCopy.assistant_id.in_([bindparam(f"id_{number}") for number in range(assistants)])
    return Prepared(select(*columns).where(among).order_by(WorkingCopy.kept_at.desc()))


def _of(person_id: int, assistant_id: str | None) -> Select[WorkingCopy]:
    mine = (WorkingCopy.person_id == person_id, WorkingCopy.assistant_id == (assistant_id or ""))
    return select(WorkingCopy).where(*mine)


def _delete(person_id: int, assistant_id: str | None) -> Delete:
    mine = (WorkingCopy.person_id == person_id, WorkingCopy.assistant_id == (assistant_id or ""))
    return delete(WorkingCopy).where(*mine)


def _locked(person_id: int, assistant_id: str | None) -> WorkingCopy | None:
    """The copy as it is now, held against the person's other tabs until the transaction ends."""
    statement = _of(person_id, assistant_id).with_for_update()
    copy: WorkingCopy | None = db.session.scalar(statement, execution_options=AFRESH)
    return copy


def _begun(person_id: int, assistant_id: str | None) -> WorkingCopy:
    """A new copy that nobody has kept anything in (revision 0), or the one that another tab has begun just before."""
    copy = WorkingCopy(
        person_id=person_id, assistant_id=assistant_id or "", base_version=None, revision=0, kept_at=utc_now(), form={}
    )
    try:
        with db.session.begin_nested():
            db.session.add(copy)
    except IntegrityError:
        found = _locked(person_id, assistant_id)
        if found is None:
            raise
        return found
    return copy


def _is_of(copy: WorkingCopy, page: str) -> bool:
    return bool(page) and copy.form.get("page") == page


def _check(form: Data) -> None:
    """Raises `Invalid` for what no engine can store, and for more than anybody types."""
    # The state it was drawn from isn't typed, and as bounded as any body is.
    size = -len(form.get("state") or "")
    for text in _texts(form):
        size += len(text)
        if reason := unstorable(text):
            raise Invalid.one(None, "invalid_value", f"The form holds {reason}, which can't be kept.")
    if size > LONGEST:
        message = f"The form holds {size:,} characters. No more than {LONGEST:,} can be kept."
        raise Invalid.one(None, "string_above_max_length", message)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
