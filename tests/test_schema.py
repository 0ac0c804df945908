"""What commands find in a database: nothing yet, the right tables, older or newer ones, or no database at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import make_url, text

from app import create_app, schema
from app.extensions import db
from app.schema import SchemaState
from tests.conftest import ENGINES, make_settings


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


def test_a_command_makes_the_tables_of_a_fresh_machine(fresh: Flask) -> None:
    assert schema.state() is SchemaState.EMPTY
    result = fresh.test_cli_runner().invoke(args=["assistants", "create"], input='{"model": "gpt-4o"}')
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("asst_")
    assert schema.state() is SchemaState.CURRENT


def test_help_and_wrong_usage_touch_no_database(fresh: Flask) -> None:
    runner = fresh.test_cli_runner()
    assert runner.invoke(args=["assistants", "import", "--help"]).exit_code == 0
    assert runner.invoke(args=["assistants", "import"]).exit_code == 2
    assert schema.state() is SchemaState.EMPTY


def test_somebody_elses_tables_are_left_alone(fresh: Flask) -> None:
    execute("CREATE TABLE theirs (id INTEGER)")
    assert schema.state() is SchemaState.BEHIND
    result = fresh.test_cli_runner().invoke(args=["assistants", "export"])
    assert (result.exit_code, result.stdout) == (1, "")
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
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == ("Error: The database was made by a later Greenroom than this one. Update this program.\n")


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
