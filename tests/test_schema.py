"""What commands find in a database: nothing yet, the right tables, older or newer ones, or no database at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from app import create_app, schema
from app.config import ROOT
from app.extensions import db
from app.schema import SchemaState
from tests.conftest import ENGINES, make_settings
from tests.factories import make_person


@pytest.fixture(params=ENGINES)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A Greenroom whose database has just been made and holds nothing."""
    url, name = None, "fresh"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres").url
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")
        url = make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    app = create_app(make_settings(tmp_path, url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def execute(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_command_makes_the_tables_of_a_fresh_machine(fresh: Flask, tmp_path: Path) -> None:
    assert schema.state() is SchemaState.EMPTY
    result = fresh.test_cli_runner().invoke(args=["assistants", "create"], input='{"model": "gpt-4o"}')
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("asst_")
    assert schema.state() is SchemaState.CURRENT
    # Also what SQLite lays beside the file is its owner's alone.
    assert [path for path in tmp_path.glob("*.db*") if path.stat().st_mode & 0o077] == []


def test_help_and_wrong_usage_touch_no_database(fresh: Flask) -> None:
    runner = fresh.test_cli_runner()
    assert runner.invoke(args=["assistants", "import", "--help"]).exit_code == 0
    assert runner.invoke(args=["assistants", "import"]).exit_code == 2
    assert schema.state() is SchemaState.EMPTY


def test_somebody_elses_tables_are_left_alone(fresh: Flask) -> None:
    execute("CREATE TABLE theirs (id INTEGER)")
    assert schema.state() is SchemaState.BEHIND
    result = fresh.test_cli_runner().invoke(args=["assistants", "export"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "flask db upgrade" in result.stderr


def test_a_database_of_a_later_greenroom(app: Flask, runner: FlaskCliRunner) -> None:
    assert schema.state() is SchemaState.CURRENT
    with db.engine.connect() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        assert schema.state() is SchemaState.AHEAD
        result = runner.invoke(args=["assistants", "export"])
    finally:
        execute(f"UPDATE alembic_version SET version_num = '{revision}'")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == ("Error: The database was made by a later Greenroom than this one. Update this program.\n")


def test_a_later_database_is_not_migrated_and_not_served(fresh: Flask, tmp_path: Path) -> None:
    flask_migrate.upgrade()
    execute("UPDATE alembic_version SET version_num = '9999'")
    result = fresh.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 1
    assert str(result.exception) == schema.LATER or schema.LATER in result.output
    own = {
        "GREENROOM_INSTANCE_PATH": str(tmp_path),
        "GREENROOM_DATABASE_URL": fresh.config["SQLALCHEMY_DATABASE_URI"],
        "PORT": "0",
    }
    gunicorn = [Path(sys.executable).parent / "gunicorn", "--config", "gunicorn.conf.py"]
    served = subprocess.run(gunicorn, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=60)
    assert served.returncode == 3, served.stderr
    assert schema.LATER in served.stderr


def test_the_files_of_migrations_are_numbered_as_the_migrations_are() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema.revisions() == [revision.revision for revision in script.walk_revisions()][::-1]


BROKEN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "broken", "{head}", None, None


def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("people", sa.Column("half", sa.Integer()))
    op.execute("UPDATE people SET name = 'half'")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


def test_a_migration_that_fails_leaves_the_old_state(app: Flask, tmp_path: Path) -> None:
    person = make_person(name="As before")
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(str(migrations)).get_current_head()
    (migrations / "versions" / "broken.py").write_text(BROKEN.format(head=head))
    with pytest.raises(DBAPIError, match="nowhere"):
        flask_migrate.upgrade(directory=str(migrations))
    db.session.rollback()
    assert schema.state() is SchemaState.CURRENT
    tables = inspect(db.engine)
    assert not tables.has_table("half")
    assert "half" not in {column["name"] for column in tables.get_columns("people")}
    assert db.session.scalar(text(f"SELECT name FROM people WHERE id = {person.id}")) == "As before"
    # The lock is gone with it: the next attempt isn't held up.
    flask_migrate.upgrade()


def test_a_copy_can_be_made_before_an_update(app: Flask, runner: FlaskCliRunner, tmp_path: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    execute("DELETE FROM alembic_version")
    assert schema.state() is SchemaState.BEHIND
    assert runner.invoke(args=["backup", str(tmp_path / "copy.db")]).exit_code == 0


UNREACHABLE = {
    "no server": ("postgresql://nobody@127.0.0.1:1/none", "Connection refused"),
    "no folder": ("sqlite:////nowhere/greenroom.db", "unable to open database file"),
    "not a database": ("sqlite:///{folder}/notes.txt", "file is not a database"),
}


@pytest.mark.parametrize(("url", "reason"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_a_database_out_of_reach_is_a_sentence(tmp_path: Path, url: str, reason: str) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 100)
    app = create_app(make_settings(tmp_path, url.format(folder=tmp_path)))
    result = app.test_cli_runner().invoke(args=["assistants", "export"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The database can't be used: ")
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_there_is_nothing_to_copy_before_the_first_start(tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path))
    result = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "copy.db")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no database yet, so there is nothing to copy.\n"
    assert list(tmp_path.iterdir()) == []
