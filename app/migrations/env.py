"""How Alembic runs our migrations: on the application's own engine, all of them in one transaction."""

from __future__ import annotations

from alembic import context
from flask import current_app

from app.core.database import WRITING

# Any number no other program uses on this database; SQLite's BEGIN IMMEDIATE needs none.
MIGRATION_LOCK = 7_193_304

migrate = current_app.extensions["migrate"]


def run() -> None:
    """A lock is taken first, so that of two programs that start together one migrates and the other finds it done."""
    with migrate.db.engine.connect().execution_options(**{WRITING: True}) as connection:
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need the database: run them without --sql.")
run()
