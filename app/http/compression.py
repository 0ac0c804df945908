"""Answers made smaller for who asks: JSON, styles and scripts, where that saves more than it costs.

Pages are sent as they are: each carries a token, and some repeat what was typed, so their compressed length would tell
a listener something about the token (BREACH). JSON holds no secret of a browser's, which sends no key by itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable
from functools import lru_cache

import zstandard
from flask import Flask, Response, g, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from app.core.keeping import Keep
from app.http.assets import is_asset
from app.http.errors import wants_json

# Shorter answers fit into a packet or two anyway, in bytes.
WORTH_IT = 4_096
# What is asked for again and again is compressed once, in bytes for each process.
kept = Keep(4 * 1024 * 1024)
# On the way, speed counts: higher levels take several times as long to save a few percent more.
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "gzip": lambda body: zlib.compress(body, level=1, wbits=31),
}
SMALLER = ("application/json", "text/css", "text/javascript", "image/svg+xml")


def init_app(app: Flask) -> None:
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.method not in {"GET", "HEAD"} or response.status_code != 200:
        return response
    if response.mimetype not in SMALLER or not (is_asset() or wants_json()):
        return response
    if (response.content_length or 0) < WORTH_IT or response.is_streamed is not response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    encoding = chosen(request.headers.get("Accept-Encoding"))
    if encoding and request.method == "GET" and "Content-Encoding" not in response.headers:
        state = request.path if request.endpoint == "static" else g.get("kept_under")
        response.direct_passthrough = False
        response.set_data(made(encoding, response.get_data(), state))
        response.headers["Content-Encoding"] = encoding
    return response


@lru_cache(maxsize=256)
def chosen(asked: str | None) -> str | None:
    """The quicker of the encodings that a client takes, from its `Accept-Encoding`."""
    if not asked:
        return None
    accepted = parse_accept_header(asked, Accept)
    return next((encoding for encoding in ENCODINGS if accepted[encoding] > 0), None)


def made(encoding: str, body: bytes, state: Hashable | None) -> bytes:
    """The compressed body, kept if it is known to be the same whenever `state` is."""
    if state is None:
        return ENCODINGS[encoding](body)
    small = kept.get((encoding, state))
    if small is None:
        small = ENCODINGS[encoding](body)
        kept.put((encoding, state), small)
    return small
