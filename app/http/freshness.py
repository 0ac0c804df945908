"""Where a replica is read from: a client's last write is kept with its key or person before the answer goes out."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from flask import Flask, Response

from app.accounts import service as accounts
from app.core import freshness
from app.core.actors import Actor, ActorKind
from app.core.beside import write_beside
from app.extensions import db
from app.http.actor import SignInNeeded, current_actor
from app.keys import service as keys


def init_app(app: Flask) -> None:
    if app.config["SETTINGS"].read_database_url:
        app.before_request(freshness.forget)
        app.after_request(_note)
        app.teardown_request(lambda _failure: freshness.forget())


def _note(response: Response) -> Response:
    if freshness.wrote():
        with suppress(SignInNeeded):
            keep_for(current_actor())
    return response


def keep_for(actor: Actor) -> None:
    """What this client has written is kept with its key or person."""
    if actor.id is None:
        return
    note = keys.note_writing if actor.kind is ActorKind.KEY else accounts.note_writing
    write_beside(db.session, "How far a client wrote", partial(note, actor.id))
