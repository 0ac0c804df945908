"""The quick way of reads that scripts repeat: answered in front of Flask's dispatch, by the functions behind it.

It takes only what is ordinary in form, and only what succeeds leaves by it. All else goes the usual way, failures too,
so that their words and their status are said in one place (`http.errors`). Key, host name, permission, headers,
compression, metrics and log are those of the usual way, called from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from flask.ctx import AppContext
from werkzeug.wsgi import ClosingIterator

from app.config import Settings
from app.core import freshness
from app.core.actors import Permission
from app.http import compression, key_limit, logs, metrics, security
from app.http.actor import PERMISSION_ATTRIBUTE, check
from app.http.api import JSON, TRIED, Answer, Asked, Tried, identify
from app.readers import service as readers

# What an id is made of, and what stands in a query without being escaped.
ARGUMENT = r"(?P<\1>[A-Za-z0-9_-]+)"
PLAIN_QUERY = re.compile(r"[A-Za-z0-9_.&=-]*")


@dataclass(frozen=True, slots=True)
class QuickRead:
    """A route of the API: as it is declared, the addresses it has, who may, and what reads."""

    rule: str
    path: re.Pattern[str]
    permission: Permission
    read: Callable[..., Answer]


def init_app(app: Flask, reads: dict[str, Callable[..., Answer]]) -> None:
    """Give the views of these endpoints, which have no other parts than these functions, a quick way."""
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    found = [
        QuickRead(
            rules[endpoint],
            re.compile(re.sub("<([a-z_]+)>", ARGUMENT, rules[endpoint])),
            getattr(app.view_functions[endpoint], PERMISSION_ATTRIBUTE),
            read,
        )
        for endpoint, read in reads.items()
    ]
    app.wsgi_app = QuickWay(app, found)  # type: ignore[method-assign]


class QuickWay:
    """WSGI middleware around Flask."""

    def __init__(self, app: Flask, reads: list[QuickRead]) -> None:
        settings: Settings = app.config["SETTINGS"]
        self.app, self.reads, self.usual = app, reads, app.wsgi_app
        self.hosts, self.logs = settings.hosts, settings.log_requests
        self.metrics = app.extensions.get(metrics.EXTENSION)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if is_ordinary(environ):
            path = environ["PATH_INFO"]
            for quick in self.reads:
                if found := quick.path.fullmatch(path):
                    answered = self._answered(quick, found.groupdict(), environ, start_response)
                    return self.usual(environ, start_response) if answered is None else answered
        return self.usual(environ, start_response)

    def _answered(
        self, quick: QuickRead, arguments: dict[str, str], environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes] | None:
        with self.app.app_context() as context:
            security.begin(context.g, environ.get("REMOTE_ADDR"))
            try:
                security.check_host(environ["HTTP_HOST"], self.hosts)
                actor = identify(context.g, environ.get("HTTP_AUTHORIZATION", ""))
                check(actor, quick.permission)
                query = environ.get("QUERY_STRING")
                # Of what is given twice, the first counts, as on the usual way.
                args = dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}
                answer = quick.read(Asked(actor, args, environ.get("HTTP_IF_NONE_MATCH")), **arguments)
                return self._sent(answer, quick, context, environ, start_response)
            except Exception as failure:
                environ[TRIED] = Tried(failure, context.g)
                return None
            finally:
                freshness.forget()
                security.end()

    def _sent(
        self, answer: Answer, quick: QuickRead, context: AppContext, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        known, body, status = context.g, answer.body, 304 if answer.body is None else 200
        headers = answer.headers | security.json_headers(known, is_secure=environ["wsgi.url_scheme"] == "https")
        headers |= key_limit.headers(known)
        if body is not None:
            body = _smaller(body, headers, answer, environ.get("HTTP_ACCEPT_ENCODING"))
            headers |= {"Content-Type": JSON, "Content-Length": str(len(body))}
        if self.metrics:
            self.metrics.count("GET", quick.rule, status, known.began)
        if self.logs:
            logs.write_line(known, environ, method="GET", route=quick.rule, path=environ["PATH_INFO"], status=status)
        start_response("200 OK" if body is not None else "304 NOT MODIFIED", list(headers.items()))
        sent = [] if body is None else [body]
        return ClosingIterator(sent, self._write_down) if readers.is_time_to_write() else sent

    def _write_down(self) -> None:
        with self.app.app_context():
            readers.write_down()


def is_ordinary(environ: dict[str, Any]) -> bool:
    """A GET without a body whose query needs no decoding, from a client that says which host it means."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and not environ.get("CONTENT_LENGTH")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and "HTTP_HOST" in environ
        and PLAIN_QUERY.fullmatch(environ.get("QUERY_STRING", "")) is not None
    )


def _smaller(body: bytes, headers: dict[str, str], answer: Answer, accepted: str | None) -> bytes:
    if len(body) < compression.WORTH_IT:
        return body
    headers["Vary"] = "Accept-Encoding"
    encoding = compression.chosen(accepted)
    if encoding is None:
        return body
    headers["Content-Encoding"] = encoding
    return compression.made(encoding, body, answer.kept_under)
