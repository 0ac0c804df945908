"""Where a replica is read from: a client's last write is kept with its key or person before the answer goes out."""

from __future__ import annotations

import logging
from contextlib import suppress

from flask import Flask, Response
from sqlalchemy.exc import DBAPIError

from app.accounts import service as accounts
from app.core import freshness
from app.core.actors import Actor, ActorKind
from app.http.actor import SignInNeeded, current_actor
from app.keys import service as keys

log = logging.getLogger(__name__)


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
    try:
        note(actor.id)
    except DBAPIError as failure:
        log.warning("How far a client wrote can't be kept now: %s", failure.orig)
