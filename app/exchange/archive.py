"""The folder of files as one ZIP file: written while it is read, and read without trusting it.

What a ZIP file says of itself is checked before anything is unpacked: sizes, names, links. What stands in the files is
in `filing`.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO, RawIOBase
from pathlib import PurePosixPath
from typing import Any

from app.core.database import utc_now
from app.core.errors import Fault, Invalid
from app.exchange.file_names import FileNames
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
    files_of,
    is_of_assistant,
    manifest_bytes,
    read_manifest,
)

SIGNATURE = b"PK"
# The end of the list of files at the end of a ZIP file: how many, and how many bytes the list has.
END = struct.Struct("<4s4H2LH")
END_MARK = b"PK\x05\x06"
LONGEST_COMMENT = 0xFFFF
LARGE_MARK, LARGE_SIZE = b"PK\x06\x07", 20
# Reading the list takes about ten times its bytes of memory.
LONGEST_LIST = 4 * 1024 * 1024
LONGEST_CONTENT = 128 * 1024 * 1024
# What one system adds to every ZIP file beside the folder that was packed.
MACS = "__MACOSX"
PUSH_INSTEAD = "Unpack it and use `flask assistants push`."


class UnreadableArchive(Invalid):
    """The ZIP file as a whole is no folder of assistants, or is not to be unpacked."""

    def __init__(self, sentence: str) -> None:
        super().__init__([Fault("file", None, sentence)])


def archive_pieces(states: Iterable[tuple[Mapping[str, Any], str]]) -> Iterator[bytes]:
    """The bytes of the ZIP file of these assistant objects, each with its fingerprint, oldest first."""
    sink, names, entries = _Sink(), FileNames(), []
    now = utc_now().timetuple()[:6]

    def add(path: str, content: bytes) -> None:
        facts = zipfile.ZipInfo(path, now)
        facts.external_attr = (stat.S_IFREG | 0o644) << 16
        archive.writestr(facts, content, zipfile.ZIP_DEFLATED)

    with zipfile.ZipFile(sink, "w") as archive:
        add(f"{FOLDER}/{ATTRIBUTES}", ATTRIBUTES_TEXT)
        for given, fingerprint in states:
            file = names.give(given["name"], given["id"])
            for name, content in files_of(given, file).items():
                add(f"{FOLDER}/{name}", content)
            entries.append(Entry(given["id"], file, fingerprint))
            yield sink.taken()
        add(MANIFEST, manifest_bytes(entries[::-1]))
    yield sink.taken()


def read_archive(raw: bytes) -> list[Filed]:
    """The assistants in a ZIP file, newest first as its manifest lists them; raises `UnreadableArchive`."""
    _check_list(raw)
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            return _read(_Contents(archive))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, struct.error, OSError):
        raise UnreadableArchive("The ZIP file is damaged or of an unusual kind. Make it anew.") from None


def _read(contents: _Contents) -> list[Filed]:
    try:
        manifest = read_manifest(raw) if (raw := contents.read(MANIFEST)) is not None else []
    except Invalid as refusal:
        raise UnreadableArchive(refusal.message) from None
    bases = {entry.id: entry.fingerprint for entry in manifest}
    known = [entry.file for entry in manifest if entry.file in contents.files]
    # A text that the manifest doesn't know and that has no settings is somebody's own.
    others = {file for file in contents.files.difference(known) if contents.has(f"{FOLDER}/{file}{SETTINGS}")}
    files = [*known, *sorted(others)]
    if not files:
        raise UnreadableArchive(
            f"The ZIP file holds no assistants: no {SETTINGS} files in a folder '{FOLDER}', as Export writes them."
        )
    read = contents.read
    return [filed(file, read(f"{FOLDER}/{file}{SETTINGS}"), read(f"{FOLDER}/{file}{TEXT}"), bases) for file in files]


class _Contents:
    """The files of a ZIP file that are the folder's, below whatever single folder they were packed in."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        infos = [info for info in archive.infolist() if not info.is_dir()]
        for info in infos:
            _check(info)
        self._by_path = _ours({info.filename: info for info in infos})
        if len({info.filename for info in infos}) < len(infos):
            raise UnreadableArchive("The ZIP file holds two files of the same name. Make it anew.")
        if sum(info.file_size for info in self._by_path.values()) > LONGEST_CONTENT:
            raise UnreadableArchive(
                f"The ZIP file holds more than {LONGEST_CONTENT // 2**20} MB unpacked. {PUSH_INSTEAD}"
            )
        self.files = {PurePosixPath(path).stem for path in self._by_path if path != MANIFEST}

    def has(self, path: str) -> bool:
        return path in self._by_path

    def read(self, path: str) -> bytes | None:
        """The bytes of one file, no more than its entry says; None where there is none."""
        info = self._by_path.get(path)
        return self._archive.read(info) if info is not None else None


def _ours(infos: dict[str, zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files that belong to the folder, by their paths in it."""
    tops = {path.partition("/")[0] for path in infos if f"/{FOLDER}/" in path} - {MACS}
    inside = f"{tops.pop()}/" if len(tops) == 1 and not any(path.startswith(f"{FOLDER}/") for path in infos) else ""
    found = {}
    for path, info in infos.items():
        own = path.removeprefix(inside)
        folder, _, name = own.partition("/")
        if own == MANIFEST or (folder == FOLDER and is_of_assistant(name)):
            found[own] = info
    return found


def _check(info: zipfile.ZipInfo) -> None:
    """Refuse what no honest ZIP file of a folder holds, whether or not it would be read."""
    path = info.orig_filename
    if path.startswith(("/", "\\")) or path[1:2] == ":" or ".." in path.replace("\\", "/").split("/") or "\0" in path:
        raise UnreadableArchive(f"The ZIP file holds a path that leads out of it: {path[:200]!r}. Make it anew.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableArchive(f"The ZIP file holds a link: {path[:200]!r}. Put the file itself in its place.")
    if info.flag_bits & 1:
        raise UnreadableArchive("The ZIP file is locked with a password. Make it anew without one.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnreadableArchive("The ZIP file is packed in an unusual way. Make it anew.")
    if info.file_size > LONGEST_FILE:
        raise UnreadableArchive(f"{path[:200]!r} in the ZIP file is larger than {LONGEST_FILE // 2**20} MB.")


def _check_list(raw: bytes) -> None:
    """Refuse a list of files that would fill the memory, before it is read."""
    at = raw.rfind(END_MARK, max(0, len(raw) - END.size - LONGEST_COMMENT))
    if at < 0 or len(raw) - at < END.size:
        raise UnreadableArchive("The ZIP file is incomplete. Make it anew.")
    _, _, _, _, count, size, _, _ = END.unpack_from(raw, at)
    # The form for more than 65,535 files keeps its own sizes elsewhere.
    if count == 0xFFFF or size > LONGEST_LIST or raw[max(0, at - LARGE_SIZE) : at].startswith(LARGE_MARK):
        raise UnreadableArchive(f"The ZIP file holds too many files. {PUSH_INSTEAD}")


class _Sink(RawIOBase):
    """A file that can only be written, and hands over what was."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._chunks.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        whole, self._chunks = b"".join(self._chunks), []
        return whole
