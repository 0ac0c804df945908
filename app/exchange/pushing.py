"""Bringing a folder back into a registry: what the folder changed, all of it or nothing, and never over newer work.

Assistants that the registry changed and the folder didn't are left as they are there. What is missing from the folder
stays too, unless it is asked for; and what was never in it is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.errors import Invalid
from app.exchange.batch import Batch
from app.exchange.filing import SETTINGS, Entry, Filed, settings_bytes
from app.exchange.folder import Folder
from app.exchange.pulling import State
from app.exchange.registries import Registry
from app.exchange.report import Report, RowReport, Verdict
from app.exchange.rows import SavedAssistant, labels_of, parse_row


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did, or would do. `missing` are those that the folder had once and the registry still has."""

    report: Report
    missing: tuple[RowReport, ...]
    written: bool


@dataclass(frozen=True, slots=True)
class Options:
    """`delete` moves to the trash what is missing from the folder, `force` writes over what is newer there."""

    delete: bool = False
    force: bool = False
    dry_run: bool = False
    note: str | None = None


def push(
    folder: Folder,
    registry: Registry,
    states: Iterable[State],
    options: Options,
    *,
    before_writing: Callable[[], object] = lambda: None,
) -> Pushed:
    """Make the registry what the folder is; `states` are the registry's. With a single refusal nothing is written."""
    work = _Push(folder, {state.id: (state.fingerprint, state.name) for state in states})
    wish = Batch(work.changed(), work.leaving() if options.delete else (), options.force)
    foreseen = registry.foresee(wish) if wish.saved or wish.gone else Report(())
    report, missing = work.report(foreseen), () if options.delete else work.missing()
    if options.dry_run or report.count(Verdict.REFUSED):
        return Pushed(work.without_new_ids(report), missing, written=False)
    if report.writes() or report.count(Verdict.REMOVED):
        work.name_new_ones()
        before_writing()
        registry.carry_out(wish, note=options.note)
    work.list_anew(report)
    return Pushed(report, missing, written=True)


class _Push:
    """One push: what the folder has, next to what is live in the registry (fingerprint and name by id)."""

    def __init__(self, folder: Folder, live: dict[str, tuple[str, str | None]]) -> None:
        self._folder, self._live = folder, live
        self._rows: list[RowReport] = []
        self._new: list[tuple[Filed, SavedAssistant]] = []
        self._changed: list[SavedAssistant] = []
        self._found: dict[str, Entry] = {}
        self._born: dict[str, int] = {}
        self._unreadable: set[str] = set()
        for position, each in enumerate(folder.read(), start=1):
            self._look_at(position, each)

    def changed(self) -> list[SavedAssistant]:
        """Those that differ from the registry's, oldest first; where dates tie, the manifest's last first."""
        last_first = self._changed[::-1]
        return sorted(last_first, key=lambda saved: saved.created_at)

    def leaving(self) -> list[tuple[str, str]]:
        """Those that are missing from the folder, with the fingerprint they were written with."""
        return [(entry.id, entry.fingerprint) for entry in self._missing()]

    def missing(self) -> tuple[RowReport, ...]:
        return tuple(
            RowReport(position, entry.id, self._live[entry.id][1], Verdict.UNCHANGED)
            for position, entry in enumerate(self._missing(), start=1)
        )

    def report(self, foreseen: Report) -> Report:
        """Every row of the folder with its verdict, then those for the trash."""
        told = {row.id: row for row in foreseen.rows}
        rows = [
            row.told(told[row.id].verdict, *told[row.id].reasons, fields=told[row.id].fields) if row.id in told else row
            for row in self._rows
        ]
        mine = {row.id for row in rows}
        leaving = [replace(row, name=self._live[row.id][1]) for row in foreseen.rows if row.id and row.id not in mine]
        return Report((*rows, *leaving))

    def without_new_ids(self, report: Report) -> Report:
        """The report as long as nobody knows the ids of new assistants."""
        new = {saved.id for _, saved in self._new}
        return Report(tuple(replace(row, id=None) if row.id in new else row for row in report.rows))

    def name_new_ones(self) -> None:
        """Write the ids of new assistants into their files, before anything else knows them: a push can be repeated."""
        with self._folder.changing() as change:
            for each, saved in self._new:
                settings = {"id": saved.id, "created_at": saved.created_at} | each.row
                if settings["instructions"] is not None:
                    del settings["instructions"]
                change.put(each.file + SETTINGS, settings_bytes(settings))

    def list_anew(self, report: Report) -> None:
        """Have the manifest say which state of the registry each file stands for now.

        That is the state in the folder, also of one that the registry alone has changed: it is as it was written.
        """
        removed = {row.id for row in report.rows if row.verdict is Verdict.REMOVED}
        kept = self._folder.manifest
        new = sorted(self._found.keys() - kept.keys(), key=self._born.__getitem__, reverse=True)
        entries = [
            self._found.get(named) or kept[named]
            for named in [*new, *kept]
            if named in self._found or (named in self._live and named not in removed)
        ]
        with self._folder.changing() as change:
            change.list_as(entries)

    def _look_at(self, position: int, each: Filed) -> None:
        report = RowReport(position, *labels_of(each), Verdict.UNCHANGED)
        try:
            saved = parse_row(each)
        except Invalid as refusal:
            reasons = (fault.message for fault in refusal.faults)
            self._rows.append(report.told(Verdict.REFUSED, *reasons))
            self._note_unreadable(each)
            return
        self._rows.append(replace(report, id=saved.id))
        self._found[saved.id] = Entry(saved.id, each.file, saved.fingerprint)
        self._born[saved.id] = saved.created_at
        if each.is_new:
            self._new.append((each, saved))
        if saved.fingerprint != self._live.get(saved.id, ("", None))[0]:
            self._changed.append(saved)

    def _note_unreadable(self, each: Filed) -> None:
        """It is there, though nobody can read it: not missing."""
        told = each.row.get("id")
        listed = {entry.file: entry.id for entry in self._folder.manifest.values()}
        self._unreadable |= {str(named) for named in (told, listed.get(each.file)) if named is not None}

    def _missing(self) -> list[Entry]:
        there = self._found.keys() | self._unreadable
        return [entry for entry in self._folder.manifest.values() if entry.id in self._live and entry.id not in there]
