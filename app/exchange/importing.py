"""Going over the rows of a saved file: each is judged, and written in chunks that are whole or not there at all.

The verbs are in `service` and `uploads`. What a file looks like is said by `formats`, what makes a row an assistant by
`rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.assistants import service as assistants
from app.core.actors import Actor, Origin
from app.core.database import Record
from app.core.errors import Conflict, Invalid, NotFound
from app.exchange.judging import expected_version, judged
from app.exchange.report import RowReport, Verdict
from app.exchange.rows import SavedAssistant, labels_of, parse_row
from app.extensions import db

# So many rows are written, or looked up, at a time: enough to be quick, few enough to let other writers in between.
CHUNK = 100

OVERTAKEN = "Somebody else wrote this assistant at the same moment. Import the file again."


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that keeps every rule and is the first with its id, with a report that still lacks its verdict."""

    saved: SavedAssistant
    report: RowReport


class Judged:
    """One file's rows, judged as far as that is possible without the database.

    `entries` are fit to be written, in the order of writing; `refused` are not; `repeats` say the same as an entry
    before them and have no verdict until that one has.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.refused: list[RowReport] = []
        self._entries: list[Entry] = []
        self._repeats: list[tuple[RowReport, Entry]] = []
        first: dict[str, Entry] = {}
        for position, row in enumerate(rows, start=1):
            self._judge(position, row, first)
        self.entries = _oldest_first(self._entries)

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[Sequence[Entry]]:
        """The entries from the one numbered `start`, counted from 0, up to `end`, so many at a time."""
        part = self.entries[start:end]
        for first in range(0, len(part), CHUNK):
            yield part[first : first + CHUNK]

    def repeats(self, done: dict[int, RowReport]) -> Iterator[RowReport]:
        """The verdicts of the rows that repeat another one; `done` has the reports by their position."""
        for report, original in self._repeats:
            yield _repeated(report, done[original.report.position])

    def _judge(self, position: int, row: Any, first: dict[str, Entry]) -> None:
        report = RowReport(position, *labels_of(row), Verdict.REFUSED)
        try:
            saved = parse_row(row)
        except Invalid as refusal:
            self.refused.append(report.told(Verdict.REFUSED, *(fault.message for fault in refusal.faults)))
            return
        original = first.setdefault(saved.id, Entry(saved, report))
        if original.report is report:
            self._entries.append(original)
        elif (original.saved.created_at, original.saved.fingerprint) == (saved.created_at, saved.fingerprint):
            self._repeats.append((report, original))
        else:
            where = original.report.position
            self.refused.append(
                report.told(Verdict.REFUSED, f"It has the id of number {where} in this file, but differs.")
            )


def foreseen(chunk: Sequence[Entry]) -> Iterator[RowReport]:
    """What `written` would do now; writes nothing."""
    known = assistants.standings([entry.saved.id for entry in chunk])
    for entry in chunk:
        yield judged(entry.report, entry.saved, known.get(entry.saved.id))


def written(chunk: Sequence[Entry], *, actor: Actor) -> Iterator[RowReport]:
    """Write a chunk, within the caller's transaction, keeping ids and dates; what can't be written is reported."""
    known = assistants.standings([entry.saved.id for entry in chunk])
    for entry in chunk:
        yield _write(entry, known.get(entry.saved.id), actor)


def _write(entry: Entry, known: Record | None, actor: Actor) -> RowReport:
    saved = entry.saved
    try:
        # A row of its own inside the chunk: somebody else may have written the same id since it was looked up.
        with db.session.begin_nested():
            report = judged(entry.report, saved, known)
            if report.verdict is Verdict.CREATED:
                assistants.create(
                    saved.spec, actor=actor, origin=Origin.IMPORT, id=saved.id, created_at=saved.created_at
                )
                report = replace(report, id=saved.id)
            elif report.verdict is Verdict.CHANGED:
                expected = expected_version(saved, known)
                assistants.overwrite(saved.id, saved.spec, actor=actor, origin=Origin.IMPORT, expected_version=expected)
    except (IntegrityError, NotFound, Conflict):
        return entry.report.told(Verdict.REFUSED, OVERTAKEN)
    return report


def _oldest_first(entries: list[Entry]) -> list[Entry]:
    """The rows in the order of writing. The list shows what was written last first, so that dates that tie keep theirs.

    A file is taken to be newest first, unless its dates rise more often than they fall.
    """
    steps = [after.saved.created_at - before.saved.created_at for before, after in pairwise(entries)]
    rises, falls = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return entries if rises > falls else entries[::-1]


def _repeated(report: RowReport, original: RowReport) -> RowReport:
    """A row that says the same as an earlier one, which has been dealt with by now."""
    if original.verdict in {Verdict.REFUSED, Verdict.SKIPPED}:
        return replace(report, verdict=original.verdict, reasons=original.reasons)
    return replace(report, verdict=Verdict.UNCHANGED)
