"""Bringing a batch of assistants in, all or nothing: what would happen to each, and making it so in one transaction.

Unlike the import of a saved list, which skips what it can't write, a batch with one refusal writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from app.assistants import service as assistants
from app.core.actors import Actor, Origin
from app.core.database import Record, transaction
from app.core.errors import Conflict, NotFound
from app.exchange.judging import expected_version, judged
from app.exchange.report import LONGEST_NAME, Report, RowReport, Verdict, legible
from app.exchange.rows import SavedAssistant
from app.extensions import db

CHUNK = 100
# So many refusals are told by name in one sentence.
NAMED = 5
CHANGED_HERE = "It was to go to the trash, but it has been changed here since the folder was written."
OVERTAKEN = "Nothing was written: somebody else wrote one of these assistants at the same moment. Try again."


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be done at once: assistants to bring in, oldest first, and ids to move to the trash.

    Each of `gone` has the fingerprint it must still have. `force` writes over what was changed here meanwhile.
    """

    saved: Sequence[SavedAssistant]
    gone: Sequence[tuple[str, str]] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """One row with what it was judged by; `saved` is None for the trash."""

    report: RowReport
    saved: SavedAssistant | None
    known: Record | None


def foresee(batch: Batch) -> Report:
    """What `carry_out` would do now, those for the trash last; writes nothing."""
    return Report(tuple(step.report for chunk in _chunks(batch) for step in chunk))


def carry_out(batch: Batch, *, actor: Actor, note: str | None = None) -> Report:
    """Do all of it in one transaction; raises `Conflict` if a single one is refused, and writes nothing then."""
    rows: list[RowReport] = []
    with transaction(db.session):
        for chunk in _chunks(batch):
            try:
                for step in chunk:
                    _write(step, actor=actor, note=note)
            except (IntegrityError, NotFound, Conflict):
                raise Conflict(OVERTAKEN) from None
            rows += (step.report for step in chunk)
        if refused := [row for row in rows if row.verdict is Verdict.REFUSED]:
            raise Conflict(_told(refused))
    return Report(tuple(rows))


def _chunks(batch: Batch) -> Iterator[list[_Step]]:
    """The steps, judged by what is here now, so many at a time."""
    for start in range(0, len(batch.saved), CHUNK):
        part = batch.saved[start : start + CHUNK]
        standings = assistants.standings([saved.id for saved in part])
        yield [
            _step(position, saved, standings.get(saved.id), batch)
            for position, saved in enumerate(part, start=start + 1)
        ]
    for start in range(0, len(batch.gone), CHUNK):
        leaving = batch.gone[start : start + CHUNK]
        standings = assistants.standings([named for named, _ in leaving])
        first = len(batch.saved) + start + 1
        yield [
            _leaving(position, named, fingerprint, standings.get(named), batch)
            for position, (named, fingerprint) in enumerate(leaving, start=first)
        ]


def _step(position: int, saved: SavedAssistant, known: Record | None, batch: Batch) -> _Step:
    report = RowReport(position, saved.id, legible(saved.spec.name, LONGEST_NAME), Verdict.REFUSED)
    return _Step(judged(report, saved, known, force=batch.force), saved, known)


def _leaving(position: int, named: str, fingerprint: str, known: Record | None, batch: Batch) -> _Step:
    report = RowReport(position, named, None, Verdict.UNCHANGED)
    if known is None or known.deleted_at is not None:
        return _Step(report, None, known)
    if known.fingerprint != fingerprint and not batch.force:
        return _Step(report.told(Verdict.REFUSED, CHANGED_HERE), None, known)
    return _Step(report.told(Verdict.REMOVED), None, known)


def _write(step: _Step, *, actor: Actor, note: str | None) -> None:
    saved, known = step.saved, step.known
    match step.report.verdict:
        case Verdict.CREATED if saved:
            assistants.create(
                saved.spec, actor=actor, origin=Origin.IMPORT, id=saved.id, created_at=saved.created_at, note=note
            )
        case Verdict.CHANGED if saved:
            expected = expected_version(saved, known)
            assistants.overwrite(
                saved.id, saved.spec, actor=actor, origin=Origin.IMPORT, expected_version=expected, note=note
            )
        case Verdict.REMOVED if known:
            assistants.delete(known.id, actor=actor, expected_version=known.version)


def _told(refused: list[RowReport]) -> str:
    named = "; ".join(
        f"{row.id}{f' ({row.name})' if row.name else ''}: {' '.join(row.reasons)}" for row in refused[:NAMED]
    )
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    return f"Nothing was written. {named}{more}"
