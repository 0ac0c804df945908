"""Uploaded files: looked at, then imported in steps that can be stopped and gone on with, each whole or not there.

How rows are judged and written is in `importing`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.audit.service import Verb, note
from app.core.actors import Actor
from app.core.database import transaction, utc_now
from app.core.errors import Conflict, NotFound
from app.exchange import service
from app.exchange.formats import read_rows
from app.exchange.importing import Entry, Judged, written
from app.exchange.models import ImportDraft, ImportRow
from app.exchange.report import Report, RowReport, Verdict
from app.extensions import db
from app.texts.text import unstorable

DRAFT_LIFETIME = timedelta(days=7)
LONGEST_FILENAME = 255
# So many entries a step deals with: few enough to say soon how far it came, many enough to pay for reading the file.
STEP = 1_000

STOPPED = "The import was stopped before it came to this one."


class _Elsewhere(Exception):
    """Another request has gone on with the same import meanwhile, or stopped it."""


def store(filename: str, content: bytes, *, actor: Actor) -> ImportDraft:
    """Keep an uploaded file until it is confirmed; raises `UnreadableFile`. Files past their time are removed."""
    read_rows(content)
    now = utc_now()
    draft = ImportDraft(
        id=secrets.token_urlsafe(16),
        person_id=actor.id,
        filename="".join(character for character in filename if character.isprintable())[:LONGEST_FILENAME],
        content=content,
        created_at=now,
    )
    with transaction(db.session):
        db.session.execute(delete(ImportDraft).where(ImportDraft.created_at < now - DRAFT_LIFETIME))
        db.session.add(draft)
    return draft


def get(draft_id: str, *, actor: Actor) -> ImportDraft:
    """A file the actor uploaded; raises `NotFound`."""
    own = select(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.person_id == actor.id)
    draft = None if unstorable(draft_id) else db.session.scalar(own)
    if draft is None:
        raise NotFound("There is no such import. Files that were uploaded more than 7 days ago are gone.")
    return draft


def report(draft: ImportDraft) -> Report:
    """What the import did, has done so far, or would do now."""
    return service.plan(_rows(draft.id)) if draft.position is None else _kept(draft.id)


def go_on(draft_id: str, *, actor: Actor) -> ImportDraft:
    """Import the next part of a file, from where it stands. One that is finished stays as it is."""
    draft = get(draft_id, actor=actor)
    if draft.finished_at is not None:
        return draft
    file, position = Judged(_rows(draft_id)), draft.position
    try:
        if position is None:
            _start(draft_id, file)
            position = 0
        for chunk in file.chunks(position, position + STEP):
            position = _write(draft_id, position, chunk, actor)
        if position == len(file.entries):
            _finish(draft_id, position, file, (), actor)
    except _Elsewhere:
        # That request goes on; this one shows how far it has come.
        pass
    return get(draft_id, actor=actor)


def stop(draft_id: str, *, actor: Actor) -> None:
    """Leave out what has not been imported yet. One that has not begun, or is finished, stays as it is."""
    draft = get(draft_id, actor=actor)
    if draft.position is None or draft.finished_at is not None:
        return
    file = Judged(_rows(draft_id))
    rest = [entry.report.told(Verdict.SKIPPED, STOPPED) for entry in file.entries[draft.position :]]
    try:
        _finish(draft_id, draft.position, file, rest, actor)
    except _Elsewhere:
        stop(draft_id, actor=actor)


def discard(draft_id: str, *, actor: Actor) -> None:
    """Forget a file that waits to be confirmed; raises `NotFound`, and `Conflict` for one that was confirmed."""
    get(draft_id, actor=actor)
    waits = (ImportDraft.id == draft_id, ImportDraft.person_id == actor.id, ImportDraft.position.is_(None))
    with transaction(db.session):
        forgotten: Any = db.session.execute(delete(ImportDraft).where(*waits))
        if not forgotten.rowcount:
            get(draft_id, actor=actor)
            raise Conflict("This import was confirmed already, so there is nothing to discard.")


def _start(draft_id: str, file: Judged) -> None:
    with transaction(db.session):
        _claim(draft_id, None, position=0, total=len(file.entries), imported_at=utc_now())
        _keep(draft_id, file.refused)


def _write(draft_id: str, position: int, chunk: Sequence[Entry], actor: Actor) -> int:
    """One chunk, what became of it and how far it came, in one transaction; returns the position after it."""
    after = position + len(chunk)
    with transaction(db.session):
        _claim(draft_id, position, position=after)
        _keep(draft_id, written(chunk, actor=actor))
    return after


def _finish(draft_id: str, position: int, file: Judged, rest: Iterable[RowReport], actor: Actor) -> None:
    """Say that nothing more will be done. The file itself is kept no longer."""
    with transaction(db.session):
        _claim(draft_id, position, finished_at=utc_now(), content=b"")
        _keep(draft_id, rest)
        done = {row.position: row for row in _kept(draft_id).rows}
        repeats = list(file.repeats(done))
        _keep(draft_id, repeats)
        note(Verb.LIST_IMPORTED, "assistants", actor=actor, **Report.of([*done.values(), *repeats]).as_counts())


def _claim(draft_id: str, at: int | None, **values: Any) -> None:
    """Change an import that is `at` this position; raises `_Elsewhere` for one that has been moved on or finished."""
    here = (ImportDraft.id == draft_id, ImportDraft.finished_at.is_(None))
    there = ImportDraft.position.is_not_distinct_from(at)
    claimed: Any = db.session.execute(update(ImportDraft).where(*here, there).values(**values))
    if not claimed.rowcount:
        raise _Elsewhere


def _rows(draft_id: str) -> list[Any]:
    content = db.session.scalar(select(ImportDraft.content).where(ImportDraft.id == draft_id))
    if content is None:
        raise NotFound("This import was discarded. Upload the file again.")
    return read_rows(content)


def _kept(draft_id: str) -> Report:
    rows = select(ImportRow.report).where(ImportRow.draft_id == draft_id).order_by(ImportRow.number)
    return Report.from_json(db.session.scalars(rows))


def _keep(draft_id: str, reports: Iterable[RowReport]) -> None:
    rows = [{"draft_id": draft_id, "number": each.position, "report": asdict(each)} for each in reports]
    if rows:
        db.session.execute(insert(ImportRow), rows)
