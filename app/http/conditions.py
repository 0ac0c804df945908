"""What a script says of a write in headers: which version it knows (`If-Match`), and a note for the history."""

from __future__ import annotations

from urllib.parse import unquote

from werkzeug.http import parse_etags

from app.assistants import service, wire
from app.assistants.spec import checked_note
from app.core.errors import Conflict, Invalid
from app.http.api import Asked

NOTE_HEADER = "X-Greenroom-Note"


def expected_version(asked: Asked, assistant_id: str) -> int | None:
    """The version that `If-Match` insists on; None without the header, or if any will do (`*`).

    A `Conflict` if none of its tags is current, or if it holds none: whoever sends it doesn't want to overwrite.
    """
    given = asked.header("If-Match")
    if given is None:
        return None
    tags = parse_etags(given)
    row = service.read(assistant_id, wire.ETAG_COLUMNS)
    if tags.star_tag:
        return None
    if not tags.contains(wire.etag(row)):
        raise Conflict(
            f"The assistant '{assistant_id}' has changed: its ETag is \"{wire.etag(row)}\" now. "
            "Retrieve it again and repeat the change."
        )
    version: int = row.version
    return version


def note_header(asked: Asked) -> str | None:
    """The note for the version about to be written: plain ASCII, or UTF-8 percent-encoded. Raises `Invalid`."""
    given = asked.header(NOTE_HEADER) or ""
    try:
        if not given.isascii():
            raise ValueError
        return checked_note(unquote(given, errors="strict"), NOTE_HEADER)
    except ValueError:
        message = f"Invalid '{NOTE_HEADER}': send it as plain ASCII, or percent-encoded in UTF-8."
        raise Invalid.one(NOTE_HEADER, "invalid_value", message) from None
