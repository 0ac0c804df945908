"""Writing the list out: everything live as one list page, newest first, piece by piece. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from app.assistants import service as assistants
from app.assistants import wire
from app.core.paging import Window

PAGE = 100


def export_pieces() -> Iterator[bytes]:
    """The bytes of a list page that holds all assistants, each as the API sends it and on a line of its own.

    Only one page of assistants is in memory at a time.
    """
    first_id = last_id = None
    yield b'{"object":"list","data":['
    window = Window(limit=PAGE)
    while True:
        page = assistants.read_page(window, wire.COLUMNS)
        for row in page.items:
            yield (b",\n" if first_id else b"\n") + wire.body(row)
            first_id, last_id = first_id or row.id, row.id
        if not page.has_more or last_id is None:
            break
        window = Window(limit=PAGE, after=assistants.place_of(last_id, "after"))
    end = orjson.dumps({"first_id": first_id, "last_id": last_id, "has_more": False})
    yield b"\n]," + end[1:] + b"\n"
