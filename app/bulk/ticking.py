"""Ticking a draft: which assistants and hits are left out, and what becomes of what somebody has changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from app.assistants import many
from app.bulk import deeds, drafts
from app.bulk.models import Draft, DraftItem
from app.core.database import transaction
from app.core.errors import NotFound
from app.extensions import db


@dataclass(frozen=True, slots=True)
class Ticks:
    """What a page says of one assistant: whether it is ticked, and of the hits it `shown`, which were `left_out`."""

    included: bool
    shown: Collection[int] = ()
    left_out: Collection[int] = ()


def tick(draft: Draft, ticks: Mapping[int, Ticks]) -> None:
    """Keep what a page says of its assistants, by their `seq`. What it doesn't show stays as it was."""
    deed = drafts.deed_of(draft)
    with _held(draft):
        statement = select(DraftItem).where(drafts.among(draft, ticks))
        items = db.session.scalars(statement, execution_options={"populate_existing": True}).all()
        touched = [item for item in items if _tick(item, ticks[item.assistant_seq])]
        found = many.some([item.assistant_seq for item in touched], deed.reads)
        for item in touched:
            each = found[item.assistant_seq]
            if each.version == item.version:
                item.refusal = deeds.refusal(deed, each.state, frozenset(item.left_out))


def renew(draft: Draft) -> None:
    """Look again at those that were changed since they were found, as they are now. Their hits are ticked anew."""
    deed = drafts.deed_of(draft)
    with _held(draft):
        for chunk in many.chunks((found.seq for found in drafts.changed(draft)), size=drafts.MOST_SHOWN):
            db.session.execute(delete(DraftItem).where(drafts.among(draft, chunk)))
            found = [each for each in many.some(chunk, deed.reads).values() if drafts.is_trashed(each) is deed.of_trash]
            drafts.insert_items(
                [drafts.item_of(draft, deed, each, hits) for each in found if (hits := deed.hits(each.state))]
            )


def leave_changed(draft: Draft) -> None:
    """Leave out those that were changed since they were found."""
    with _held(draft):
        for chunk in many.chunks(found.seq for found in drafts.changed(draft)):
            db.session.execute(update(DraftItem).where(drafts.among(draft, chunk)).values(included=False))


@contextmanager
def _held(draft: Draft) -> Iterator[None]:
    """A write during which nobody confirms or discards the draft; raises `NotFound` when somebody has."""
    # Asked for before the write begins: that forgets what was read, and the draft may be gone.
    statement = select(Draft.batch_id).where(Draft.id == draft.id).with_for_update()
    with transaction(db.session):
        row = db.session.execute(statement).one_or_none()
        if row is None or row.batch_id is not None:
            raise NotFound("This change was confirmed or discarded already.")
        yield


def _tick(item: DraftItem, ticks: Ticks) -> bool:
    """Whether other hits are left out now."""
    item.included = ticks.included
    kept = set(item.left_out) - set(ticks.shown)
    left_out = sorted(kept | {number for number in ticks.left_out if 0 <= number < item.hits})
    if left_out == item.left_out:
        return False
    item.left_out, item.chosen = left_out, item.hits - len(left_out)
    return True
