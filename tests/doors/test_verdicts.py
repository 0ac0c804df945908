"""Promise 5, two doors, one rule: the same value gets the same verdict in the same words on every door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient, FlaskCliRunner
from werkzeug.datastructures import MultiDict

from app.assistants import service
from app.core.paging import Window
from tests.doors.verdicts import FOUR_BYTES, TABLE, THREE_BYTES, Row
from tests.factories import bearer, make_key
from tests.pages import Page, Visitor, encode

ROWS = [pytest.param(row, id=row.label) for row in TABLE]
TYPED_ROWS = [pytest.param(row, id=row.label) for row in TABLE if row.typed is not None]
LIMIT = 256_000
# Each is exactly at the limit; one character more is past it.
AT_THE_LIMIT = {
    "one byte": "a" * LIMIT,
    "three bytes": THREE_BYTES * LIMIT,
    "four bytes": FOUR_BYTES * LIMIT,
    "leading newline": "\n" + "a" * (LIMIT - 1),
    "many newlines": "ab\n\n" * (LIMIT // 4),
}


def body_of(row: Row) -> dict[str, Any]:
    return {"model": "gpt-4o", **row.body}


def nothing_was_written() -> bool:
    return service.list_page(Window()).items == []


def fill(visitor: Visitor, typed: dict[str, str]) -> Page:
    """The new form, filled in past what its own rows offer, and sent."""
    form = visitor.get("/assistants/new").form("main form")
    data: MultiDict[str, Any] = encode(form, {})
    data["model"] = "gpt-4o"
    for name, value in typed.items():
        data[name] = value.replace("\n", "\r\n")
    response = visitor.post("/assistants/new", data, multipart=True)
    return Page("/assistants/new", response)


def import_one(runner: FlaskCliRunner, folder: Path, body: dict[str, Any]) -> Any:
    path = folder / "list.json"
    row = {"id": "asst_one", "object": "assistant", "created_at": 1_700_000_000, **body}
    path.write_text(json.dumps({"object": "list", "data": [row]}), encoding="utf-8")
    return runner.invoke(args=["assistants", "import", str(path)])


@pytest.mark.parametrize("row", ROWS)
def test_the_api_says_it(api_client: FlaskClient, row: Row) -> None:
    answer = api_client.post("/v1/assistants", json=body_of(row), headers=bearer(make_key()))
    assert answer.status_code == 400
    assert answer.json == {
        "error": {"message": row.words, "type": "invalid_request_error", "param": row.param, "code": row.code}
    }
    assert nothing_was_written()


@pytest.mark.parametrize("row", ROWS)
def test_the_import_says_it(runner: FlaskCliRunner, tmp_path: Path, row: Row) -> None:
    result = import_one(runner, tmp_path, body_of(row))
    assert result.exit_code == 1
    assert row.words in result.stdout
    assert nothing_was_written()


@pytest.mark.parametrize("row", ROWS)
def test_the_command_line_says_it(runner: FlaskCliRunner, row: Row) -> None:
    result = runner.invoke(args=["assistants", "create"], input=json.dumps(body_of(row)))
    assert result.exit_code == 1
    assert row.words in result.stderr
    assert result.stdout == ""
    assert nothing_was_written()


@pytest.mark.parametrize("row", TYPED_ROWS)
def test_the_page_says_it_beside_the_field_and_on_top_and_keeps_what_was_typed(editor: Visitor, row: Row) -> None:
    assert row.typed is not None
    page = fill(editor, row.typed)
    assert page.status == 400
    assert row.words in page.summary
    for link in page.soup.select(".error-summary a"):
        assert page.soup.find(id=str(link["href"])[1:]) is not None
    kept = encode(page.form("main form"), {})
    for name, value in row.typed.items():
        # A page can't hold a NUL, and a choice that was never offered can't come back as chosen.
        if "\x00" not in value and name not in {"reasoning_effort", "response_kind"}:
            assert kept.get(name) == value.replace("\n", "\r\n"), name
    assert nothing_was_written()


@pytest.mark.parametrize("text", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
class TestLimitOfInstructions:
    """A text exactly at the limit passes on every door, exactly; one character more is refused on every door."""

    def words(self) -> str:
        return f"Expected a string with maximum length {LIMIT}, but got a string with length {LIMIT + 1} instead."

    def test_api(self, api_client: FlaskClient, text: str) -> None:
        headers = bearer(make_key())
        answer = api_client.post("/v1/assistants", json={"model": "m", "instructions": text}, headers=headers)
        assert answer.status_code == 200
        found = api_client.get(f"/v1/assistants/{answer.json['id']}", headers=headers)
        assert found.json["instructions"] == text
        refused = api_client.post("/v1/assistants", json={"model": "m", "instructions": text + "x"}, headers=headers)
        assert self.words() in refused.json["error"]["message"]

    def test_page(self, editor: Visitor, text: str) -> None:
        made = fill(editor, {"instructions": text})
        assert made.status == 303
        assert service.get(made.response.location.rsplit("/", 1)[1]).instructions == text
        assert self.words() in fill(editor, {"instructions": text + "x"}).text

    def test_import(self, runner: FlaskCliRunner, tmp_path: Path, text: str) -> None:
        assert import_one(runner, tmp_path, {"model": "m", "instructions": text}).exit_code == 0
        assert service.get("asst_one").instructions == text
        assert self.words() in import_one(runner, tmp_path, {"model": "m", "instructions": text + "x"}).stdout

    def test_command_line(self, runner: FlaskCliRunner, text: str) -> None:
        made = runner.invoke(args=["assistants", "create"], input=json.dumps({"model": "m", "instructions": text}))
        assert service.get(made.stdout.strip()).instructions == text
        refused = runner.invoke(
            args=["assistants", "create"], input=json.dumps({"model": "m", "instructions": text + "x"})
        )
        assert self.words() in refused.stderr
