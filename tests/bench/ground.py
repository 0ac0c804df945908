"""What the measures stand on: a Greenroom of their own in a temporary folder, and texts of full length."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.assistants.spec import INSTRUCTIONS_LENGTH
from app.config import Settings
from app.core.actors import Role
from app.extensions import db
from app.http.logs import JsonLines
from tests import factories
from tests.postgres import PostgresDatabase
from tests.sample_words import prose

ENGINES = ("SQLite", "PostgreSQL")
CHANGE = "A changed place."


@contextmanager
def server(engine: str) -> Iterator[str | None]:
    """A server of this engine, by its address; None for the embedded one, which needs none."""
    if engine == "SQLite":
        yield None
        return
    with PostgresDatabase.started("bench") as database:
        yield database.url


@contextmanager
def greenroom(folder: Path, database_url: str | None = None) -> Iterator[Flask]:
    """A Greenroom on an empty, migrated database. Requests make their own application contexts, as on a server."""
    environment = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": "only for the bench"}
    if database_url:
        environment["GREENROOM_DATABASE_URL"] = database_url
    app = create_app(Settings.from_environment(environment))
    with Path(os.devnull).open("w") as nowhere:
        # Requests write their lines as on a server, but not among those of the table.
        log = logging.StreamHandler(nowhere)
        log.setFormatter(JsonLines())
        logging.getLogger("app").handlers = [log]
        with app.app_context():
            flask_migrate.upgrade()
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def signed_in(app: Flask) -> FlaskClient:
    """A client with the cookies of an editor who has arrived: pages no longer give it a new token for its forms."""
    with app.app_context():
        email = factories.make_person(role=Role.EDITOR).email
    client = app.test_client()
    # The load generator sends no such header, and a session is the browser's it began in.
    del client.environ_base["HTTP_USER_AGENT"]
    page = client.get("/sign-in").get_data(as_text=True)
    client.post(
        "/sign-in",
        data={"email": email, "password": factories.PASSWORD, "csrf_token": csrf_token(page)},
        follow_redirects=True,
    )
    return client


def csrf_token(page: str) -> str:
    """The token in the first form of a page."""
    return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def full_text(seed: int = 1) -> str:
    """Prose in lines and paragraphs, as long as instructions may be."""
    return prose(random.Random(seed), INSTRUCTIONS_LENGTH)


def edited(text: str, rng: random.Random, edits: int = 1) -> str:
    """`text` with a few words written over at `edits` places throughout; as long as before."""
    share = len(text) // edits
    for edit in range(edits):
        place = edit * share + rng.randrange(share - 2 * len(CHANGE))
        word = f"{CHANGE[:-1]} {rng.randrange(10**6)}."
        text = text[:place] + word + text[place + len(word) :]
    return text
