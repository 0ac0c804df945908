"""Writing the activity out, piece by piece: as a table for spreadsheets, and as one JSON object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import orjson

from app.audit.sentences import Told

COLUMNS = (
    *("id", "at", "actor_kind", "actor_id", "actor_name", "verb", "subject_kind", "subject_id", "address"),
    *("sentence", "details"),
)
# A spreadsheet takes a cell that begins like this for a formula, and runs it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_pieces(batches: Iterable[list[Told]]) -> Iterator[bytes]:
    """A table with a row for each entry. A cell that would be a formula has an apostrophe in front."""
    yield _rows([COLUMNS])
    for batch in batches:
        yield _rows([_inert(cell) for cell in _cells(told)] for told in batch)


def json_lines(batches: Iterable[list[Told]]) -> Iterator[bytes]:
    """One object a line."""
    for batch in batches:
        yield b"".join(orjson.dumps(_object(told), option=orjson.OPT_APPEND_NEWLINE) for told in batch)


def _object(told: Told) -> dict[str, object]:
    entry = told.entry
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": {"kind": entry.actor_kind, "id": entry.actor_id, "name": entry.actor_name},
        "verb": entry.verb,
        "subject": {"kind": entry.subject_kind, "id": entry.subject_id},
        "address": entry.address,
        "sentence": f"{entry.actor_name} {told}",
        "details": entry.details,
    }


def _cells(told: Told) -> list[object]:
    entry = told.entry
    named = (entry.actor_kind, entry.actor_id, entry.actor_name, entry.verb, entry.subject_kind, entry.subject_id)
    details = orjson.dumps(entry.details).decode()
    return [entry.id, entry.at.isoformat(), *named, entry.address, f"{entry.actor_name} {told}", details]


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


def _rows(rows: Iterable[Iterable[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
