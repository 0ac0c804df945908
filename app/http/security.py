"""Headers that go with every answer, the session cookie, and the number each request is known by."""

from __future__ import annotations

import secrets
import time

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

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
    """Flask's signed cookie, marked Secure whenever the request came by HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Styles and scripts carry no cookie: a late one would bring a session back that was ended meanwhile."""
        return not is_asset() and super().should_set_cookie(app, session)


def init_app(app: Flask) -> None:
    app.session_interface = SessionInterface()
    app.before_request(_begin)
    app.after_request(_add_headers)


def _begin() -> None:
    g.request_id = f"req_{secrets.token_hex(16)}"
    g.began = time.perf_counter()


def _add_headers(response: Response) -> Response:
    response.headers["x-request-id"] = g.request_id
    if wants_json():
        response.headers["openai-version"] = API_VERSION
        response.headers["openai-processing-ms"] = str(round((time.perf_counter() - g.began) * 1000))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
    for name, value in PAGE_HEADERS.items():
        response.headers.setdefault(name, value)
    if not is_asset():
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
