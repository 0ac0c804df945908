"""Headers that go with every answer, the session cookie, and the number each request is known by."""

from __future__ import annotations

import secrets
import time

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from app.core.whereabouts import ADDRESS
from app.http.assets import is_asset
from app.http.errors import wants_json

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What the API names as its version; the SDKs' recorded answers all carry it.
API_VERSION = "2020-10-01"


class SessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure whenever the request came by HTTPS. Scripts and styles have no session."""

    signer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return self.session_class() if _is_stateless() else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not _is_stateless():
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Made once: an application's secret key stays the same."""
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def init_app(app: Flask) -> None:
    app.session_interface = SessionInterface()
    app.before_request(_begin)
    app.after_request(_add_headers)
    app.teardown_request(_end)


def _begin() -> None:
    ADDRESS.set(request.remote_addr)
    g.request_id = f"req_{secrets.token_hex(16)}"
    g.began = time.perf_counter()


def _end(_failure: BaseException | None) -> None:
    ADDRESS.set(None)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.add("x-request-id", g.request_id)
    if wants_json():
        headers.add("openai-version", API_VERSION)
        headers.add("openai-processing-ms", str(round((time.perf_counter() - g.began) * 1000)))
        headers.add("X-Content-Type-Options", "nosniff")
    else:
        for name, value in PAGE_HEADERS.items():
            headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _is_stateless() -> bool:
    """Whether this request is a script's or for a file. A cookie with one of them would be worse than useless: one that
    comes late brings a session back that was ended meanwhile.
    """
    return wants_json() or is_asset()
