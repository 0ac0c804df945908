"""What those who run Greenroom ask it: is it alive, is it ready, how much is it doing. No sign-in, no pages."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import NotFound

from app import schema
from app.assistants import service as assistants
from app.assistants import versions
from app.config import Settings
from app.editing import service as editing
from app.http import metrics as measured
from app.http.actor import public
from app.schema import SchemaState

pages = Blueprint("operating", __name__)

NOT_READY = {
    SchemaState.EMPTY: "The database has no tables yet. Run 'flask db upgrade'.",
    SchemaState.BEHIND: "The database was made by an earlier Greenroom. Run 'flask db upgrade'.",
    SchemaState.AHEAD: schema.LATER,
}
UNREACHABLE = "The database can't be reached."
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Alive: this process answers. It says nothing about the database, so that nobody restarts it in vain."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready: the database is in reach and has the tables this program knows."""
    try:
        reason = NOT_READY.get(schema.state())
    except DBAPIError:
        # Where the database is, is nobody's business here; the log says more.
        reason = UNREACHABLE
    if reason:
        return jsonify(status="unavailable", reason=reason), 503, {"Retry-After": "5"}
    return jsonify(status="ok")


@pages.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """For Prometheus, which sends the token that is set; without one set there is nothing here."""
    settings: Settings = current_app.config["SETTINGS"]
    found = measured.of_this_app()
    if settings.metrics_token is None or found is None:
        raise NotFound
    given = request.authorization.token if request.authorization and request.authorization.type == "bearer" else None
    if not hmac.compare_digest((given or "").encode(), settings.metrics_token.encode()):
        return Response("Send the token of GREENROOM_METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"}, TEXT)
    return Response(found.text() + _from_the_database(), content_type=TEXT)


def _from_the_database() -> bytes:
    """What there is at this moment; nothing but that fact while the database is away."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, means: str, value: float) -> None:
        Gauge(f"greenroom_{name}", means, registry=registry).set(value)

    try:
        counts: dict[str, Any] = {
            "assistants": ("Assistants, without the trash.", assistants.count_live()),
            "versions": ("Versions of all assistants.", versions.count()),
            "working_copies": ("Unsaved changes that are kept.", editing.count()),
        }
    except DBAPIError:
        counts = {}
    for name, (means, value) in counts.items():
        gauge(name, means, value)
    gauge("database_up", "Whether the database answers.", bool(counts))
    return generate_latest(registry)
