"""`flask assistants …`: what goes to which output, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app.assistants import service as assistants
from app.exchange.formats import EXPECTED
from tests.exchange.saved import SAMPLE_NAMES, SAMPLES, exported, exported_ids, row


def written(folder: Path, content: Any) -> str:
    path = folder / "saved.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(path)


@pytest.mark.parametrize("page", SAMPLES, ids=SAMPLE_NAMES)
def test_a_list_goes_in_and_out(runner: FlaskCliRunner, tmp_path: Path, page: dict[str, Any]) -> None:
    count, file = len(page["data"]), written(tmp_path, page)
    first = runner.invoke(args=["assistants", "import", file])
    assert (first.exit_code, first.stdout) == (
        0,
        f"{count} in the file: {count} created, 0 changed, 0 unchanged, 0 refused\n",
    )
    again = runner.invoke(args=["assistants", "import", file])
    assert again.stdout == f"{count} in the file: 0 created, 0 changed, {count} unchanged, 0 refused\n"
    out = runner.invoke(args=["assistants", "export"])
    assert (out.exit_code, out.stderr) == (0, "")
    assert json.loads(out.stdout) == page


def test_changed_and_refused_rows_are_listed(runner: FlaskCliRunner, tmp_path: Path) -> None:
    runner.invoke(args=["assistants", "import", written(tmp_path, [row(1), row(2)])])
    rows = [row(1, name="Two\nlines\x1b[31m", top_p=0.5), row(2), row(3), row(4, temperature=9, nope=1), {}]
    result = runner.invoke(args=["assistants", "import", written(tmp_path, rows)])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        '1: changed: asst_1 "Two\\nlines\\x1b[31m": name, top_p',
        "4: refused: asst_4: Unknown parameter: 'nope'. Invalid 'temperature': decimal above maximum value. "
        "Expected a value <= 2, but got 9 instead.",
        "5: refused: no id: Missing required parameter: 'id'. Missing required parameter: 'created_at'. "
        "Missing required parameter: 'model'.",
        "5 in the file: 1 created, 1 changed, 1 unchanged, 2 refused",
    ]
    assert result.stderr == ""


def test_a_dry_run_writes_nothing(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["assistants", "import", "--dry-run", written(tmp_path, [row(1), row(2, top_p=2)])])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "2 in the file: 1 created, 0 changed, 0 unchanged, 1 refused"
    assert result.stderr == "This was a dry run: nothing was written.\n"
    assert exported_ids() == []


def test_standard_input(runner: FlaskCliRunner) -> None:
    lines = "\n".join(json.dumps(row(number)) for number in range(3))
    assert runner.invoke(args=["assistants", "import", "-"], input=lines).exit_code == 0
    assert exported_ids() == ["asst_0", "asst_1", "asst_2"]


def test_a_file_that_is_no_list(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["assistants", "import", written(tmp_path, {"object": "list"})])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {EXPECTED}the file holds an object without 'data'.\n"
    missing = runner.invoke(args=["assistants", "import", str(tmp_path / "nowhere.json")])
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "No such file" in missing.stderr


def test_export_to_a_file(runner: FlaskCliRunner, tmp_path: Path) -> None:
    runner.invoke(args=["assistants", "import", written(tmp_path, [row(1)])])
    target = tmp_path / "out" / "all.json"
    refused = runner.invoke(args=["assistants", "export", "--output", str(target)])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"Error: {target} can't be written: No such file or directory.\n"
    target.parent.mkdir()
    target.write_text("the one before")
    result = runner.invoke(args=["assistants", "export", "--output", str(target)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(target.read_bytes()) == exported()
    assert [path.name for path in target.parent.iterdir()] == ["all.json"]


def test_create_prints_only_the_id(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["assistants", "create"], input='{"model": "gpt-4o", "name": "From a script"}')
    assert (result.exit_code, result.stderr) == (0, "")
    assistant = assistants.get(result.stdout.strip())
    assert result.stdout == f"{assistant.id}\n"
    assert (assistant.name, assistant.updated_via) == ("From a script", "command line")
    file = written(tmp_path, {"model": "gpt-4o"})
    assert runner.invoke(args=["assistants", "create", file]).exit_code == 0
    assert len(exported_ids()) == 2


def test_create_tells_every_fault(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["assistants", "create"], input='{"temperature": 3, "metadata": 1}')
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "Error: Missing required parameter: 'model'.",
        "Invalid type for 'metadata': expected a metadata object, but got an integer instead.",
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    ]


@pytest.mark.parametrize("body", ["", "[]", "{", '{"model": NaN}'])
def test_what_is_no_json_object_is_a_sentence(runner: FlaskCliRunner, body: str) -> None:
    runner.invoke(args=["assistants", "import", "-"], input=json.dumps([row(1)]))
    for command in (["create"], ["update", "asst_1"]):
        result = runner.invoke(args=["assistants", *command], input=body)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")
        assert len(result.stderr.splitlines()) == 1


def test_update_changes_what_it_names(runner: FlaskCliRunner) -> None:
    runner.invoke(args=["assistants", "import", "-"], input=json.dumps([row(1, name="Kept")]))
    result = runner.invoke(args=["assistants", "update", "asst_1"], input='{"instructions": "New\\r\\n"}')
    assert (result.exit_code, result.stdout) == (0, "asst_1\n")
    assistant = assistants.get("asst_1")
    assert (assistant.name, assistant.instructions, assistant.version) == ("Kept", "New\r\n", 2)
    assert assistant.updated_via == "command line"


def test_update_of_an_unknown_one(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["assistants", "update", "asst_none"], input="{}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: No assistant found with id 'asst_none'.\n"
