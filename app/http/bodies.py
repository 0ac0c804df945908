"""What a refused request goes on sending is read to its end, so that its sender gets to read the answer.

A server that answers early and closes the connection with data still coming in resets it: a script that posts
a long text with a wrong key, or a file that is too large, would see a broken connection and try again.
"""

from __future__ import annotations

from flask import Flask, Response, request

CHUNK = 64 * 1024
# Somebody who sends more than this isn't waited for.
LONGEST = 256 * 1024 * 1024


def init_app(app: Flask) -> None:
    app.after_request(_read_to_the_end)


def _read_to_the_end(response: Response) -> Response:
    environ = request.environ
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return response
    # Without this mark the input has no end to read to, and reading on would wait for ever.
    if environ.get("wsgi.input_terminated"):
        stream, left = environ["wsgi.input"], LONGEST
        try:
            while left > 0 and (chunk := stream.read(CHUNK)):
                left -= len(chunk)
        except OSError:
            # The sender has gone, or sends something that is no HTTP. The answer is the same.
            return response
    return response
