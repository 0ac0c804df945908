"""Reading a submitted form in one piece. What the fields mean is the features' business.

Werkzeug's reader takes a body 64 KB at a time, and where such a piece ends inside the line that closes an empty field,
a part of that line becomes the field's text. Bodies are bounded and held in memory anyway, so it gets them whole.
"""

from __future__ import annotations

from typing import IO, Any

from flask import Request
from werkzeug.formparser import FormDataParser


class _InOnePiece:
    """A stream whose first read gives everything, however much was asked for."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, _size: int = -1) -> bytes:
        body, self.body = self.body, b""
        return body


class WholeFormParser(FormDataParser):
    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        return super().parse(_InOnePiece(stream.read()), mimetype, content_length, options)  # type: ignore[arg-type]


class WholeFormRequest(Request):
    """A request whose form can't be torn at the edge of a piece."""

    form_data_parser_class = WholeFormParser
