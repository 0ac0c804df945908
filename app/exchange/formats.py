"""Reading a saved file: its bytes become a list of rows, whichever of the known forms they are in.

The forms are a list page as the API sends it, several pages one after the other, one assistant a line, a plain array,
and the folder of files in a ZIP file (`archive`). What makes a single row an assistant is judged in `rows`; a file is
refused here only when it isn't such a list.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from app.core.errors import Fault, Invalid
from app.core.verdicts import json_type
from app.exchange.archive import SIGNATURE, read_archive

EXPECTED = (
    "Expected a saved list of assistants as JSON (a list page, several pages one after the other, "
    "one assistant a line, or an array), but "
)
SPACE = re.compile(r"[ \t\r\n]*")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableFile(Invalid):
    """The file as a whole isn't a list of assistants. The message says what was expected and what was found."""

    def __init__(self, found: str) -> None:
        super().__init__([Fault("file", None, f"{EXPECTED}{found}.")])


def read_rows(raw: bytes) -> list[Any]:
    """The entries of a saved list, or of a folder in a ZIP file, in its order and not yet judged.

    Raises `UnreadableFile` or `UnreadableArchive`.
    """
    if raw.startswith(SIGNATURE):
        return list(read_archive(raw))
    values = list(_values(_text(raw)))
    if not values:
        raise UnreadableFile("the file is empty")
    rows = [row for value in values for row in _rows_of(value)]
    if rows and not any(_is_meant_as_assistant(row) for row in rows):
        raise UnreadableFile(_found_instead(values[0], rows[0]))
    return rows


def _text(raw: bytes) -> str:
    if raw.startswith(UTF_16_MARKS):
        raise UnreadableFile("the file is in UTF-16; save it as UTF-8")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as refusal:
        raise UnreadableFile(f"the file is not UTF-8 text: byte {refusal.start + 1} can't be read") from None


def _values(text: str) -> Iterator[Any]:
    """Every JSON value in `text`, with nothing but white space between them."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    at = _after_space(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as refusal:
            where = f"line {refusal.lineno}, column {refusal.colno}"
            raise UnreadableFile(f"the file is not valid JSON at {where}: {refusal.msg}") from None
        except RecursionError:
            raise UnreadableFile("the file is nested too deeply") from None
        except ValueError:
            # The only one the decoder has besides: a number too long for Python to convert.
            raise UnreadableFile("the file holds a number with thousands of digits") from None
        yield value
        at = _after_space(text, at)


def _after_space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    assert match
    return match.end()


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableFile(f"the file holds {name}, which is not valid JSON")


def _rows_of(value: Any) -> list[Any]:
    """The rows in one JSON value: an array's, a page's, or a single object."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise UnreadableFile(f"the file holds {json_type(value)}")
    if "data" not in value or value.get("object", "list") != "list":
        return [value]
    if not isinstance(value["data"], list):
        raise UnreadableFile(f"'data' is {json_type(value['data'])}, not an array")
    return value["data"]


def _is_meant_as_assistant(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    return row["object"] == "assistant" if "object" in row else "id" in row or "model" in row


def _found_instead(value: Any, row: Any) -> str:
    if row is value and row.get("object", "list") == "list":
        return "the file holds an object without 'data'"
    if isinstance(row, dict) and isinstance(row.get("object"), str):
        kind = row["object"][:40].encode(errors="replace").decode()
        return f"its first entry is an object of the kind '{kind}'"
    what = "an object that is no assistant" if isinstance(row, dict) else json_type(row)
    return f"its first entry is {what}"
