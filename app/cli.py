"""The command line: a table of contents, and what all commands share: a database that is ready, errors as sentences.

The commands themselves are in the features.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from app import schema
from app.accounts.cli import set_up_link, users
from app.core.backup import copy_database
from app.core.errors import GreenroomError, Invalid
from app.exchange.cli import assistants_commands
from app.exchange.folder_cli import pull_folder, push_folder, write_responses
from app.extensions import db
from app.history.cli import verify
from app.keys.cli import keys
from app.operating import restored
from app.operating.cli import doctor
from app.search.cli import search


class OutOfStep(click.ClickException):
    """Told apart by its exit code, so that a server that starts knows to stop."""

    exit_code = 3


def add_to(app: Flask) -> None:
    """Give the application its commands; `flask db` comes with what Flask-Migrate knows of it."""
    assert app.extensions["migrate"].directory
    for command in (verify, pull_folder, push_folder, write_responses):
        assistants_commands.add_command(command)
    for command in (users, set_up_link, keys, assistants_commands, search):
        app.cli.add_command(_prepared(command, schema.ensure))
    # A copy is wanted above all before the database is brought up to date, so these take it as it is.
    for command in (backup, restore, doctor):
        app.cli.add_command(_prepared(command, _as_it_is))


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the embedded database to FILE, also while Greenroom serves."""
    copy_database(db.engine, file)
    click.echo(f"Copied the database to {file}.", err=True)


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def restore(file: Path) -> None:
    """Put the copy in FILE in the embedded database's place, once it is found whole. Stop Greenroom before."""
    restored.restore(db.engine, file, tell=lambda words: click.echo(words, err=True))


def _as_it_is() -> None:
    """Nothing to prepare."""


def _prepared(command: click.Command, prepare: Callable[[], None]) -> click.Command:
    """A copy of the command that prepares the database first and tells errors in sentences; a group with all of its."""
    command = copy(command)
    if isinstance(command, click.Group):
        command.commands = {name: _prepared(inner, prepare) for name, inner in command.commands.items()}
    elif command.callback is not None:
        command.callback = with_appcontext(_in_sentences(command.callback, prepare))
    return command


def _in_sentences(callback: Callable[..., Any], prepare: Callable[[], None]) -> Callable[..., Any]:
    @wraps(callback)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            # What is done on another server needs no database here.
            if not kwargs.get("server"):
                prepare()
            return callback(*args, **kwargs)
        except Invalid as refusal:
            raise click.ClickException("\n".join(fault.message for fault in refusal.faults)) from None
        except schema.OutOfStep as refusal:
            raise OutOfStep(refusal.message) from None
        except GreenroomError as refusal:
            raise click.ClickException(refusal.message) from None
        except (OperationalError, sqlite3.Error) as refusal:
            raise click.ClickException(schema.unreachable(refusal).message) from None

    return told
