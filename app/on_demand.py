"""What only commands need: the command line and the migrations, loaded by the first command that asks for them."""

from __future__ import annotations

from typing import Any

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

from app.config import ROOT
from app.extensions import db


class Commands(AppGroup):
    """The command line, which is loaded when somebody asks for a command: a server starts in half the time without."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self.app = app
        self.is_loaded = False

    def load(self) -> None:
        if not self.is_loaded:
            self.is_loaded = True
            from app import cli

            cli.add_to(self.app)

    def list_commands(self, ctx: Context) -> list[str]:
        self.load()
        return super().list_commands(ctx)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        self.load()
        return super().get_command(ctx, cmd_name)


class Migrations:
    """What Flask-Migrate knows of an application, found out by the first command that asks: Alembic loads slowly."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self.app, db, directory=str(ROOT / "app" / "migrations"), render_as_batch=True)
        # It has put its own in the place of this.
        return getattr(self.app.extensions["migrate"], name)
