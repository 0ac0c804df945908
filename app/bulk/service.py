"""The verbs of batches: confirming a draft, undoing a batch, and reading what was done. All or nothing, each of them.

How a draft comes about is in `drafts`, what can be done in `deeds`. Assistants are written by `assistants.many`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import insert, select

from app.assistants import many, rewriting
from app.assistants.rewriting import Live, Written
from app.assistants.spec import AssistantSpec, checked_note
from app.audit.service import Verb, record
from app.bulk import batches, deeds, drafts
from app.bulk.deeds import Deed
from app.bulk.models import Batch, BatchItem, Draft, DraftItem
from app.core.actors import Actor
from app.core.database import transaction, utc_now
from app.core.errors import Conflict, Invalid, NotFound
from app.extensions import db


def confirm(draft: Draft, *, actor: Actor, note: str | None = None) -> Batch:
    """Do what the draft says to every assistant that is ticked in it; the batch is then there for good.

    Raises `Conflict` when any of them has changed since it was looked at (`current` has them), and `Invalid` when any
    can't take the change. Nothing is written then. Confirming a second time gives the same batch.
    """
    note = checked_note(note)
    draft_id = draft.id  # The write begins by forgetting what was read, and the draft may be gone.
    with transaction(db.session):
        # Of two confirmations at once the second waits here, and finds the batch.
        draft = _locked(draft_id)
        if draft.batch_id is not None:
            return batches.get(draft.batch_id).batch
        deed: Deed = deeds.DEEDS.validate_python(draft.deed)
        items = _ticked(draft)
        _check(draft, items)
        batch = _begun(actor, deed=draft.deed, note=note, size=len(items))
        written = _done(deed, items, batch=batch, actor=actor, note=note or deed.note())
        batch.size = _keep(batch, written)
        draft.batch_id = batch.id
        record(Verb.BATCH_CONFIRMED, batch.id, actor=actor, deed=draft.deed["type"], assistants=batch.size)
    return batch


def undo(batch_id: int, *, actor: Actor) -> Batch:
    """Give every assistant of the batch the state it had before, as a batch of its own.

    Those that somebody has changed since are left, and named in `left_alone`. Raises `NotFound`, and `Conflict` when
    the batch is undone already or nothing of it can be.
    """
    with transaction(db.session):
        done = batches.get(batch_id, locked=True)
        _check_undone(done)
        standing = batches.standing_of(done.batch, many.hold(batches.seqs(done.batch)))
        if not standing.undoable:
            raise Conflict("Nothing of this batch can be undone: every assistant of it was changed since.")
        title = batches.title_of(done.batch)
        batch = _begun(actor, deed=done.batch.deed, note=None, size=0, undo_of=done.batch.id)
        batch.left_alone = [{"id": found.id, "name": found.title, "why": why} for found, why in standing.left]
        written = _undone(done.batch, standing.undoable, batch=batch, actor=actor, note=f"Undone: {title}"[:500])
        batch.size = _keep(batch, written)
        record(Verb.BATCH_UNDONE, done.batch.id, actor=actor, by=batch.id, assistants=batch.size)
    return batch


def _locked(draft_id: str) -> Draft:
    statement = select(Draft).where(Draft.id == draft_id).with_for_update()
    found = db.session.scalar(statement, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound("This change was discarded. Prepare it again.")
    return found


def _ticked(draft: Draft) -> dict[int, list[int]]:
    """The hits that are left out of each assistant that is ticked, by its `seq`."""
    return dict(db.session.execute(drafts.ticked(draft).add_columns(DraftItem.left_out)).all())


def _check(draft: Draft, items: dict[int, list[int]]) -> None:
    """That all was looked through, and that every ticked assistant is still what was looked at."""
    if draft.position:
        raise Conflict("Not all assistants have been looked through yet. Go on with the preview first.")
    if not items:
        raise Invalid.one(None, None, "No assistant is ticked, so nothing would change.")
    many.hold(drafts.ticked(draft))
    if changed := drafts.changed(draft):
        raise Conflict(f"Changed since the preview: {batches.named(changed)}. Nothing was written.", changed)


def _done(deed: Deed, items: dict[int, list[int]], *, batch: Batch, actor: Actor, note: str) -> Iterator[Written]:
    seqs = sorted(items)
    if deed.moves:
        return rewriting.move(seqs, to_trash=not deed.of_trash, actor=actor, at=batch.created_at)

    def become(live: Live) -> AssistantSpec:
        try:
            return live.spec.changed(deed.changes(live.spec.as_json(), frozenset(items[live.seq])))
        except Invalid as refused:
            message = f"“{live.title}” can't take the change: {refused.message} Nothing was written."
            raise Invalid.one(None, refused.faults[0].code, message) from None

    return rewriting.rewrite(seqs, become, actor=actor, note=note)


def _undone(done: Batch, items: list[BatchItem], *, batch: Batch, actor: Actor, note: str) -> Iterator[Written]:
    seqs = [item.assistant_seq for item in items]
    if batches.moves(done):
        return rewriting.move(seqs, to_trash=not batches.deletes(done), actor=actor, at=batch.created_at)
    return _back({item.assistant_seq: item.version_before for item in items}, actor=actor, note=note)


def _back(numbers: dict[int, int], *, actor: Actor, note: str) -> Iterator[Written]:
    for chunk in rewriting.bounded(sorted(numbers)):
        specs = rewriting.earlier({seq: numbers[seq] for seq in chunk})
        yield from rewriting.rewrite(chunk, _among(specs), actor=actor, note=note)


def _among(specs: dict[int, AssistantSpec]) -> Callable[[Live], AssistantSpec]:
    return lambda live: specs[live.seq]


def _begun(actor: Actor, *, deed: dict[str, Any], note: str | None, size: int, undo_of: int | None = None) -> Batch:
    batch = Batch(
        created_at=utc_now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        deed=deed,
        note=note,
        size=size,
        left_alone=[],
        undo_of=undo_of,
    )
    db.session.add(batch)
    db.session.flush()  # Its items refer to it.
    return batch


def _keep(batch: Batch, written: Iterable[Written]) -> int:
    """Write the batch's items as they come; how many there were."""
    count = 0
    rows: list[dict[str, Any]] = []
    for each in written:
        rows.append(
            {
                "batch_id": batch.id,
                "assistant_seq": each.seq,
                "version_before": each.before,
                "version_after": each.after,
            }
        )
        if len(rows) == many.CHUNK:
            count += _insert(rows)
            rows = []
    return count + _insert(rows)


def _insert(rows: list[dict[str, Any]]) -> int:
    if rows:
        db.session.connection().execute(insert(BatchItem), rows)
    return len(rows)


def _check_undone(done: batches.Done) -> None:
    if done.undone is not None:
        raise Conflict(f"Batch {done.batch.id} is undone already, by batch {done.undone.id}.")
