"""Which files are a saved list of assistants, and what is said about those that aren't."""

from __future__ import annotations

import json

import pytest

from app.exchange.formats import EXPECTED, UnreadableFile, read_rows
from tests.exchange.saved import row

ROWS = [row(number, name=f"Nº {number}") for number in range(1, 5)]


def page(rows: list[object]) -> dict[str, object]:
    return {"object": "list", "data": rows, "first_id": None, "last_id": None, "has_more": False}


FORMS = {
    "a page": json.dumps(page(ROWS)),
    "a page without its kind": json.dumps({"data": ROWS}),
    "pages as lines": f"{json.dumps(page(ROWS[:1]))}\n{json.dumps(page(ROWS[1:]))}\n",
    "indented pages": f"{json.dumps(page(ROWS[:3]), indent=2)}\r\n{json.dumps(page(ROWS[3:]), indent=2)}",
    "assistants as lines": "\n".join(json.dumps(assistant) for assistant in ROWS),
    "an array": json.dumps(ROWS),
    "pages, arrays and lines": f"{json.dumps(page(ROWS[:1]))}{json.dumps(ROWS[1:3])}\n\n{json.dumps(ROWS[3])}",
    "not escaped": json.dumps(page(ROWS), ensure_ascii=False),
    "with a byte order mark": "\ufeff" + json.dumps(page(ROWS)),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_form_gives_the_same_rows(text: str) -> None:
    assert read_rows(text.encode()) == ROWS


def test_an_empty_page_is_a_list() -> None:
    assert read_rows(b'{"object": "list", "data": []}') == []
    assert read_rows(b"[]") == []


def test_numbers_and_the_order_of_keys_survive() -> None:
    text = b'[{"id": "asst_1", "z": 12345678901234567890123, "a": 1.0, "m": 1e2}]'
    (read,) = read_rows(text)
    assert json.dumps(read) == '{"id": "asst_1", "z": 12345678901234567890123, "a": 1.0, "m": 100.0}'


def test_one_strange_row_among_assistants_is_left_to_the_report() -> None:
    assert read_rows(json.dumps([ROWS[0], {"object": "file"}, 7]).encode()) == [ROWS[0], {"object": "file"}, 7]


WRONG = {
    "nothing": (b"", "the file is empty"),
    "white space": (b" \n\t", "the file is empty"),
    "only a mark": (b"\xef\xbb\xbf", "the file is empty"),
    "Latin-1": (
        '[{"id": "asst_1", "name": "é"}]'.encode("latin-1"),
        "the file is not UTF-8 text: byte 28 can't be read",
    ),
    "UTF-16": ("[]".encode("utf-16"), "the file is in UTF-16; save it as UTF-8"),
    "no JSON": (b"Hello", "the file is not valid JSON at line 1, column 1: Expecting value"),
    "cut off": (
        b'{"object": "list",\n "data": [{"id": "asst_1"}',
        "the file is not valid JSON at line 2, column 27: Expecting ',' delimiter",
    ),
    "broken second page": (
        b'{"data": [{"id": "asst_1"}]}\n{"data": nothing}',
        "the file is not valid JSON at line 2, column 10: Expecting value",
    ),
    "NaN": (b'[{"id": "asst_1", "temperature": NaN}]', "the file holds NaN, which is not valid JSON"),
    "Infinity": (b"[-Infinity]", "the file holds -Infinity, which is not valid JSON"),
    "deep": (b"[" * 100_000, "the file is nested too deeply"),
    "endless number": (b"[" + b"9" * 5_000 + b"]", "the file holds a number with thousands of digits"),
    "text": (b'"asst_1"', "the file holds a string"),
    "null": (b"null", "the file holds null"),
    "no data": (b'{"object": "list"}', "the file holds an object without 'data'"),
    "an error": (b'{"error": {"message": "no"}}', "the file holds an object without 'data'"),
    "data of another type": (b'{"object": "list", "data": {"id": "asst_1"}}', "'data' is an object, not an array"),
    "files": (
        b'{"object":"list","data":[{"object":"file","id":"file-1"}]}',
        "its first entry is an object of the kind 'file'",
    ),
    "another list": (
        b'{"object":"page","data":[{"id":"asst_1"}]}',
        "its first entry is an object of the kind 'page'",
    ),
    "numbers": (b"[1, 2]", "its first entry is an integer"),
    "other objects": (b'[{"name": "x"}]', "its first entry is an object that is no assistant"),
}


@pytest.mark.parametrize(("raw", "found"), WRONG.values(), ids=WRONG.keys())
def test_a_file_that_is_no_list_gets_one_sentence(raw: bytes, found: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_rows(raw)
    assert refusal.value.message == f"{EXPECTED}{found}."
