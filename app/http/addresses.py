"""Which address a request means (calls sent to the bare host, doubled slashes), where a sign-in leads, and our own.

Scripts give the SDK `https://host`, `https://host/` or `https://host/v1/` as its base address. All of them mean the
API, and a redirect would turn their POSTs into GETs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from flask import current_app, request

from app.config import Settings
from app.http.errors import API_PREFIX, OWN_ADDRESSES

WSGIApplication: TypeAlias = Any
SLASHES = re.compile("/{2,}")
SDK_HEADERS = ("HTTP_OPENAI_BETA", "HTTP_X_STAINLESS_LANG")


class BareBaseUrl:
    """WSGI middleware that reads `/assistants` sent by a script as `/v1/assistants`.

    The pages live at the same address; a browser never sends a key, nor what the SDKs send without one.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = SLASHES.sub("/", environ.get("PATH_INFO", ""))
        if path == API_PREFIX or path.startswith(f"{API_PREFIX}/"):
            environ["PATH_INFO"] = path
        elif path not in {"/openapi.json", *OWN_ADDRESSES} and _sent_by_script(environ):
            environ["PATH_INFO"] = API_PREFIX + path
        return self.application(environ, start_response)  # type: ignore[no-any-return]


def _sent_by_script(environ: dict[str, Any]) -> bool:
    scheme = environ.get("HTTP_AUTHORIZATION", "").split(" ")[0]
    return scheme.lower() == "bearer" or any(header in environ for header in SDK_HEADERS)


def local_path(target: str | None, otherwise: str) -> str:
    """`target` when it is a path on this server, else `otherwise`: a sign-in never leads to another site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        return target
    return otherwise


def public_url() -> str:
    """The address people and scripts reach this Greenroom by, without a trailing slash: as set, or as asked."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url or request.url_root.rstrip("/")


def api_base_url() -> str:
    """What a script gives the SDK as `base_url`, without a trailing slash."""
    return f"{public_url()}{API_PREFIX}"
