"""Writing assistants out, piece by piece: one list page, or each as a request to the Responses API.

Only one page of assistants is in memory at a time. Nothing is changed here; the folder of files is in `filing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic_core import from_json, to_json

from app.assistants import service as assistants
from app.assistants import wire
from app.assistants.spec import AssistantSpec
from app.core.database import Record
from app.core.paging import Window
from app.exchange.python_example import python_program
from app.exchange.responses import request_body

PAGE = 100


def export_pieces() -> Iterator[bytes]:
    """The bytes of a list page that holds all assistants, newest first, each as the API sends it, a line each."""
    first_id = last_id = None
    yield b'{"object":"list","data":['
    for row in live_records():
        yield (b",\n" if first_id else b"\n") + wire.body(row)
        first_id, last_id = first_id or row.id, row.id
    end = orjson.dumps({"first_id": first_id, "last_id": last_id, "has_more": False})
    yield b"\n]," + end[1:] + b"\n"


def request_lines() -> Iterator[bytes]:
    """Every assistant's request to the Responses API, newest first, as JSON Lines."""
    for row in live_records():
        yield to_json(request_object(as_object(row))) + b"\n"


def live_records(*, newest_first: bool = True) -> Iterator[Record]:
    """All live assistants as rows of `wire.COLUMNS`, in the list's order."""
    window = Window(limit=PAGE, newest_first=newest_first)
    while True:
        page = assistants.read_page(window, wire.COLUMNS)
        yield from page.items
        if not page.has_more:
            return
        after = assistants.place_of(page.items[-1].id, "after")
        window = Window(limit=PAGE, newest_first=newest_first, after=after)


def as_object(row: Record) -> dict[str, Any]:
    """The assistant object that the API sends for this row."""
    given: dict[str, Any] = from_json(wire.body(row))
    return given


def request_object(given: dict[str, Any]) -> dict[str, Any]:
    """The request of an assistant object, with what it can't say in sentences, and what has no place in requests."""
    body, warnings = request_body(AssistantSpec.model_construct(**given))
    return {
        "id": given["id"],
        "object": "assistant.response_request",
        "created_at": given["created_at"],
        "name": given["name"],
        "description": given["description"],
        "warnings": warnings,
        "request": body,
    }


def request_program(given: dict[str, Any]) -> str:
    """The Python program that sends the request of a `request_object`; what has no place in it stands as comments."""
    created = datetime.fromtimestamp(given["created_at"], UTC)
    facts = [given["name"], given["description"], f"{given['id']}, created on {created:%Y-%m-%d}, from Greenroom."]
    remarks = [*(fact for fact in facts if fact), *(f"Note: {warning}" for warning in given["warnings"])]
    return python_program(given["request"], remarks)
