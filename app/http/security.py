"""Headers that go with every answer, the session cookie, and the number each request is known by."""

from __future__ import annotations

import secrets
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionMixin,
    session_json_serializer,
)
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.errors import Invalid
from app.core.whereabouts import ADDRESS
from app.http.assets import is_asset
from app.http.errors import OWN_ADDRESSES, wants_json

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
NOT_SHARED = "private, no-cache"
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": NOT_SHARED,
}
UNKNOWN_HOST = "This Greenroom doesn't go by the name you asked for. An administrator can add it to GREENROOM_HOSTS."
# For a year, and for this name alone: what else runs below it is not ours to decide.
HSTS = "max-age=31536000"
# What the API names as its version; the SDKs' recorded answers all carry it.
API_VERSION = "2020-10-01"
# When a session's cookie was written, and for how many seconds that does.
WRITTEN, REWRITTEN_AFTER = "written", 3_600


class SessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure whenever the request came by HTTPS. Scripts and styles have no session."""

    signer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = None if _is_stateless() else request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        signer = self.get_signing_serializer(app)
        if not cookie or signer is None:
            return self.session_class()
        try:
            held, signed_at = _verified(signer, cookie)
        except BadSignature:
            return self.session_class()
        is_over = not 0 <= int(time.time()) - signed_at <= app.permanent_session_lifetime.total_seconds()
        return self.session_class() if is_over else self.session_class(self.serializer.loads(held))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if _is_stateless():
            return
        if not session or self.should_set_cookie(app, session):
            super().save_session(app, session, response)
        elif session.accessed:
            # Most answers write no cookie, and need none of its parts.
            response.vary.add("Cookie")

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """When something in it has changed, and about once an hour, so that it ends some days after the last visit."""
        now = int(time.time())
        if not session.permanent:
            return session.modified
        if not session.modified and now - session.get(WRITTEN, 0) < REWRITTEN_AFTER:
            return False
        session[WRITTEN] = now
        return True

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Made once: an application's secret key stays the same."""
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


@lru_cache(maxsize=1_024)
def _verified(signer: URLSafeTimedSerializer, cookie: str) -> tuple[str, int]:
    """What a cookie holds, as text, and when it was signed; raises `BadSignature`.

    A browser sends the same one for an hour or more. Whether it still counts, and who it signs in, is for each request.
    """
    held, signed_at = signer.loads(cookie, return_timestamp=True)
    return session_json_serializer.dumps(held), int(signed_at.timestamp())


def init_app(app: Flask) -> None:
    app.session_interface = SessionInterface()
    app.before_request(_begin)
    app.after_request(_add_headers)
    app.teardown_request(_end)


def begin(known: Any, address: str | None) -> None:
    """What `known`, the `g` of a request, has before anything can fail: every answer carries these."""
    ADDRESS.set(address)
    known.request_id = f"req_{secrets.token_hex(16)}"
    known.began = time.perf_counter()


def end() -> None:
    """The request has been answered, and this thread takes another one."""
    ADDRESS.set(None)


def check_host(host: str, hosts: tuple[str, ...]) -> None:
    """Refuse a name that isn't ours: links would be made with it, and another site's name could show our pages."""
    if hosts and not _is_ours(host, hosts):
        raise Invalid.one(None, None, UNKNOWN_HOST)


def json_headers(known: Any, *, is_secure: bool) -> dict[str, str]:
    """What goes with every JSON answer; `known` is the `g` of its request."""
    headers = {
        "x-request-id": known.request_id,
        "openai-version": API_VERSION,
        "openai-processing-ms": str(round((time.perf_counter() - known.began) * 1000)),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": NOT_SHARED,
    }
    if is_secure:
        headers["Strict-Transport-Security"] = HSTS
    return headers


def _begin() -> None:
    begin(g, request.remote_addr)
    # What asks whether all is well often knows the address alone.
    if request.path not in OWN_ADDRESSES:
        check_host(request.host, current_app.config["SETTINGS"].hosts)


def _is_ours(host: str, hosts: tuple[str, ...]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(name == ours or (ours.startswith(".") and name.endswith(ours)) for ours in hosts)


def _end(_failure: BaseException | None) -> None:
    end()


def _add_headers(response: Response) -> Response:
    headers = response.headers
    if wants_json():
        for name, value in json_headers(g, is_secure=request.is_secure).items():
            headers.setdefault(name, value)
        return response
    headers.add("x-request-id", g.request_id)
    if request.is_secure:
        headers.add("Strict-Transport-Security", HSTS)
    given = {name.lower() for name, _ in headers}
    for name, value in PAGE_HEADERS.items():
        if name.lower() not in given:
            headers.add(name, value)
    return response


def _is_stateless() -> bool:
    """Whether this request is a script's or for a file. A cookie with one of them would be worse than useless: one that
    comes late brings a session back that was ended meanwhile.
    """
    return wants_json() or is_asset()
