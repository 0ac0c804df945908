"""`flask assistants responses`, and what stopping a long command says and leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app.core.actors import COMMAND_LINE
from app.exchange import cli, service
from app.exchange.report import RowReport
from tests.exchange.folders import contents, lines
from tests.exchange.saved import exported_ids, row
from tests.exchange.test_responses import NO_STORE, values_in

SEARCH = {"tools": [{"type": "file_search"}]}


def test_all_of_them_on_standard_output(runner: FlaskCliRunner) -> None:
    service.run([row(1, instructions="é\u2028\n"), row(2, **SEARCH)], actor=COMMAND_LINE)
    result = runner.invoke(args=["assistants", "responses"])
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.split("\n") if line] == ["asst_2", "asst_1"]
    assert json.loads(result.stdout.split("\n")[1])["request"]["instructions"] == "é\u2028\n"
    assert result.stderr == f"asst_2: {NO_STORE}\n"


def test_some_of_them_as_files(runner: FlaskCliRunner, tmp_path: Path) -> None:
    service.run([row(number, name="Same", instructions=f"{number}\r\n") for number in range(4)], actor=COMMAND_LINE)
    options = ["asst_2", "asst_1", "--output", str(tmp_path / "new" / "out")]
    result = runner.invoke(args=["assistants", "responses", *options])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    found = contents(tmp_path / "new" / "out")
    assert sorted(found) == ["same-1.json", "same-1.py", "same.json", "same.py"]
    assert json.loads(found["same.json"]) == {"model": "gpt-4o", "instructions": "2\r\n"}
    assert values_in(found["same-1.py"].decode())["REQUEST"] == {"model": "gpt-4o", "instructions": "1\r\n"}


def test_an_unknown_one(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["assistants", "responses", "asst_none"])
    assert (result.exit_code, result.stderr) == (1, "Error: No assistant found with id 'asst_none'.\n")
    (tmp_path / "file").write_text("x")
    taken = runner.invoke(args=["assistants", "responses", "--output", str(tmp_path / "file")])
    assert (taken.exit_code, taken.stdout) == (2, "")
    below = runner.invoke(args=["assistants", "responses", "--output", str(tmp_path / "file" / "below")])
    assert below.stderr.endswith("below can't be written: Not a directory.\n")


def test_an_import_that_is_stopped_says_what_it_leaves(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, heard = service.run, []

    def stopped(rows: list[Any], *, actor: Any, on_row: Any) -> Any:
        def hear(report: RowReport) -> None:
            heard.append(report)
            if len(heard) == 150:
                raise KeyboardInterrupt

        return whole(rows, actor=actor, on_row=hear)

    monkeypatch.setattr(service, "run", stopped)
    rows = json.dumps([row(number) for number in range(250)])
    result = runner.invoke(args=["assistants", "import", "-"], input=rows)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.strip() == f"Stopped. {cli.PARTLY_IMPORTED}"
    assert len(exported_ids()) == 100
    monkeypatch.setattr(service, "run", whole)
    again = runner.invoke(args=["assistants", "import", "-"], input=rows)
    assert lines(again)[-1] == "250 in the file: 150 created, 0 changed, 100 unchanged, 0 refused"


def test_an_export_that_is_stopped_leaves_the_file_before(
    runner: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> Any:
        yield b"{"
        raise KeyboardInterrupt

    target = tmp_path / "all.json"
    target.write_text("the one before")
    monkeypatch.setattr(cli, "export_pieces", stopped)
    result = runner.invoke(args=["assistants", "export", "--output", str(target)])
    assert result.exit_code == 130
    assert result.stderr.strip() == f"Stopped. {target} is as it was."
    assert contents(tmp_path) == {"all.json": b"the one before"}
