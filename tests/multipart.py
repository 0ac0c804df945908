"""A form's body as browsers encode it.

Werkzeug's test client leaves out a line break before the end of an empty field, which no browser does, and its reader,
in pieces of 64 KB, then sometimes takes a part of the boundary for the field's text.
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

BOUNDARY = "----GreenroomFormBoundary7MA4YWxkTrZu0gW"


def encode_multipart(fields: MultiDict[str, Any] | dict[str, Any]) -> tuple[bytes, str]:
    """The body and its content type. A file is a `FileStorage`."""
    pieces = []
    for name, value in MultiDict(fields).items(multi=True):
        header = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if isinstance(value, FileStorage):
            header += f'; filename="{_quoted(value.filename or "")}"\r\nContent-Type: {value.content_type}'
        content = value.read() if isinstance(value, FileStorage) else str(value).encode()
        pieces += [f"{header}\r\n\r\n".encode(), content, b"\r\n"]
    pieces.append(f"--{BOUNDARY}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={BOUNDARY}"


def _quoted(text: str) -> str:
    """As the HTML standard asks for names in a form's header lines."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
