"""A bare Flask application under the `gunicorn.conf.py` that serves Greenroom: what serving alone does, and costs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
# Greenroom's own configuration, without its set-up link, and without what is done for its pages alone.
CONFIGURATION = f"""
import runpy
globals().update(runpy.run_path({str(ROOT / "gunicorn.conf.py")!r}))
del when_ready
"""
BARE = "tests.bare:app"
FOR_BARE = "del post_worker_init, worker_exit\n"
WORKER = "X-Worker"

app = Flask(__name__)
bodies: dict[int, bytes] = {}


@app.get("/<int:size>")
def constant(size: int) -> Response:
    """So many bytes, always the same, and who sent them."""
    body = bodies.get(size)
    if body is None:
        body = bodies[size] = b"x" * size
    return Response(body, mimetype="application/json", headers={WORKER: str(os.getpid())})


@dataclass(frozen=True)
class Server:
    """A gunicorn that listens on `port`. The process is its first one."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def worked(self) -> float:
        """Seconds of processor time that the workers have taken so far; 0 where the system doesn't tell."""
        worked = 0
        for worker in self.workers():
            fields = Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()
            worked += int(fields[11]) + int(fields[12])
        return worked / os.sysconf("SC_CLK_TCK")

    def workers(self) -> list[str]:
        """The process numbers of the workers; none where the system doesn't tell."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text().split() if children.exists() else []

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)


@contextmanager
def serving(
    folder: Path,
    *,
    workers: int = 2,
    threads: int = 4,
    application: str = BARE,
    environment: dict[str, str] | None = None,
    settings: str = "",
) -> Iterator[Server]:
    """An application, the bare one by default, under Greenroom's configuration with `settings` added to it."""
    folder.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration, log = folder / f"configuration-{port}.py", folder / f"gunicorn-{port}.log"
    configuration.write_text(CONFIGURATION + (FOR_BARE if application == BARE else "") + settings)
    own = {"PORT": str(port), "HOST": "127.0.0.1", "GREENROOM_WORKERS": str(workers), "GREENROOM_THREADS": str(threads)}
    command = [Path(sys.executable).parent / "gunicorn", "--config", configuration, application]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | own | (environment or {}), stdout=file, stderr=file
        )
    server = Server(port, process, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(PATIENCE)


def ask(connection: socket.socket, size: int = 0) -> str:
    """One request on a connection that stays open; the worker that answered it."""
    connection.sendall(f"GET /{size} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        received = connection.recv(65536)
        assert received, f"The connection was closed after {answer!r}."
        answer += received
    head = answer.split(b"\r\n\r\n")[0].decode()
    return head.split(f"{WORKER}: ")[1].split("\r\n")[0]


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.process.poll() is None, server.log.read_text()
        assert time.monotonic() < deadline, server.log.read_text()
        try:
            with server.connect() as connection:
                connection.sendall(b"GET /0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert connection.recv(8) == b"HTTP/1.1"
                return
        except ConnectionRefusedError:
            continue
