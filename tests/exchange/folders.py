"""Folders of assistants for the tests: writing them by the command line, changing them as people do, reading them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from flask.testing import FlaskCliRunner

from app.assistants import service as assistants
from app.core.actors import COMMAND_LINE, Origin

Snapshot = dict[str, bytes]


def pull(runner: FlaskCliRunner, folder: Path, *options: str) -> Result:
    return runner.invoke(args=["assistants", "pull", str(folder), *options])


def push(runner: FlaskCliRunner, folder: Path, *options: str) -> Result:
    return runner.invoke(args=["assistants", "push", str(folder), *options])


def lines(result: Result) -> list[str]:
    return result.stdout.splitlines()


def contents(folder: Path) -> Snapshot:
    """Every file below the folder, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def settings(folder: Path, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "assistants" / f"{file}.json").read_bytes())
    return found


def change(folder: Path, file: str, **fields: Any) -> None:
    """Somebody edits the settings of an assistant; a text goes into its own file."""
    text = fields.pop("instructions", None)
    if text is not None:
        (folder / "assistants" / f"{file}.md").write_bytes(text.encode())
    path = folder / "assistants" / f"{file}.json"
    path.write_text(json.dumps(settings(folder, file) | fields, ensure_ascii=False, indent=4), encoding="utf-8")


def take_away(folder: Path, file: str) -> None:
    for ending in (".md", ".json"):
        (folder / "assistants" / f"{file}{ending}").unlink(missing_ok=True)


def change_here(assistant_id: str, **fields: Any) -> None:
    assistants.update(assistant_id, fields, actor=COMMAND_LINE, origin=Origin.PAGE)
