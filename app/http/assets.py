"""Styles, scripts and pictures: served under an address that names them whole, so that browsers keep them for a year.

The address holds a fingerprint of the whole folder, because scripts import each other by relative addresses. What is
asked for under an earlier fingerprint, or none, is answered from what there is now, and not kept.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory

from app.config import ROOT
from app.http.actor import public

FOLDER = ROOT / "static"
PREFIX = "/static"
FINGERPRINT_LENGTH = 16
FINGERPRINT = re.compile(rf"[0-9a-f]{{{FINGERPRINT_LENGTH}}}/")
A_YEAR = 365 * 24 * 3600
KEPT = f"public, max-age={A_YEAR}, immutable"
NOT_KEPT = "no-cache"


@cache
def address() -> str:
    """The address of the folder as it is now, without a trailing slash."""
    return f"{PREFIX}/{fingerprint(FOLDER)}"


def fingerprint(folder: Path) -> str:
    """A digest over the names and contents of everything in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        digest.update(b"%d %b %d %b" % (len(name), name, len(content), content))
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def init_app(app: Flask) -> None:
    app.add_url_rule(f"{PREFIX}/<path:filename>", endpoint="current_static", view_func=_current)
    app.after_request(_say_how_long)


def is_asset() -> bool:
    """Whether this request is for a file that is the same for everybody."""
    return request.path.startswith(f"{PREFIX}/")


@public
def _current(filename: str) -> Response:
    return send_from_directory(FOLDER, FINGERPRINT.sub("", filename, count=1))


def _say_how_long(response: Response) -> Response:
    if is_asset():
        # Whoever works on the files sees each change at once.
        kept = request.endpoint == "static" and response.status_code in {200, 206, 304} and not current_app.debug
        response.headers["Cache-Control"] = KEPT if kept else NOT_KEPT
    return response
