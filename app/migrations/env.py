"""How Alembic runs our migrations: on the application's own engine, all of them in one transaction."""

from __future__ import annotations

from alembic import context
from flask import current_app

from app.core.database import WRITING

migrate = current_app.extensions["migrate"]


def run() -> None:
    """On SQLite the write lock is taken first, so that two programs that start together don't both migrate."""
    with migrate.db.engine.connect().execution_options(**{WRITING: True}) as connection:
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need the database: run them without --sql.")
run()
