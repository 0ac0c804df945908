"""How Alembic runs our migrations: on the application's own engine, all of them in one transaction."""

from __future__ import annotations

from alembic import context
from flask import current_app

from app.core.database import WRITING
from app.schema import LATER

# Any number no other program uses on this database; SQLite's BEGIN IMMEDIATE needs none.
MIGRATION_LOCK = 7_193_304

migrate = current_app.extensions["migrate"]


def _refuse_a_later_one() -> None:
    """A database that a later program has made is left alone, and that is said in a sentence."""
    script = context.script
    known = {revision.revision for revision in script.walk_revisions()}
    if not set(context.get_context().get_current_heads()) <= known:
        raise SystemExit(LATER)


def run() -> None:
    """A lock is taken first, so that of two programs that start together one migrates and the other finds it done."""
    with migrate.db.engine.connect().execution_options(**{WRITING: True}) as connection:
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Migrating may take longer than anybody waits for a row.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            _refuse_a_later_one()
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need the database: run them without --sql.")
run()
