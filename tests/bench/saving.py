"""Saving an edit of a full-length text, against Flask's own parsing of the same body and a bare transaction.

Both are WSGI applications called in this process, without a server between: what a server adds is the same for both.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.assistants import service
from app.core.database import set_up
from tests import factories
from tests.bench.ground import edited, full_text, greenroom, signed_in
from tests.bench.measure import Job, Line, pair
from tests.multipart import encode_multipart
from tests.pages import Page, encode

GROUP = "Saving an edit of 256,000 characters"
BAR = 2.0
# As many bytes as Greenroom adds for a small edit besides the text: a packed version with its facts, an audit entry.
PACKED = bytes(700)
DETAILS = "x" * 250
Environ = dict[str, Any]


def lines(folder: Path, *, rounds: int) -> Iterator[Line]:
    with greenroom(folder) as app, closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        bare = bare_app(connection)
        saves = Saves(app)
        taken = {"bar": BAR, "rounds": rounds, "warm_up": 5}
        ours, against = saves.job(app), saves.job(bare)
        yield pair(GROUP, "wall clock, synced to the disk", ours, against, **taken)
        yield pair(GROUP, "processor time", ours, against, clock=time.process_time, **taken)


class Saves:
    """The saves of one person who edits one assistant again and again."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.rng = random.Random(7)
        with app.app_context():
            self.assistant_id = factories.make_assistant(instructions=full_text()).id
        self.client = signed_in(app)
        self.path = f"/assistants/{self.assistant_id}/edit"
        page = Page(self.path, self.client.get(self.path, follow_redirects=True))
        self.fields = encode(page.form("form[enctype]"), {})
        self.cookies = "; ".join(f"{cookie.decoded_key}={cookie.value}" for cookie in self.client._cookies.values())

    def job(self, app: Flask) -> Job:
        def prepare() -> Callable[[], object]:
            environ = self.next_body()
            return lambda: answered(app, environ)

        return prepare

    def next_body(self) -> Environ:
        """The request that a browser sends for one more small edit of the text as it is now."""
        with self.app.app_context():
            assistant = service.get(self.assistant_id)
            text, number = assistant.instructions or "", str(assistant.version)
        self.fields["instructions"] = edited(text, self.rng).replace("\n", "\r\n")
        self.fields["version"] = self.fields["expected_version"] = number
        body, content_type = encode_multipart(self.fields)
        headers = {"Cookie": self.cookies}
        return EnvironBuilder(
            self.path, method="POST", data=body, content_type=content_type, headers=headers
        ).get_environ()


def answered(app: Flask, environ: Environ) -> None:
    body, status, _ = run_wsgi_app(app, environ)
    for _ in body:
        pass
    assert status.startswith("303"), status


def bare_app(connection: sqlite3.Connection) -> Flask:
    """Flask and sqlite3 alone: the body parsed, its text written in one transaction with Greenroom's settings."""
    app = Flask("bare")
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024
    set_up(connection, "FULL")
    connection.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute("INSERT INTO texts VALUES (1, '')")
    connection.execute("CREATE TABLE versions (number INTEGER PRIMARY KEY, packed BLOB NOT NULL)")
    connection.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, details TEXT NOT NULL)")

    @app.post("/<path:_path>")
    def save(_path: str) -> tuple[str, int]:
        text = request.form["instructions"]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE texts SET text = ? WHERE id = 1", (text,))
        connection.execute("INSERT INTO versions (packed) VALUES (?)", (PACKED,))
        connection.execute("INSERT INTO entries (details) VALUES (?)", (DETAILS,))
        connection.execute("COMMIT")
        return "", 303

    return app
