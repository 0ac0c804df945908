"""Reading batches: what was done to many assistants, whether it was undone, and what undoing it would do now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.assistants import many
from app.assistants.many import Found
from app.assistants.models import Assistant
from app.bulk import deeds
from app.bulk.lists import page_of
from app.bulk.models import Batch, BatchItem
from app.core.errors import NotFound
from app.core.paging import Page, Window
from app.extensions import db

# So many names stand in one sentence.
MOST_NAMES = 20

CHANGED = "It was changed after the batch."
MOVED = "It was moved in or out of the trash after the batch."


@dataclass(frozen=True, slots=True)
class Done:
    """A batch as it is listed, with the one that has undone it, if any."""

    batch: Batch
    undone: Batch | None

    @property
    def title(self) -> str:
        return title_of(self.batch)


@dataclass(frozen=True, slots=True)
class Changed:
    """One assistant of a batch, as it is called now."""

    item: BatchItem
    found: Found


def title_of(batch: Batch) -> str:
    """What a batch did, as a heading."""
    return f"Undo batch {batch.undo_of}" if batch.undo_of else deeds.DEEDS.validate_python(batch.deed).title


@dataclass(frozen=True, slots=True)
class Standing:
    """What undoing a batch would do now: the items it would undo, and what it would leave, with the reason."""

    undoable: list[BatchItem]
    left: list[tuple[Found, str]]


def standing(batch: Batch) -> Standing:
    """What undoing this batch would do now."""
    return standing_of(batch, many.standing(seqs(batch)))


def get(batch_id: int, *, locked: bool = False) -> Done:
    """A batch; raises `NotFound`."""
    statement = select(Batch).where(Batch.id == batch_id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    batch = db.session.scalar(statement)
    if batch is None:
        raise NotFound(f"There is no batch {batch_id}.")
    return Done(batch, db.session.scalar(select(Batch).where(Batch.undo_of == batch_id)))


def list_page(window: Window) -> Page[Done]:
    """One page of all batches. Places in `window` are (id,)."""
    undone = aliased(Batch)
    statement: Any = select(Batch, undone).outerjoin(undone, undone.undo_of == Batch.id)
    return page_of(statement, Batch.id, window, lambda row: Done(row[0], row[1]))


def list_items(batch: Batch, window: Window) -> Page[Changed]:
    """One page of what a batch changed. Places in `window` are (seq,)."""
    statement = select(BatchItem).where(BatchItem.batch_id == batch.id)
    page = page_of(statement, BatchItem.assistant_seq, window, lambda row: row[0])
    found = many.some([item.assistant_seq for item in page.items])
    return page.map(lambda item: Changed(item, found[item.assistant_seq]))


def batches_of(assistant: Assistant, numbers: Sequence[int]) -> dict[int, int]:
    """Of these versions of an assistant, the batches that wrote them, by number."""
    statement = select(BatchItem.version_after, BatchItem.batch_id).where(
        BatchItem.assistant_seq == assistant.seq,
        BatchItem.version_after.in_(numbers),
        BatchItem.version_before < BatchItem.version_after,
    )
    return dict(db.session.execute(statement).all())


def standing_of(batch: Batch, found: Iterable[Found]) -> Standing:
    """The same, of its assistants as they were `found`."""
    statement = select(BatchItem).where(BatchItem.batch_id == batch.id)
    items = {item.assistant_seq: item for item in db.session.scalars(statement)}
    belongs_in_trash = deletes(batch)
    undoable, left = [], []
    for each in found:
        item = items[each.seq]
        if each.version != item.version_after:
            left.append((each, CHANGED))
        elif (each.deleted_at is not None) is not belongs_in_trash or each.deleted_at not in {None, batch.created_at}:
            left.append((each, MOVED))
        else:
            undoable.append(item)
    return Standing(undoable, left)


def moves(batch: Batch) -> bool:
    """Whether it only moved assistants, in or out of the trash."""
    return bool(deeds.DEEDS.validate_python(batch.deed).moves)


def deletes(batch: Batch) -> bool:
    """Whether it moved assistants to the trash. One that undoes another does the reverse of it."""
    if not moves(batch):
        return False
    deleted = not deeds.DEEDS.validate_python(batch.deed).of_trash
    while batch.undo_of is not None:
        batch, deleted = get(batch.undo_of).batch, not deleted
    return deleted


def seqs(batch: Batch) -> Select[Any]:
    """Selects the `seq` of every assistant of a batch."""
    return select(BatchItem.assistant_seq).where(BatchItem.batch_id == batch.id)


def named(found: Sequence[Found]) -> str:
    """Their names in a sentence, the first of them where there are many."""
    names = ", ".join(f"“{each.title}”" for each in found[:MOST_NAMES])
    return names if len(found) <= MOST_NAMES else f"{names} and {len(found) - MOST_NAMES:,} more"
