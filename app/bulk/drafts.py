"""The verbs of drafts: a change of many that is prepared, looked at page by page, ticked, and confirmed by `service`.

Looking through all assistants takes a while when there are many, so it goes on only as far as somebody looks: until a
page is full, or for a moment at a time. What was found, and in which version, is kept with the draft.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, select, update

from app.assistants import many
from app.assistants.many import Chosen, Found
from app.bulk import deeds, scopes
from app.bulk.deeds import Deed, Succeed
from app.bulk.lists import page_of
from app.bulk.models import Draft, DraftItem
from app.catalogue import service as catalogue
from app.core.actors import Actor
from app.core.database import transaction, utc_now
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Page, Window
from app.extensions import db
from app.texts.text import unstorable

LIFETIME = timedelta(days=1)
# So long, in seconds, an answer may be held up by looking through assistants.
SLICE = 2.0
# So many assistants are shown, or read whole, at a time.
MOST_SHOWN = 20
TICKED = (DraftItem.included, DraftItem.chosen > 0)

GONE = "There is no such change to confirm. What was prepared more than a day ago is gone."


@dataclass(frozen=True, slots=True)
class Row:
    """An assistant of a draft as it was found, and as it is now."""

    item: DraftItem
    found: Found
    deed: Deed

    @property
    def has_changed(self) -> bool:
        """Whether somebody has written it, or moved it in or out of the trash, since it was found."""
        return self.item.version != self.found.version or is_trashed(self.found) is not self.deed.of_trash


@dataclass(frozen=True, slots=True)
class Totals:
    """What a draft has come to so far. `refused` counts those ticked or not that can't take the change."""

    assistants: int
    ticked: int
    hits: int
    refused: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How many assistants were looked through, of how many."""

    done: int
    total: int


def prepare(deed: Deed, scope: Mapping[str, Any], *, actor: Actor) -> Draft:
    """A new draft, of which nothing is looked through yet. Drafts past their time are removed.

    What `scope` may be is said in `scopes`. Raises `Invalid`.
    """
    scopes.check(scope)
    deed = with_successors(deed)
    now = utc_now()
    draft = Draft(
        id=secrets.token_urlsafe(16),
        actor_kind=actor.kind,
        actor_id=actor.id,
        created_at=now,
        deed=deed.model_dump(mode="json"),
        scope=dict(scope),
        position=many.top(chosen(deed, scope)),
        batch_id=None,
    )
    with transaction(db.session):
        db.session.execute(delete(Draft).where(Draft.created_at < now - LIFETIME))
        db.session.add(draft)
    return draft


def with_successors(deed: Deed) -> Deed:
    """The deed that names no models of its own takes those of the catalogue; raises `Invalid` where there are none."""
    if not isinstance(deed, Succeed) or deed.models:
        return deed
    models = catalogue.successors()
    if not models:
        raise Invalid.one("models", "invalid_value", "No model of the list has a successor. Name the models to change.")
    return deed.model_copy(update={"models": models})


def get(draft_id: str, *, actor: Actor) -> Draft:
    """A draft of the actor's own; raises `NotFound`."""
    own = select(Draft).where(Draft.id == draft_id, *_own(actor))
    draft = None if unstorable(draft_id) else db.session.scalar(own)
    if draft is None:
        raise NotFound(GONE)
    return draft


def waiting(*, actor: Actor) -> list[Draft]:
    """The actor's drafts that are neither confirmed nor past their time, the newest first."""
    fresh = (Draft.created_at >= utc_now() - LIFETIME, Draft.batch_id.is_(None))
    return list(db.session.scalars(select(Draft).where(*_own(actor), *fresh).order_by(Draft.created_at.desc())))


def deed_of(draft: Draft) -> Deed:
    deed: Deed = deeds.DEEDS.validate_python(draft.deed)
    return deed


def chosen(deed: Deed, scope: Mapping[str, Any]) -> Chosen:
    """The assistants a scope means."""
    return scopes.chosen(scope, trashed=deed.of_trash)


def look_further(draft: Draft, *, rows: int | None = None, seconds: float = SLICE) -> None:
    """Look through more assistants, until so many `rows` more are found or the time is up.

    Raises `NotFound` when somebody has discarded the draft meanwhile.
    """
    below, deed = draft.position, deed_of(draft)
    if not below:
        return
    found: list[dict[str, Any]] = []
    end = time.monotonic() + seconds
    start = below
    walked = many.walk(chosen(deed, draft.scope), below=start, fields=deed.reads, holding=deed.holds())
    for each in walked:
        below = each.seq
        if hits := deed.hits(each.state):
            found.append(item_of(draft, deed, each, hits))
        if (rows is not None and len(found) >= rows) or time.monotonic() > end:
            break
    else:
        below = 0
    walked.close()
    _advance(draft, start, below, found)


def list_page(draft: Draft, window: Window) -> Page[Row]:
    """One page of what a draft would change, looked through as far as that takes. Places in `window` are (seq,)."""
    page = page_of(_items(draft), DraftItem.assistant_seq, window, lambda row: row[0])
    if not page.has_next and draft.position:
        look_further(draft, rows=window.limit + 1 - len(page.items))
        page = page_of(_items(draft), DraftItem.assistant_seq, window, lambda row: row[0])
    deed = deed_of(draft)
    found = many.some([item.assistant_seq for item in page.items], deed.reads)
    return page.map(lambda item: Row(item, found[item.assistant_seq], deed))


def row_of(draft: Draft, assistant_id: str) -> Row:
    """One assistant of a draft; raises `NotFound`."""
    deed = deed_of(draft)
    found = many.named(assistant_id, deed.reads)
    item = db.session.get(DraftItem, (draft.id, found.seq)) if found else None
    if found is None or item is None:
        raise NotFound("This assistant is not among those to be changed.")
    return Row(item, found, deed)


def totals(draft: Draft) -> Totals:
    ticked = and_(*TICKED)
    statement = select(
        func.count(),
        func.coalesce(func.sum(case((ticked, 1), else_=0)), 0),
        func.coalesce(func.sum(case((ticked, DraftItem.chosen), else_=0)), 0),
        func.coalesce(func.sum(case((DraftItem.refusal.is_not(None), 1), else_=0)), 0),
    ).where(DraftItem.draft_id == draft.id)
    return Totals(*db.session.execute(statement).one())


def progress(draft: Draft) -> Progress:
    meant = chosen(deed_of(draft), draft.scope)
    total = many.count(meant)
    return Progress(many.count(meant, down_to=draft.position) if draft.position else total, total)


def refused(draft: Draft, *, most: int = MOST_SHOWN) -> list[Found]:
    """The first of those that can't take the change."""
    statement = select(DraftItem.assistant_seq).where(DraftItem.draft_id == draft.id, DraftItem.refusal.is_not(None))
    seqs = db.session.scalars(statement.order_by(DraftItem.assistant_seq.desc()).limit(most)).all()
    return list(many.some(seqs).values())


def changed(draft: Draft) -> list[Found]:
    """Those ticked that somebody has written, or moved in or out of the trash, since they were found."""
    versions = ticked(draft).add_columns(DraftItem.version)
    return many.changed(versions, trashed=deed_of(draft).of_trash)


def ticked(draft: Draft) -> Select[Any]:
    """Selects the `seq` of those that would be changed."""
    return select(DraftItem.assistant_seq.label("seq")).where(DraftItem.draft_id == draft.id, *TICKED)


def discard(draft_id: str, *, actor: Actor) -> None:
    """Forget a draft. One that was confirmed leaves its batch."""
    with transaction(db.session):
        draft = get(draft_id, actor=actor)
        db.session.execute(delete(Draft).where(Draft.id == draft.id))


def withdraw(draft_id: str, *, actor: Actor) -> None:
    """Forget a draft that waits to be confirmed; raises `NotFound`, and `Conflict` with the batch of one that was."""
    get(draft_id, actor=actor)
    with transaction(db.session):
        waits = (Draft.id == draft_id, *_own(actor), Draft.batch_id.is_(None))
        forgotten: Any = db.session.execute(delete(Draft).where(*waits))
        if not forgotten.rowcount:
            batch_id = get(draft_id, actor=actor).batch_id
            raise Conflict("This change was confirmed already, so there is nothing to discard.", batch_id)


def is_trashed(found: Found) -> bool:
    return found.deleted_at is not None


def among(draft: Draft, seqs: Collection[int]) -> ColumnElement[bool]:
    return and_(DraftItem.draft_id == draft.id, DraftItem.assistant_seq.in_(seqs))


def _own(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Draft.actor_kind == actor.kind, Draft.actor_id == actor.id


def item_of(draft: Draft, deed: Deed, found: Found, hits: int) -> dict[str, Any]:
    refusal = deeds.refusal(deed, found.state)
    return {
        "draft_id": draft.id,
        "assistant_seq": found.seq,
        "version": found.version,
        "hits": hits,
        "chosen": hits,
        # What can't be changed is left out unless somebody ticks it.
        "included": refusal is None,
        "left_out": [],
        "refusal": refusal,
    }


def _advance(draft: Draft, start: int, below: int, found: list[dict[str, Any]]) -> None:
    """Keep what was found, unless somebody else has looked through the same meanwhile."""
    draft_id = draft.id  # The write begins by forgetting what was read, and the draft may be gone.
    with transaction(db.session):
        here = and_(Draft.id == draft_id, Draft.position == start)
        moved: Any = db.session.execute(
            update(Draft).where(here).values(position=below), execution_options={"synchronize_session": False}
        )
        if moved.rowcount:
            insert_items(found)
    if db.session.get(Draft, draft_id, populate_existing=True) is None:
        raise NotFound(GONE)


def _items(draft: Draft) -> Select[Any]:
    return select(DraftItem).where(DraftItem.draft_id == draft.id)


def insert_items(items: list[dict[str, Any]]) -> None:
    if items:
        db.session.connection().execute(insert(DraftItem), items)
