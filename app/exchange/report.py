"""What an import did, or would do: a verdict and its reasons for each row. How it is shown is the doors' business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

# A broken row may hold anything in place of a name, and verdicts quote what they refuse.
LONGEST_NAME = 256
LONGEST_REASON = 1_000


class Verdict(StrEnum):
    """What became of a row. The order is that of the summary."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"
    SKIPPED = "skipped"


# Only folders have the first two, and only an import that was stopped the last. They are counted where there are any.
SELDOM = {Verdict.REMOVED, Verdict.KEPT, Verdict.SKIPPED}


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row. `position` counts from 1 in the file's order; `fields` names what a change changes."""

    position: int
    id: str | None
    name: str | None
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def told(self, verdict: Verdict, *reasons: str, fields: Iterable[str] = ()) -> RowReport:
        """The same row with its verdict; the reasons are cut to what can be shown."""
        shown = tuple(legible(reason, LONGEST_REASON) or "" for reason in reasons)
        return replace(self, verdict=verdict, reasons=shown, fields=tuple(fields))

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> RowReport:
        """The row that `asdict` wrote down."""
        lists = {"reasons": tuple(row["reasons"]), "fields": tuple(row["fields"])}
        return cls(**row | {"verdict": Verdict(row["verdict"])} | lists)


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of one import, in the file's order."""

    rows: tuple[RowReport, ...]

    @classmethod
    def of(cls, rows: Iterable[RowReport]) -> Report:
        """The report of rows that come in any order."""
        return cls(tuple(sorted(rows, key=lambda row: row.position)))

    def count(self, verdict: Verdict) -> int:
        return self.counts().get(verdict, 0)

    def counts(self) -> dict[Verdict, int]:
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict if found[verdict] or verdict not in SELDOM}

    def writes(self) -> int:
        """How many assistants it writes."""
        return self.count(Verdict.CREATED) + self.count(Verdict.CHANGED)

    def summary(self, what: str = "in the file") -> str:
        """One line: `704 in the file: 704 created, 0 changed, 0 unchanged, 0 refused`."""
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts().items())
        return f"{len(self.rows)} {what}: {counts}"

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]

    @classmethod
    def from_json(cls, rows: Iterable[dict[str, Any]]) -> Report:
        """The report that `as_json` wrote down."""
        return cls(tuple(RowReport.from_json(row) for row in rows))

    def as_counts(self) -> dict[str, int]:
        """The number of each verdict, by its word."""
        return {verdict.value: self.count(verdict) for verdict in Verdict}


def legible(value: Any, longest: int) -> str | None:
    """`value` when it is text: cut to a length that can be shown, without the halves of characters."""
    if not isinstance(value, str):
        return None
    cut = value if len(value) <= longest else f"{value[:longest]}…"
    return cut.encode(errors="replace").decode()
