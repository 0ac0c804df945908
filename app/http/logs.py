"""One line for each request on standard error, and one for each message of the program, as JSON or as plain text.

No line holds a secret, a query or any part of a body: a route is written as it is declared, a path without what looks
like a key. What the database is asked is written without its values (`config`).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, g, request

from app.config import Settings

requests_log = logging.getLogger("app.requests")
FIELDS = "greenroom_fields"
PLAIN = "%(levelname)s: %(message)s"
WORDS = "%s %s %s %s %s ms"
LONGEST_PATH = 200
# All of what looks like a key but its beginning.
KEYS = re.compile(r"(?<=gr_|sk-)[\w-]+")
# What asks several times a minute whether all is well is only worth a line when it isn't.
QUIET = {"static", "current_static", "operating.healthz", "operating.readyz", "operating.metrics"}


class JsonLines(logging.Formatter):
    """Each message as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        line |= getattr(record, FIELDS, None) or {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:
            # Half of a surrogate pair, or a number of more than 64 bits.
            return json.dumps(line, default=str)


class ToStandardError(logging.Handler):
    """Each message on standard error, whatever that is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    handler = ToStandardError()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else logging.Formatter(PLAIN))
    program = logging.getLogger("app")
    program.handlers = [handler]
    program.setLevel(logging.INFO)
    if settings.log_requests:
        app.after_request(_write_line)


def _write_line(response: Response) -> Response:
    if request.endpoint in QUIET and response.status_code < 400:
        return response
    route = request.url_rule.rule if request.url_rule else None
    write_line(g, request.environ, method=request.method, route=route, path=request.path, status=response.status_code)
    return response


def write_line(known: Any, environ: dict[str, Any], *, method: str, route: str | None, path: str, status: int) -> None:
    """The line of a request that is answered now; `known` is its `g`."""
    fields = {
        "request_id": known.request_id,
        "method": method,
        "route": route,
        "path": KEYS.sub("…", path[:LONGEST_PATH]),
        "status": status,
        "ms": round((time.perf_counter() - known.began) * 1000, 1),
        "actor": _actor(known),
        "address": environ.get("REMOTE_ADDR"),
    }
    if requests_log.isEnabledFor(logging.INFO):
        # Made by hand, because `info` would look for the line of the program that called it.
        words = tuple(fields[name] for name in ("request_id", "method", "path", "status", "ms"))
        made = logging.LogRecord(requests_log.name, logging.INFO, __file__, 0, WORDS, words, None)
        setattr(made, FIELDS, fields)
        requests_log.handle(made)


def _actor(known: Any) -> dict[str, Any] | None:
    """Who asked, if that was found out on the way. It isn't found out for the sake of the log."""
    actor = known.get("actor")
    person = known.get("_login_user")
    if actor is None and person is not None and person.is_authenticated:
        actor = person.as_actor()
    return {"kind": actor.kind, "id": actor.id} if actor else None
