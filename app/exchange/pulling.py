"""Bringing a folder up to date with a registry, without losing what was changed in the folder.

Each assistant is looked at in three states: as it was when it was written into the folder, as the folder has it now,
and as the registry has it. What the folder alone changed stays; what both changed is a conflict, and then nothing is
written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.assistants.identifiers import is_id
from app.assistants.spec import AssistantSpec
from app.core.errors import Invalid
from app.exchange.file_names import FileNames, key_of
from app.exchange.filing import SETTINGS, TEXT, Entry, Filed, files_of
from app.exchange.folder import Change, Folder
from app.exchange.report import LONGEST_NAME, Report, RowReport, Verdict, legible
from app.exchange.rows import parse_row

BOTH_CHANGED = "It has been changed in the folder, and in the registry too. --force takes the registry's."
GONE = "It has been changed in the folder, and it is gone from the registry. --force takes its files away."
UNREADABLE = "Its files can't be read, and it has been changed in the registry. --force writes them anew."


@dataclass(frozen=True, slots=True)
class State:
    """A live assistant of a registry: its object as the API sends it, and the fingerprint over its fields."""

    given: dict[str, Any]
    fingerprint: str

    @property
    def id(self) -> str:
        return str(self.given["id"])

    @property
    def name(self) -> str | None:
        return legible(self.given["name"], LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class _Local:
    """What the folder has of an assistant. `fingerprint` is None when its files can't be read."""

    file: str
    fingerprint: str | None


def pull(
    folder: Folder,
    states: Iterable[State],
    *,
    force: bool = False,
    dry_run: bool = False,
    on_row: Callable[[RowReport], object] | None = None,
) -> Report:
    """Make the folder what the registry is; `states` come oldest first. With a conflict, nothing is written."""
    work = _Pull(folder, force)
    if dry_run:
        return work.over(states, None, on_row)
    with folder.changing() as change:
        report = work.over(states, change, on_row)
        if report.count(Verdict.REFUSED):
            change.give_up()
        else:
            change.list_as(work.entries[::-1])
    return report


class _Pull:
    """One pull. `entries` are the lines of the new manifest, oldest first."""

    def __init__(self, folder: Folder, force: bool) -> None:
        self.entries: list[Entry] = []
        self._folder, self._force = folder, force
        self._manifest = dict(folder.manifest)
        self._local = _local_states(folder)
        files = {entry.file for entry in self._manifest.values()}
        self._there = {key_of(name) for name in folder.names}
        self._names = FileNames(folder.names | files)
        self._rows: list[RowReport] = []

    def over(
        self, states: Iterable[State], change: Change | None, on_row: Callable[[RowReport], object] | None
    ) -> Report:
        heard = on_row or (lambda _row: None)
        for state in states:
            self._rows.append(self._judge(state, change))
            heard(self._rows[-1])
        for entry in self._manifest.values():
            self._rows.extend(self._gone(entry, change))
        return Report(tuple(self._rows))

    def _judge(self, state: State, change: Change | None) -> RowReport:
        base, mine = self._manifest.pop(state.id, None), self._local.pop(state.id, None)
        file = mine.file if mine else self._file_for(state, base)
        self.entries.append(Entry(state.id, file, state.fingerprint))
        report = RowReport(len(self._rows) + 1, state.id, state.name, Verdict.UNCHANGED)
        if mine is None:
            self._put(state, file, change)
            return report.told(Verdict.CREATED)
        was = base.fingerprint if base else None
        if mine.fingerprint == state.fingerprint:
            return report
        if was == state.fingerprint and not self._force:
            return report.told(Verdict.KEPT)
        if mine.fingerprint != was and not self._force:
            return report.told(Verdict.REFUSED, UNREADABLE if mine.fingerprint is None else BOTH_CHANGED)
        self._put(state, file, change)
        return report.told(Verdict.CHANGED, fields=self._fields(state, mine))

    def _gone(self, entry: Entry, change: Change | None) -> Iterable[RowReport]:
        """What was written here once and is no longer in the registry."""
        mine = self._local.pop(entry.id, None)
        if mine is None:
            return
        filed = self._folder.one(mine.file)
        name = legible(filed.row.get("name"), LONGEST_NAME)
        report = RowReport(len(self._rows) + 1, entry.id, name, Verdict.UNCHANGED)
        if mine.fingerprint != entry.fingerprint and not self._force:
            yield report.told(Verdict.REFUSED, GONE)
            return
        if change is not None:
            change.remove([mine.file + SETTINGS, mine.file + TEXT])
        yield report.told(Verdict.REMOVED)

    def _file_for(self, state: State, base: Entry | None) -> str:
        """The name its files had before somebody took them away, or a new one."""
        if base is not None and key_of(base.file) not in self._there:
            return base.file
        return self._names.give(state.given["name"], state.id)

    def _put(self, state: State, file: str, change: Change | None) -> None:
        if change is None:
            return
        files = files_of(state.given, file)
        for name, content in files.items():
            if self._folder.bytes_of(name) != content:
                change.put(name, content)
        if file + TEXT not in files and file in self._folder.names:
            change.remove([file + TEXT])

    def _fields(self, state: State, mine: _Local) -> tuple[str, ...]:
        """What is written over, as far as it can be read."""
        try:
            spec = parse_row(self._folder.one(mine.file)).spec
        except Invalid:
            return ()
        return tuple(AssistantSpec.model_construct(**state.given).differences(spec))


def _local_states(folder: Folder) -> dict[str, _Local]:
    """What the folder has, by id. One whose files can't be read is known by the manifest alone."""
    found: dict[str, _Local] = {}
    unreadable: list[Filed] = []
    for each in folder.read():
        try:
            saved = parse_row(each)
        except Invalid:
            unreadable.append(each)
            continue
        if not each.is_new:
            found[saved.id] = _Local(each.file, saved.fingerprint)
    listed = {entry.file: entry.id for entry in folder.manifest.values()}
    for each in unreadable:
        told = each.row.get("id")
        if (named := told if is_id(told) and not each.is_new else listed.get(each.file)) is not None:
            found.setdefault(named, _Local(each.file, None))
    return found
