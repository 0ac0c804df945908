"""A real gunicorn with a database of its own, started and read as a newcomer does: no inside knowledge."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 60
NAME = "Ada Admin"
EMAIL = "ada@example.org"
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Greenroom:
    """A running Greenroom; `set_up_link` is the one it printed."""

    url: str
    set_up_link: str
    environment: dict[str, str]

    def flask(self, *arguments: str, given: str | None = None) -> str:
        """Run a command on the same database, as an administrator would in a terminal; what it printed."""
        done = subprocess.run(
            [BIN / "flask", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def serving(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Greenroom]:
    """Greenroom on an empty database in this folder, with the commands that `make run` uses; `settings` are further
    environment variables."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GREENROOM_", "OPENAI_"))}
    environment |= {"GREENROOM_INSTANCE_PATH": str(folder), "HOST": "127.0.0.1", "PORT": str(port)}
    environment |= settings or {}
    subprocess.run([BIN / "flask", "db", "upgrade"], cwd=ROOT, env=environment, check=True, capture_output=True)
    log_path = folder / "gunicorn.log"
    command = [BIN / "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1
        )
        try:
            link = _printed_link(process)
            assert link, f"No set-up link was printed:\n{log_path.read_text(errors='replace')}"
            yield Greenroom(f"http://127.0.0.1:{port}", link, environment)
        finally:
            # At once: a graceful stop waits for connections that a browser opened ahead and never uses.
            process.send_signal(signal.SIGQUIT)
            process.communicate(timeout=PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _printed_link(process: subprocess.Popen[str]) -> str | None:
    """The address in the first line on standard output. The server listens before it prints, so requests may follow."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], PATIENCE)
    line = process.stdout.readline() if readable else ""
    return next((word for word in line.split() if word.startswith("http://")), None)
