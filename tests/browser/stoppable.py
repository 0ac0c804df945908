"""A real gunicorn that a test can stop and start again on the same port, beside an application on the same database."""

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

import flask_migrate
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from app import create_app
from app.config import ROOT, Settings
from app.core.actors import Role
from app.editing.models import WorkingCopy
from app.extensions import db
from tests import factories

EMAIL = "ed@example.org"
PATIENCE = 60


@dataclass
class Server:
    """Greenroom with one person, an editor."""

    app: Flask
    environment: dict[str, str]
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [Path(sys.executable).parent / "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
        log = self.folder / "gunicorn.log"
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=file, stderr=file)
        deadline = time.monotonic() + PATIENCE
        while not self.listens():
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            # Looked for often rather than waited for long, but not without end: the server needs the processor.
            time.sleep(0.02)

    def stop(self) -> None:
        assert self.process is not None
        # At once: a graceful stop waits for connections that a browser opened ahead and never uses.
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def make_assistant(self, text: str) -> str:
        """The id of a new assistant with these instructions."""
        with self.app.app_context():
            assistant_id: str = factories.make_assistant(instructions=text).id
            db.session.remove()
        return assistant_id

    def kept_text(self) -> str:
        """The instructions of the one working copy there is."""
        with self.app.app_context():
            text: str = db.session.scalars(select(WorkingCopy)).one().form["instructions"]
            db.session.remove()
        return text

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def stoppable(folder: Path, database_url: str | None = None) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": "only for tests"}
    own |= {"GREENROOM_DATABASE_URL": database_url} if database_url else {}
    app = create_app(Settings.from_environment(own))
    with app.app_context():
        flask_migrate.upgrade()
        factories.make_person(role=Role.EDITOR, email=EMAIL)
        db.session.remove()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
    where = {"HOST": "127.0.0.1", "PORT": str(port), "GREENROOM_WORKERS": "1"}
    server = Server(app, outside | own | where, folder, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        with app.app_context():
            db.engine.dispose()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/assistants")
