"""The quick way of what scripts ask again and again: answered in front of Flask's dispatch, by the functions behind it.

It takes only what is ordinary in form, and only what succeeds leaves by it. All else goes the usual way, failures too,
so that their words and their status are said in one place (`http.errors`); nothing is done twice. Key, host name,
permission, headers, compression, metrics and log are those of the usual way, called from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import Flask
from flask.ctx import AppContext
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import ClosingIterator

from app.config import Settings
from app.core import freshness, reading
from app.core.actors import Actor, Permission
from app.core.reading import Ahead
from app.http import compression, key_limit, logs, metrics, security
from app.http.actor import PERMISSION_ATTRIBUTE, check
from app.http.api import JSON, TRIED, Answer, Asked, Tried, identify, json_object
from app.http.freshness import keep_for
from app.readers import service as readers

# What an id is made of, and what stands in a query without being escaped.
ARGUMENT = r"(?P<\1>[A-Za-z0-9_-]+)"
PLAIN_QUERY = re.compile(r"[A-Za-z0-9_.&=-]*")
LENGTH = re.compile("[0-9]{1,18}")


class Quick(NamedTuple):
    """What answers on the quick way, and which row it is going to read first, where that is known from the address.

    `ahead` is given the query's values and what stands in the path.
    """

    answer: Callable[..., Answer]
    ahead: Callable[..., Ahead | None] = lambda _query, **_path: None


@dataclass(frozen=True, slots=True)
class QuickRoute:
    """A route of the API: its method, as it is declared, the addresses it has, who may, and as in `Quick`."""

    method: str
    rule: str
    path: re.Pattern[str]
    permission: Permission
    answer: Callable[..., Answer]
    ahead: Callable[..., Ahead | None]


def init_app(app: Flask, answers: dict[str, Quick]) -> None:
    """Give the views of these endpoints, which have no other parts than these functions, a quick way."""
    found = [
        QuickRoute(
            "POST" if "POST" in (rule.methods or ()) else "GET",
            rule.rule,
            re.compile(re.sub("<([a-z_]+)>", ARGUMENT, rule.rule)),
            getattr(app.view_functions[rule.endpoint], PERMISSION_ATTRIBUTE),
            *answers[rule.endpoint],
        )
        for rule in app.url_map.iter_rules()
        if rule.endpoint in answers
    ]
    app.wsgi_app = QuickWay(app, found)  # type: ignore[method-assign]


class QuickWay:
    """WSGI middleware around Flask."""

    def __init__(self, app: Flask, routes: list[QuickRoute]) -> None:
        settings: Settings = app.config["SETTINGS"]
        self.app, self.routes, self.usual = app, routes, app.wsgi_app
        self.hosts, self.logs, self.most = settings.hosts, settings.log_requests, settings.max_body_bytes
        self.has_replica = settings.read_database_url is not None
        self.metrics = app.extensions.get(metrics.EXTENSION)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if is_ordinary(environ, self.most):
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            for route in self.routes:
                if route.method == method and (found := route.path.fullmatch(path)):
                    answered = self._answered(route, found.groupdict(), environ, start_response)
                    return self.usual(environ, start_response) if answered is None else answered
        return self.usual(environ, start_response)

    def _answered(
        self, route: QuickRoute, arguments: dict[str, str], environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes] | None:
        with self.app.app_context() as context:
            security.begin(context.g, environ.get("REMOTE_ADDR"))
            try:
                security.check_host(environ["HTTP_HOST"], self.hosts)
                query = _query(environ)
                actor = identify(context.g, environ.get("HTTP_AUTHORIZATION", ""), route.ahead(query, **arguments))
                check(actor, route.permission)
                answer = route.answer(_asked(actor, query, environ), **arguments)
                if self.has_replica and freshness.wrote():
                    keep_for(actor)
                return self._sent(answer, route, context, environ, start_response)
            except Exception as failure:
                environ[TRIED] = Tried(failure, context.g)
                return None
            finally:
                reading.forget()
                freshness.forget()
                security.end()

    def _sent(
        self, answer: Answer, route: QuickRoute, context: AppContext, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        known, body, status = context.g, answer.body, 304 if answer.body is None else 200
        headers = answer.headers | security.json_headers(known, is_secure=environ["wsgi.url_scheme"] == "https")
        headers |= key_limit.headers(known)
        if body is not None:
            if route.method == "GET":
                body = _smaller(body, headers, answer, environ.get("HTTP_ACCEPT_ENCODING"))
            headers |= {"Content-Type": JSON, "Content-Length": str(len(body))}
        if self.metrics:
            self.metrics.count(route.method, route.rule, status, known.began)
        if self.logs:
            path = environ["PATH_INFO"]
            logs.write_line(known, environ, method=route.method, route=route.rule, path=path, status=status)
        start_response("200 OK" if body is not None else "304 NOT MODIFIED", list(headers.items()))
        sent = [] if body is None else [body]
        return ClosingIterator(sent, self._write_down) if readers.is_time_to_write() else sent

    def _write_down(self) -> None:
        with self.app.app_context():
            readers.write_down()


def is_ordinary(environ: dict[str, Any], most: int) -> bool:
    """From a client that says which host it means: a GET without a body whose query needs no decoding, or a POST of
    JSON without a query, of at most so many bytes."""
    length = environ.get("CONTENT_LENGTH", "")
    if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_HOST" not in environ:
        return False
    query = environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] == "GET":
        return not length and PLAIN_QUERY.fullmatch(query) is not None
    is_json = environ.get("CONTENT_TYPE") == JSON
    return is_json and not query and LENGTH.fullmatch(length) is not None and int(length) <= most


def _query(environ: dict[str, Any]) -> dict[str, str]:
    query = environ.get("QUERY_STRING")
    # Of what is given twice, the first counts, as on the usual way.
    return dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}


def _asked(actor: Actor, query: dict[str, str], environ: dict[str, Any]) -> Asked:
    def header(name: str) -> str | None:
        return environ.get(f"HTTP_{name.upper().replace('-', '_')}")

    def body() -> dict[str, Any]:
        length = int(environ["CONTENT_LENGTH"])
        raw = environ["wsgi.input"].read(length)
        if len(raw) < length:
            raise ClientDisconnected
        return json_object(raw)

    return Asked(actor, query, header, body)


def _smaller(body: bytes, headers: dict[str, str], answer: Answer, accepted: str | None) -> bytes:
    if len(body) < compression.WORTH_IT:
        return body
    headers["Vary"] = "Accept-Encoding"
    encoding = compression.chosen(accepted)
    if encoding is None:
        return body
    headers["Content-Encoding"] = encoding
    return compression.made(encoding, body, answer.kept_under)
