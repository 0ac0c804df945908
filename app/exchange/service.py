"""The verbs of import: a run over the rows of a file, dry or real; uploads that wait to be confirmed; the examples.

What a file looks like is in `formats`, what makes a row an assistant in `rows`. Export only reads; it is in `export`.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.assistants import service as assistants
from app.assistants.spec import AssistantSpec
from app.audit.service import Verb, note
from app.core.actors import Actor, Origin
from app.core.database import Record, transaction, utc_now
from app.core.errors import Conflict, Invalid, NotFound
from app.exchange.formats import read_rows
from app.exchange.judging import expected_version, judged
from app.exchange.models import ImportDraft
from app.exchange.report import Report, RowReport, Verdict
from app.exchange.rows import SavedAssistant, labels_of, parse_row
from app.extensions import db

# So many rows are written, or looked up, at a time: enough to be quick, few enough to let other writers in between.
CHUNK = 100
DRAFT_LIFETIME = timedelta(days=7)
LONGEST_FILENAME = 255
EXAMPLES = Path(__file__).parent / "examples"

OVERTAKEN = "Somebody else wrote this assistant at the same moment. Import the file again."

OnRow = Callable[[RowReport], object]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row that keeps every rule and is the first with its id, with a report that still lacks its verdict."""

    saved: SavedAssistant
    report: RowReport


def plan(rows: Sequence[Any]) -> Report:
    """What `run` would do now; writes nothing."""
    return _Import(rows).over(_foreseen)


def run(
    rows: Sequence[Any],
    *,
    actor: Actor,
    origin: Origin = Origin.IMPORT,
    on_row: OnRow | None = None,
) -> Report:
    """Bring the rows of a saved list in, keeping ids, dates and order; a bad row is reported and skipped.

    `on_row` hears of every row once it is judged. A failure half way leaves whole chunks: running it again goes on.
    """

    def write(chunk: Sequence[_Entry]) -> Iterator[RowReport]:
        with transaction(db.session):
            known = assistants.standings([entry.saved.id for entry in chunk])
            for entry in chunk:
                yield _write(entry, known.get(entry.saved.id), actor=actor, origin=origin)

    report = _Import(rows).over(write, on_row)
    counts = {verdict.value: report.count(verdict) for verdict in Verdict}
    note(Verb.LIST_IMPORTED, "assistants", actor=actor, **counts)
    return report


class _Import:
    """One file's rows, judged as far as that is possible without the database."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.entries: list[_Entry] = []
        self.repeats: list[tuple[RowReport, _Entry]] = []
        self.reports: dict[int, RowReport] = {}
        first: dict[str, _Entry] = {}
        for position, row in enumerate(rows, start=1):
            self._judge(position, row, first)

    def over(self, verdicts: Callable[[Sequence[_Entry]], Iterator[RowReport]], on_row: OnRow | None = None) -> Report:
        """The report, with what `verdicts` says of each chunk of rows that are fit to be written."""
        heard = on_row or (lambda _report: None)
        for report in self.reports.values():
            heard(report)
        entries = _oldest_first(self.entries)
        for start in range(0, len(entries), CHUNK):
            for report in verdicts(entries[start : start + CHUNK]):
                self.reports[report.position] = report
                heard(report)
        for report, original in self.repeats:
            self.reports[report.position] = _repeated(report, self.reports[original.report.position])
            heard(self.reports[report.position])
        return Report(tuple(self.reports[position] for position in sorted(self.reports)))

    def _judge(self, position: int, row: Any, first: dict[str, _Entry]) -> None:
        report = RowReport(position, *labels_of(row), Verdict.REFUSED)
        try:
            saved = parse_row(row)
        except Invalid as refusal:
            self.reports[position] = report.told(Verdict.REFUSED, *(fault.message for fault in refusal.faults))
            return
        original = first.setdefault(saved.id, _Entry(saved, report))
        if original.report is report:
            self.entries.append(original)
        elif (original.saved.created_at, original.saved.fingerprint) == (saved.created_at, saved.fingerprint):
            self.repeats.append((report, original))
        else:
            where = original.report.position
            self.reports[position] = report.told(
                Verdict.REFUSED, f"It has the id of number {where} in this file, but differs."
            )


def _oldest_first(entries: list[_Entry]) -> list[_Entry]:
    """The rows in the order of writing. The list shows what was written last first, so that dates that tie keep theirs.

    A file is taken to be newest first, unless its dates rise more often than they fall.
    """
    steps = [after.saved.created_at - before.saved.created_at for before, after in pairwise(entries)]
    rises, falls = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return entries if rises > falls else entries[::-1]


def _foreseen(chunk: Sequence[_Entry]) -> Iterator[RowReport]:
    known = assistants.standings([entry.saved.id for entry in chunk])
    for entry in chunk:
        yield judged(entry.report, entry.saved, known.get(entry.saved.id))


def _write(entry: _Entry, known: Record | None, *, actor: Actor, origin: Origin) -> RowReport:
    saved = entry.saved
    try:
        # A row of its own inside the chunk: somebody else may have written the same id since it was looked up.
        with db.session.begin_nested():
            report = judged(entry.report, saved, known)
            if report.verdict is Verdict.CREATED:
                assistants.create(saved.spec, actor=actor, origin=origin, id=saved.id, created_at=saved.created_at)
                report = replace(report, id=saved.id)
            elif report.verdict is Verdict.CHANGED:
                assistants.overwrite(
                    saved.id, saved.spec, actor=actor, origin=origin, expected_version=expected_version(saved, known)
                )
    except (IntegrityError, NotFound, Conflict):
        return entry.report.told(Verdict.REFUSED, OVERTAKEN)
    return report


def _repeated(report: RowReport, original: RowReport) -> RowReport:
    """A row that says the same as an earlier one, which has been dealt with by now."""
    if original.verdict is Verdict.REFUSED:
        return replace(report, reasons=original.reasons)
    return replace(report, verdict=Verdict.UNCHANGED)


def store_draft(filename: str, content: bytes, *, actor: Actor) -> ImportDraft:
    """Keep an uploaded file until it is confirmed; raises `UnreadableFile`. Drafts past their time are removed."""
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


def get_draft(draft_id: str, *, actor: Actor) -> ImportDraft:
    """A draft of the actor's own; raises `NotFound`."""
    return _own_draft(draft_id, actor)


def draft_report(draft: ImportDraft) -> Report | None:
    """What the import did, or would do now; None while it runs, and for one that was interrupted."""
    if draft.report is not None:
        return Report.from_json(draft.report)
    return plan(read_rows(draft.content)) if draft.imported_at is None else None


def confirm_draft(draft_id: str, *, actor: Actor) -> ImportDraft:
    """Import the file and keep the report in its place. Confirming a second time does nothing."""
    with transaction(db.session):
        draft = _own_draft(draft_id, actor, locked=True)
        if draft.imported_at is not None:
            return draft
        # Said before the work begins, so that a second press of the button doesn't begin it again.
        draft.imported_at = utc_now()
    report = run(read_rows(draft.content), actor=actor)
    with transaction(db.session):
        draft.report, draft.content = report.as_json(), b""
    return draft


def discard_draft(draft_id: str, *, actor: Actor) -> None:
    with transaction(db.session):
        db.session.delete(_own_draft(draft_id, actor, locked=True))


def _own_draft(draft_id: str, actor: Actor, *, locked: bool = False) -> ImportDraft:
    statement = select(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.person_id == actor.id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    draft = db.session.scalar(statement)
    if draft is None:
        raise NotFound("There is no such import. Files that were uploaded more than 7 days ago are gone.")
    return draft


def examples() -> list[AssistantSpec]:
    """The example assistants that come with Greenroom, in the order of their files' names."""
    return [AssistantSpec.parse(tomllib.loads(path.read_text())) for path in sorted(EXAMPLES.glob("*.toml"))]


def add_examples(*, actor: Actor) -> None:
    """Create all example assistants; raises `Conflict` unless there has never been an assistant."""
    with transaction(db.session):
        if not assistants.is_empty():
            raise Conflict("There are assistants already. Examples can only be added to an empty list.")
        for spec in reversed(examples()):
            assistants.create(spec, actor=actor, origin=Origin.EXAMPLE)
