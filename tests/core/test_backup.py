"""Copying the embedded database while it serves, and files that appear all or nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.core.actors import COMMAND_LINE
from app.core.database import transaction
from app.core.errors import Invalid
from app.core.files import replacing
from app.extensions import db
from tests.factories import make_assistant

IS_SQLITE = "sqlite"


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in copy.execute("SELECT name FROM assistants ORDER BY seq")]


def test_a_copy_holds_what_was_saved(app: Flask, runner: FlaskCliRunner, tmp_path: Path) -> None:
    make_assistant(name="Before", actor=COMMAND_LINE)
    target = tmp_path / "copies" / "today.db"
    target.parent.mkdir()
    target.write_text("an older copy")
    if db.engine.dialect.name != IS_SQLITE:
        result = runner.invoke(args=["backup", str(target)])
        assert (result.exit_code, result.stdout) == (1, "")
        assert "For PostgreSQL, use pg_dump." in result.stderr
        assert target.read_text() == "an older copy"
        return
    with transaction(db.session):
        # A save under way neither holds the copy up nor gets into it.
        make_assistant(name="Half way", actor=COMMAND_LINE)
        result = runner.invoke(args=["backup", str(target)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert names_in(target) == ["Before"]
    assert [path.name for path in target.parent.iterdir()] == ["today.db"]
    assert target.stat().st_mode & 0o077 == 0


def test_the_database_is_not_copied_onto_itself(app: Flask, runner: FlaskCliRunner) -> None:
    if db.engine.dialect.name != IS_SQLITE:
        return
    result = runner.invoke(args=["backup", str(db.engine.url.database)])
    assert result.exit_code == 1
    assert result.stderr == "Error: That is the database itself. Name another file for the copy.\n"


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")

    def fail() -> None:
        with replacing(target) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_only_an_ordinary_file_is_replaced() -> None:
    with pytest.raises(Invalid, match="/dev/null is not an ordinary file"), replacing(Path("/dev/null")):
        pass


def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    target, link = tmp_path / "file", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link) as partial:
        partial.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
