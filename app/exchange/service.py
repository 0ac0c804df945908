"""The verbs of import at once: a run over the rows of a file, dry or real; the examples.

A file that is uploaded, looked at and then imported in steps is in `uploads`. Export only reads; it is in `export`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from app.assistants import service as assistants
from app.assistants.spec import AssistantSpec
from app.audit.service import Verb, note
from app.core.actors import Actor, Origin
from app.core.database import transaction
from app.core.errors import Conflict
from app.exchange.importing import Entry, Judged, foreseen, written
from app.exchange.report import Report, RowReport
from app.extensions import db

EXAMPLES = Path(__file__).parent / "examples"

OnRow = Callable[[RowReport], object]
Hear = Callable[[Iterable[RowReport]], None]


def plan(rows: Sequence[Any]) -> Report:
    """What `run` would do now; writes nothing."""
    return _over(rows, lambda chunk, hear: hear(foreseen(chunk)))


def run(rows: Sequence[Any], *, actor: Actor, on_row: OnRow | None = None) -> Report:
    """Bring the rows of a saved list in, keeping ids, dates and order; a bad row is reported and skipped.

    `on_row` hears of every row once it is judged. A failure half way leaves whole chunks: running it again goes on.
    """

    def write(chunk: Sequence[Entry], hear: Hear) -> None:
        with transaction(db.session):
            hear(written(chunk, actor=actor))

    report = _over(rows, write, on_row)
    note(Verb.LIST_IMPORTED, "assistants", actor=actor, **report.as_counts())
    return report


def _over(rows: Sequence[Any], deal: Callable[[Sequence[Entry], Hear], None], on_row: OnRow | None = None) -> Report:
    """The report, once `deal` has dealt with each chunk of rows that are fit to be written, and had it heard."""
    file = Judged(rows)
    done: dict[int, RowReport] = {}

    def hear(reports: Iterable[RowReport]) -> None:
        for report in reports:
            done[report.position] = report
            if on_row:
                on_row(report)

    hear(file.refused)
    for chunk in file.chunks():
        deal(chunk, hear)
    hear(list(file.repeats(done)))
    return Report.of(done.values())


def examples() -> list[AssistantSpec]:
    """The example assistants that come with Greenroom, in the order of their files' names."""
    import tomllib

    return [AssistantSpec.parse(tomllib.loads(path.read_text())) for path in sorted(EXAMPLES.glob("*.toml"))]


def add_examples(*, actor: Actor) -> None:
    """Create all example assistants; raises `Conflict` unless there has never been an assistant."""
    with transaction(db.session):
        if not assistants.is_empty():
            raise Conflict("There are assistants already. Examples can only be added to an empty list.")
        for spec in reversed(examples()):
            assistants.create(spec, actor=actor, origin=Origin.EXAMPLE)
