"""Where a replica is read from: a client's last write is kept with its key or person before the answer goes out."""

from __future__ import annotations

import logging

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
        try:
            _keep_for(current_actor())
        except SignInNeeded:
            pass
        except DBAPIError as failure:
            log.warning("How far a client wrote can't be kept now: %s", failure.orig)
    return response


def _keep_for(actor: Actor) -> None:
    if actor.id is not None:
        note = keys.note_writing if actor.kind is ActorKind.KEY else accounts.note_writing
        note(actor.id)
