"""A real gunicorn that is killed with all its workers, and started again on the same port and database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app import create_app
from app.config import ROOT, Settings
from app.core.actors import Scope
from app.extensions import db
from tests import factories

PATIENCE = 60
BIN = Path(sys.executable).parent


class Server:
    """Greenroom with these settings. Its processes are a group of their own, so that nobody else is hit."""

    def __init__(self, settings: Settings, folder: Path, **more: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        outside = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
        self.environment = outside | {
            "GREENROOM_INSTANCE_PATH": str(settings.instance_path),
            "GREENROOM_DATABASE_URL": settings.database_url,
            "GREENROOM_SECRET_KEY": settings.secret_key,
            "GREENROOM_LOG_REQUESTS": "no",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **more,
        }
        self.log = folder / f"gunicorn-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [BIN / "gunicorn", "--config", "gunicorn.conf.py"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while not self._listens():
            assert time.monotonic() < deadline, self.said()
            # Looked for often rather than waited for long, but not without end: the server needs the processor.
            time.sleep(0.02)

    def kill(self) -> None:
        """Master and workers at once, in the middle of whatever they do."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None

    def processes(self) -> list[int]:
        """The master and its workers."""
        assert self.process is not None
        master = self.process.pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [master, *map(int, workers)]

    def flask(self, *arguments: str) -> str:
        """A command on the same database, as an administrator would run it; what it said."""
        done = subprocess.run(
            [BIN / "flask", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def started(settings: Settings, folder: Path, **more: str) -> Iterator[Server]:
    """`more` are further environment variables."""
    server = Server(settings, folder, **more)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def key_for(settings: Settings) -> str:
    """A key that may write, in the database of these settings."""
    app = create_app(settings)
    with app.app_context():
        secret = factories.make_key(Scope.WRITE)
        db.session.remove()
        db.engine.dispose()
    return secret


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder with a disk of this size, gone afterwards. Where nothing may be mounted, the test is skipped."""
    folder = Path(tempfile.mkdtemp(prefix="greenroom-disk-"))
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mounting, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("Only who may mount can have a small disk here.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """A block in which the disk of this folder has no room left."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass
        yield
    finally:
        ballast.unlink()
