"""The registry as a folder of readable files: which files there are, and what stands in them.

    greenroom.json              which file is which assistant, and the state it was in when it was written here
    assistants/NAME.md          the instructions, byte for byte
    assistants/NAME.json        every other field

How they come onto a disk is in `folder`, into a ZIP file in `archive`; what they are called in `file_names`.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from app.assistants.identifiers import is_id, new_id
from app.core.database import utc_now
from app.core.errors import Fault, Invalid
from app.core.verdicts import wrong_type
from app.exchange.file_names import is_file_name

FOLDER = "assistants"
MANIFEST = "greenroom.json"
SETTINGS, TEXT = ".json", ".md"
ATTRIBUTES = ".gitattributes"
# Git would turn newlines into those of the machine, and back into others.
ATTRIBUTES_TEXT = b"# Every character counts here, newlines included.\n* -text\n"
KIND, FORMAT = "greenroom.folder", 1
# Bytes. Instructions of the greatest length in the widest characters are a little over 1 MB.
LONGEST_FILE = 32 * 1024 * 1024
FINGERPRINT = re.compile("[0-9a-f]{64}")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest: an assistant, its files' name, and the fingerprint of the state they were written in."""

    id: str
    file: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Filed:
    """An assistant as its files tell it: a row as in a saved list, or the faults for which it is none.

    `base` is the fingerprint of the state it was written in, empty when the folder doesn't say. One that somebody has
    added by hand `is_new`: its row has an id that nobody knows yet.
    """

    file: str
    row: dict[str, Any]
    base: str
    is_new: bool = False
    faults: tuple[Fault, ...] = ()


def is_of_assistant(name: str) -> bool:
    """Whether this can be the name of an assistant's file: one step of a path, never more."""
    return name.endswith((SETTINGS, TEXT)) and is_file_name(name.removesuffix(SETTINGS).removesuffix(TEXT))


def files_of(given: Mapping[str, Any], file: str) -> dict[str, bytes]:
    """The files of an assistant object, by their names in the folder `assistants`."""
    settings = {key: value for key, value in given.items() if key != "object"}
    files = {}
    if settings["instructions"] is not None:
        files[file + TEXT] = settings.pop("instructions").encode()
    return files | {file + SETTINGS: settings_bytes(settings)}


def settings_bytes(settings: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(settings, indent=2, ensure_ascii=False)}\n".encode()


def manifest_bytes(entries: Iterable[Entry]) -> bytes:
    """The manifest, a line an assistant, so that a comparison shows which of them changed."""
    lines = ",\n".join(
        "    " + json.dumps({"id": entry.id, "file": entry.file, "fingerprint": entry.fingerprint}, ensure_ascii=False)
        for entry in entries
    )
    return f'{{\n  "object": "{KIND}",\n  "version": {FORMAT},\n  "assistants": [\n{lines}\n  ]\n}}\n'.encode()


def read_manifest(raw: bytes) -> list[Entry]:
    """The entries of a manifest, in its order; raises `Invalid`."""
    try:
        told = parse_json(raw, MANIFEST)
        if told.get("object") != KIND:
            raise _refused(f"{MANIFEST} isn't the list of a folder of assistants.")
        if told.get("version") != FORMAT:
            raise _refused(f"{MANIFEST} was written by another version of Greenroom.")
        given = told.get("assistants")
        entries = [_entry(line) for line in given] if isinstance(given, list) else [_entry(None)]
        if min(len({entry.id for entry in entries}), len({entry.file for entry in entries})) < len(entries):
            raise _refused(f"{MANIFEST} names an assistant or a file twice.")
    except Invalid as refusal:
        raise _refused(f"{refusal.message} Bring it back as it was written, or pull into an empty folder.") from None
    return entries


def filed(file: str, settings: bytes | None, text: bytes | None, bases: Mapping[str, str]) -> Filed:
    """The assistant in two files; `bases` has the fingerprints of the manifest by id. Faults are told in the answer."""
    base = ""
    try:
        if settings is None:
            raise _refused(f"{FOLDER}/{file}{SETTINGS} is missing. Bring it back, or take {file}{TEXT} away as well.")
        given = parse_json(settings, f"{FOLDER}/{file}{SETTINGS}")
        base = bases.get(given["id"], "") if isinstance(given.get("id"), str) else ""
        is_new = "id" not in given
        own: dict[str, Any] = {"id": new_id()} if is_new else {}
        if "created_at" not in given:
            own["created_at"] = int(utc_now().timestamp())
        return Filed(file, own | given | {"instructions": _instructions(file, given, text)}, base, is_new)
    except Invalid as refusal:
        return Filed(file, {}, base, faults=refusal.faults)


def parse_json(raw: bytes, where: str) -> dict[str, Any]:
    """The JSON object in a file called `where`; raises `Invalid`."""
    try:
        value = json.loads(_decoded(raw.removeprefix(codecs.BOM_UTF8), where), parse_constant=_refuse_constant)
    except json.JSONDecodeError as refusal:
        place = f"line {refusal.lineno}, column {refusal.colno}"
        raise _refused(f"{where} is not valid JSON at {place}: {refusal.msg}.") from None
    except RecursionError:
        raise _refused(f"{where} is nested too deeply.") from None
    except ValueError as refusal:
        # A number with thousands of digits, or one that JSON doesn't know.
        raise _refused(f"{where} is not valid JSON: {refusal}.") from None
    if not isinstance(value, dict):
        raise _refused(f"{where}: {wrong_type(None, 'an object', value).message}")
    return value


def _instructions(file: str, settings: Mapping[str, Any], text: bytes | None) -> str | None:
    where = f"{FOLDER}/{file}{TEXT}"
    if "instructions" in settings:
        if settings["instructions"] is not None:
            raise _refused(f"The instructions belong in {where}. Take them out of {file}{SETTINGS}.")
        if text is not None:
            raise _refused(f'{file}{SETTINGS} says "instructions": null, but {where} is there. Take one of them out.')
        return None
    if text is None:
        raise _refused(f'{where} is missing. Write it, or say "instructions": null in {file}{SETTINGS}.')
    return _decoded(text, where)


def _decoded(raw: bytes, where: str) -> str:
    if raw.startswith(UTF_16_MARKS):
        raise _refused(f"{where} is in UTF-16. Save it as UTF-8.")
    try:
        return raw.decode()
    except UnicodeDecodeError as refusal:
        raise _refused(f"{where} is not UTF-8 text: byte {refusal.start + 1} can't be read.") from None


def _entry(line: Any) -> Entry:
    if isinstance(line, dict):
        named, file, fingerprint = line.get("id"), line.get("file"), line.get("fingerprint")
        if (
            is_file_name(file)
            and isinstance(named, str)
            and is_id(named)
            and isinstance(fingerprint, str)
            and FINGERPRINT.fullmatch(fingerprint)
        ):
            return Entry(named, str(file), fingerprint)
    raise _refused(f"{MANIFEST} has a line that names no assistant.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _refused(sentence: str) -> Invalid:
    return Invalid.one("file", None, sentence)
