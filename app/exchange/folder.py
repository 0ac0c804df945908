"""The folder of files on a disk: reading it without following anything out of it, and changing it all or nothing.

A change is gathered in a folder beside the files, which then gets the name that makes it count; only after that are the
files moved into place. Whoever opens the folder next finishes what was interrupted there. What stands in the files is
in `filing`.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from app.core.errors import Fault, Invalid
from app.exchange.file_names import is_file_name
from app.exchange.filing import (
    ATTRIBUTES,
    ATTRIBUTES_TEXT,
    FOLDER,
    LONGEST_FILE,
    MANIFEST,
    SETTINGS,
    TEXT,
    Entry,
    Filed,
    filed,
    is_of_assistant,
    manifest_bytes,
    read_manifest,
)

PARTIAL, READY, REMOVED = ".greenroom-partial", ".greenroom-ready", "removed.json"


class Folder:
    """A folder of assistants. Files that no assistant has are neither read, nor changed, nor removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = path / FOLDER

    @classmethod
    def at(cls, path: Path) -> Folder:
        """One to look at, which may not be there yet."""
        folder = cls(path)
        folder.finish()
        return folder

    @classmethod
    def existing(cls, path: Path) -> Folder:
        """One to read from; raises `Invalid` when there is none."""
        folder = cls.at(path)
        if not folder.files.is_dir():
            raise _refused(f"{path} holds no folder '{FOLDER}'. `flask assistants pull` writes one.")
        return folder

    @classmethod
    def made(cls, path: Path) -> Folder:
        """One to write into, which may have to be made."""
        try:
            folder = cls.at(path)
            folder.files.mkdir(parents=True, exist_ok=True)
        except OSError as refusal:
            raise _refused(f"{path} can't be written: {refusal.strerror}.") from None
        return folder

    @cached_property
    def manifest(self) -> dict[str, Entry]:
        """What the folder says of itself, by id, in its order; nothing where nobody pulled yet."""
        raw = _read(self.path / MANIFEST, MANIFEST)
        return {entry.id: entry for entry in read_manifest(raw)} if raw is not None else {}

    @cached_property
    def names(self) -> frozenset[str]:
        """What the files in it are called, without their endings: all of them, whoever's they are."""
        return frozenset(Path(name).stem for name in self._listed)

    def read(self) -> Iterator[Filed]:
        """Every assistant in it, in the order of the manifest, those that it doesn't know at the end."""
        bases = {entry.id: entry.fingerprint for entry in self.manifest.values()}
        known = {entry.file: entry for entry in self.manifest.values()}
        found = {name.removesuffix(SETTINGS) for name in self._listed if name.endswith(SETTINGS)}
        found |= {file for file in known if file + TEXT in self._listed}
        seen: dict[str, str] = {}
        for file in [*(file for file in known if file in found), *sorted(found - known.keys())]:
            each = self._one(file, bases)
            if each.faults:
                yield each
                continue
            first = seen.setdefault(str(each.row["id"]), file)
            yield each if first == file else _repeated(each, first)

    def one(self, file: str) -> Filed:
        """The assistant in the files of this name."""
        return self._one(file, {})

    def bytes_of(self, name: str) -> bytes | None:
        """What stands in one file of the folder `assistants`; None where there is none."""
        return _read(self.files / name, f"{FOLDER}/{name}") if name in self._listed else None

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """A change that counts when the block ends well; otherwise the folder stays as it is."""
        change = Change(self.path, self.manifest.values())
        try:
            yield change
            if not change.counts:
                return
            change.seal()
        except OSError as refusal:
            raise _refused(f"{self.path} can't be written: {refusal.strerror}.") from None
        finally:
            shutil.rmtree(self.path / PARTIAL, ignore_errors=True)
        try:
            self.finish()
        except KeyboardInterrupt:
            # It counts already, and the next command would finish it anyway.
            self.finish()

    def finish(self) -> None:
        """Move a change into place that counts, and forget one that doesn't. Doing it again does no harm."""
        self._forget()
        for part in (self.files, self.path / PARTIAL, self.path / READY):
            if part.is_symlink() or (part.exists() and not part.is_dir()):
                raise _refused(f"{part} is not a folder of its own. Take it away, or choose another place.")
        if (self.path / PARTIAL).exists():
            shutil.rmtree(self.path / PARTIAL)
        if not (ready := self.path / READY).exists():
            return
        self.files.mkdir(exist_ok=True)
        gathered = ready / FOLDER
        for path in sorted(gathered.iterdir()) if gathered.is_dir() and not gathered.is_symlink() else []:
            if _is_ours(path.name) and _is_plain(path):
                path.replace(self.files / path.name)
        for name in _names_in(ready / REMOVED):
            (self.files / name).unlink(missing_ok=True)
        if _is_plain(ready / MANIFEST):
            (ready / MANIFEST).replace(self.path / MANIFEST)
        shutil.rmtree(ready)

    @cached_property
    def _listed(self) -> frozenset[str]:
        found = []
        for path in self.files.iterdir() if self.files.is_dir() else ():
            if path.name.endswith((SETTINGS, TEXT)) and not path.name.startswith("."):
                if not _is_plain(path):
                    raise _refused(f"{FOLDER}/{path.name} is a link or no file. Put the file itself in its place.")
                found.append(path.name)
        return frozenset(found)

    def _one(self, file: str, bases: Mapping[str, str]) -> Filed:
        try:
            if not is_file_name(file):
                raise _refused(f"{FOLDER}/{file}{SETTINGS}: not every system can keep this name. Choose another one.")
            return filed(file, self.bytes_of(file + SETTINGS), self.bytes_of(file + TEXT), bases)
        except Invalid as refusal:
            return Filed(file, {}, "", faults=refusal.faults)

    def _forget(self) -> None:
        for known in ("manifest", "names", "_listed"):
            self.__dict__.pop(known, None)


class Change:
    """Files on their way into a folder. It `counts` unless there is nothing to do, or somebody gave it up."""

    def __init__(self, path: Path, listed: Collection[Entry]) -> None:
        self._path = path
        self._partial = path / PARTIAL
        self._listed = [*listed]
        self._removed: list[str] = []
        self.counts = False
        (self._partial / FOLDER).mkdir(parents=True)

    def put(self, name: str, content: bytes) -> None:
        """Have this in the file of this name in the folder `assistants`."""
        _write(self._partial / FOLDER / name, content)
        self.counts = True

    def remove(self, names: Collection[str]) -> None:
        """Have these files of the folder `assistants` gone."""
        self._removed += names
        self.counts = True

    def list_as(self, entries: Collection[Entry]) -> None:
        """Have this manifest."""
        if [*entries] != self._listed:
            _write(self._partial / MANIFEST, manifest_bytes(entries))
            self.counts = True

    def give_up(self) -> None:
        """Have the folder stay as it is."""
        self.counts = False

    def seal(self) -> None:
        """From here on the change counts."""
        if not (self._path / FOLDER / ATTRIBUTES).exists():
            self.put(ATTRIBUTES, ATTRIBUTES_TEXT)
        _write(self._partial / REMOVED, json.dumps(self._removed).encode())
        # All together at the end: one by one would take several times as long.
        _settle(self._partial)
        self._partial.rename(self._path / READY)


def _repeated(each: Filed, first: str) -> Filed:
    message = (
        f"{FOLDER}/{each.file}{SETTINGS} has the id of {FOLDER}/{first}{SETTINGS}. "
        "Take the id out of the copy, and it becomes an assistant of its own."
    )
    return Filed(each.file, {}, each.base, faults=(Fault("id", "invalid_value", message),))


def _read(path: Path, where: str) -> bytes | None:
    """The bytes of an ordinary file of a bounded size; None where there is none. No link is followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as refusal:
        if path.is_symlink():
            raise _refused(f"{where} is a link. Put the file itself in its place.") from None
        raise _refused(f"{where} can't be read: {refusal.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _refused(f"{where} is not an ordinary file.")
        content = file.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise _refused(f"{where} is larger than {LONGEST_FILE // 2**20} MB.")
    return content


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _settle(folder: Path) -> None:
    """Have every file below on the disk."""
    for path in folder.rglob("*"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_ours(name: str) -> bool:
    return name == ATTRIBUTES or is_of_assistant(name)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _names_in(path: Path) -> list[str]:
    try:
        names = json.loads(path.read_bytes()) if _is_plain(path) else []
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str) and _is_ours(name)] if isinstance(names, list) else []


def _refused(sentence: str) -> Invalid:
    return Invalid.one("folder", None, sentence)
