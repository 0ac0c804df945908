"""One line for each request on standard error, and one for each message of the program, as JSON or as plain text.

No line holds a secret, a query or any part of a body: a route is written as it is declared, a path without what looks
like a key. What the database is asked is written without its values (`config`).
"""

from __future__ import annotations

import json
import logging
import re
import time
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from flask import Flask, Response, g, request
from flask.logging import wsgi_errors_stream

from app.config import Settings

requests_log = logging.getLogger("app.requests")
FIELDS = "greenroom_fields"
PLAIN = "%(levelname)s: %(message)s"
LONGEST_PATH = 200
KEYS = re.compile(r"(gr_|sk-)[\w-]+")
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
        return json.dumps(line, ensure_ascii=False)


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    handler = logging.StreamHandler(cast("TextIO", wsgi_errors_stream))
    handler.setFormatter(
        JsonLines() if settings.log_format == "json" else logging.Formatter("%(levelname)s: %(message)s")
    )
    program = logging.getLogger("app")
    program.handlers = [handler]
    program.setLevel(logging.INFO)
    if settings.log_requests:
        app.after_request(_write_line)


def _write_line(response: Response) -> Response:
    if request.endpoint in QUIET and response.status_code < 400:
        return response
    fields = {
        "request_id": g.get("request_id"),
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "path": KEYS.sub(r"\1…", request.path[:LONGEST_PATH]),
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.began) * 1000, 1),
        "actor": _actor(),
        "address": request.remote_addr,
    }
    words = " ".join(str(fields[name]) for name in ("request_id", "method", "path", "status", "ms"))
    requests_log.info("%s ms", words, extra={FIELDS: fields})
    return response


def _actor() -> dict[str, Any] | None:
    """Who asked, if that was found out on the way. It isn't found out for the sake of the log."""
    actor = g.get("actor")
    person = g.get("_login_user")
    if actor is None and person is not None and person.is_authenticated:
        actor = person.as_actor()
    return {"kind": actor.kind, "id": actor.id} if actor else None
