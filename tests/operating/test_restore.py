"""A backup comes back: checked as a whole before anything is replaced, and never under a Greenroom that runs."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from app.config import ROOT
from app.core.backup import IN_USE, put_back
from app.core.errors import Invalid
from app.extensions import db
from tests.conftest import make_settings


class Installation:
    """A Greenroom in a folder, as its administrator sees it: through commands."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self.database = folder / "greenroom.db"
        self.app = create_app(make_settings(folder, database_url))

    def run(self, *arguments: object, given: str = "") -> Result:
        with self.app.app_context():
            result = self.app.test_cli_runner().invoke(args=[*map(str, arguments)], input=given)
            db.session.remove()
            db.engine.dispose()
        return result

    def create(self, name: str) -> None:
        done = self.run("assistants", "create", given=json.dumps({"model": "m", "name": name}))
        assert done.exit_code == 0, done.stderr

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as database:
            return [name for (name,) in database.execute("SELECT name FROM assistants ORDER BY seq")]


@pytest.fixture
def installed(tmp_path: Path, migrated_file: Path) -> Installation:
    """One assistant, a backup, and one assistant more."""
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated_file, tmp_path / "instance" / "greenroom.db")
    made = Installation(tmp_path / "instance")
    made.create("First")
    assert made.run("backup", tmp_path / "backup.db").exit_code == 0
    made.create("Second")
    return made


def test_what_was_saved_comes_back_and_what_was_there_is_kept(installed: Installation, tmp_path: Path) -> None:
    done = installed.run("restore", tmp_path / "backup.db")
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert "1 versions of 1 assistants are as they were written." in done.stderr
    assert installed.names() == ["First"]
    (before,) = installed.folder.glob("greenroom-before-*.db")
    assert str(before) in done.stderr
    with closing(sqlite3.connect(before)) as database:
        assert database.execute("SELECT count(*) FROM assistants").fetchone() == (2,)
    assert {path.stat().st_mode & 0o077 for path in (before, installed.database)} == {0}
    assert not list(installed.folder.glob(".restore-*"))


def test_not_while_something_has_it_open(installed: Installation, tmp_path: Path) -> None:
    with closing(sqlite3.connect(installed.database)) as serving:
        serving.execute("PRAGMA journal_mode = WAL")
        # A server that does nothing at the moment, as a pool of connections.
        serving.execute("SELECT count(*) FROM assistants").fetchone()
        done = installed.run("restore", tmp_path / "backup.db")
        assert (done.exit_code, done.stderr) == (1, f"Error: {IN_USE}\n")
        with pytest.raises(Invalid, match="Stop Greenroom first"):
            put_back(tmp_path / "backup.db", installed.database)
    assert installed.names() == ["First", "Second"]
    assert not list(installed.folder.glob("*before*"))
    put_back(tmp_path / "backup.db", installed.database)
    assert installed.names() == ["First"]


def break_a_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE assistant_versions SET instructions_sha256 = 'other'")
        database.commit()


def break_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)


def make_it_later(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def empty_it(path: Path) -> None:
    path.unlink()
    sqlite3.connect(path).close()


FAULTS = {
    "a version": (break_a_version, "not as they were written"),
    "a page": (break_a_page, "is damaged"),
    "later": (make_it_later, "made by a later Greenroom"),
    "empty": (empty_it, "is no copy of a Greenroom database"),
    "something else": (lambda path: path.write_text("notes " * 1000), "file is not a database"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_copy_replaces_nothing(installed: Installation, tmp_path: Path, fault: str) -> None:
    spoil, words = FAULTS[fault]
    spoil(tmp_path / "backup.db")
    done = installed.run("restore", tmp_path / "backup.db")
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert installed.names() == ["First", "Second"]
    assert not list(installed.folder.glob("*before*")) + list(installed.folder.glob(".restore-*"))


def test_onto_itself_and_onto_postgresql(installed: Installation, tmp_path: Path) -> None:
    assert "That is the database itself" in installed.run("restore", installed.database).stderr
    elsewhere = Installation(tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    assert "use pg_restore" in elsewhere.run("restore", tmp_path / "backup.db").stderr


def flask(folder: Path, *arguments: object, given: str = "") -> None:
    """A command in a process of its own."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
    command = [Path(sys.executable).parent / "flask", *map(str, arguments)]
    environment = outside | {"GREENROOM_INSTANCE_PATH": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, input=given.encode(), capture_output=True, check=True)


@pytest.mark.soak
def test_a_backup_taken_among_writers_is_a_state_that_existed(installed: Installation, tmp_path: Path) -> None:
    """Each writer creates A-n, then B-n: a state with a B without its A never was."""
    stop = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for kind in "AB":
                row = json.dumps({"model": "m", "name": f"{kind}-{writer}-{number}"})
                flask(installed.folder, "assistants", "create", given=row)

    writers = [threading.Thread(target=write, args=[writer]) for writer in range(8)]
    for writer in writers:
        writer.start()
    copies = [tmp_path / f"{number}.db" for number in range(3)]
    for copy in copies:
        flask(installed.folder, "backup", copy)
    stop.set()
    for writer in writers:
        writer.join()
    for copy in copies:
        done = installed.run("restore", copy)
        assert done.exit_code == 0, done.stderr
        names = set(installed.names())
        assert {f"A{name[1:]}" for name in names if name.startswith("B-")} <= names
