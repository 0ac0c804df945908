"""Reading a multipart form as it was sent. What its fields mean is the features' business.

Werkzeug's own reader takes a body 64 KB at a time, and where such a piece ends between the last two hyphens of a form,
its last field gains a CR. The one used here has no such edge, and reads a text of full length in half the time.
"""

from __future__ import annotations

from math import inf
from typing import IO, Any

from flask import Request
from multipart import MultipartError, MultipartParser, MultipartPart, ParserLimitReached
from werkzeug.datastructures import FileStorage, Headers
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

# What is longer waits in a temporary file; four times the longest text in the widest characters isn't.
IN_MEMORY = 4 * 1024 * 1024
PIECE = 1024 * 1024
DAMAGED = "The form arrived damaged. Go back and send it again."


class FormReader(FormDataParser):
    """Takes the place of Werkzeug's reader. How much a body may hold is `max_content_length`'s to say."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        if mimetype != "multipart/form-data":
            return super().parse(stream, mimetype, content_length, options)
        try:
            parts = self._parts(stream, content_length, (options or {}).get("boundary", ""))
            fields = [(part.name, bytes(part.raw).decode()) for part in parts if part.filename is None]
        except ParserLimitReached:
            raise RequestEntityTooLarge from None
        except (MultipartError, UnicodeDecodeError):
            raise BadRequest(DAMAGED) from None
        files = [(part.name, _file(part)) for part in parts if part.filename is not None]
        return stream, self.cls(fields), self.cls(files)

    def _parts(self, stream: IO[bytes], content_length: int | None, boundary: str) -> list[MultipartPart]:
        parser = MultipartParser(
            stream,
            boundary,
            content_length=-1 if content_length is None else content_length,
            buffer_size=PIECE,
            part_limit=self.max_form_parts or inf,
            spool_limit=IN_MEMORY,
            memory_limit=inf,
        )
        return list(parser.parts())


class FormRequest(Request):
    """A request whose form is whole, wherever the pieces end in which it arrives."""

    form_data_parser_class = FormReader


def _file(part: MultipartPart) -> FileStorage:
    return FileStorage(part.file, part.filename, part.name, headers=Headers(part.headerlist))
