"""What becomes of an assistant that is brought in, given what is here under its id. Nothing is written here."""

from __future__ import annotations

from app.assistants import service as assistants
from app.core.database import Record
from app.exchange.report import RowReport, Verdict
from app.exchange.rows import SavedAssistant

IN_TRASH = "It is in the trash. Restore it there first."
NEWER_HERE = "It has been changed here since the folder was written, and not in the folder. It stays as it is here."
BOTH_CHANGED = (
    "It has been changed here since the folder was written, and in the folder too. "
    "Write the folder anew, and make your change on top of what is here."
)
UNKNOWN_BASE = "It is here already and differs, and the folder doesn't say from which state it was changed."


def judged(report: RowReport, saved: SavedAssistant, known: Record | None, *, force: bool = False) -> RowReport:
    """`report` with its verdict. `known` is what `standings` tells of the id; `force` overwrites what is newer here."""
    if known is None:
        return report.told(Verdict.CREATED)
    if known.deleted_at is not None:
        return report.told(Verdict.REFUSED, IN_TRASH)
    if known.fingerprint == saved.fingerprint:
        return report.told(Verdict.UNCHANGED)
    if saved.base is not None and saved.base != known.fingerprint and not force:
        if saved.base == saved.fingerprint:
            return report.told(Verdict.KEPT, NEWER_HERE)
        return report.told(Verdict.REFUSED, BOTH_CHANGED if saved.base else UNKNOWN_BASE)
    fields = saved.spec.differences(assistants.get(saved.id).spec())
    return report.told(Verdict.CHANGED, fields=fields)


def expected_version(saved: SavedAssistant, known: Record | None) -> int | None:
    """The version that was judged, where another one may not be overwritten."""
    return known.version if known is not None and saved.base is not None else None
