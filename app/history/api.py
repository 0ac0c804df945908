"""The versions of an assistant for scripts: listing them, reading one, restoring one. In the style of the contract."""

from __future__ import annotations

import re
from typing import Any

import orjson
from flask import Blueprint, Response, request
from pydantic_core import to_json

from app.assistants import service as assistants
from app.assistants import versions, wire
from app.assistants.models import Assistant, AssistantVersion
from app.core.actors import Permission
from app.core.errors import Invalid, NotFound
from app.core.paging import Place, Window
from app.history import service
from app.http.actor import current_actor, require
from app.http.api import asked, json_response, query_limit, query_newest_first
from app.http.conditions import expected_version, note_header

routes = Blueprint("versions", __name__)

# A version is named by its number, or by the id that the list gives it.
VERSION = re.compile("(?:ver_)?([1-9][0-9]{0,8})")
VERSION_ID = re.compile("ver_([1-9][0-9]{0,8})")


@routes.get("/assistants/<assistant_id>/versions", strict_slashes=False)
@require(Permission.READ)
def list_versions(assistant_id: str) -> Response:
    assistant = assistants.head(assistant_id)
    window = Window(
        limit=query_limit(request.args),
        newest_first=query_newest_first(request.args),
        after=_place(assistant, "after"),
        before=_place(assistant, "before"),
    )
    page = service.list_page(assistant, window)
    data = [_keys(row.version, row.summary) for row in page.items]
    return json_response(
        orjson.dumps(
            {
                "object": "list",
                "data": data,
                "first_id": data[0]["id"] if data else None,
                "last_id": data[-1]["id"] if data else None,
                "has_more": page.has_more,
            }
        )
    )


@routes.get("/assistants/<assistant_id>/versions/<version>")
@require(Permission.READ)
def retrieve_version(assistant_id: str, version: str) -> Response:
    assistant = assistants.head(assistant_id)
    found = versions.get(assistant, _number(assistant_id, version))
    keys = _keys(found, service.summary_of(assistant, found))
    keys["assistant"] = wire.as_of(assistant, versions.spec_of(found))
    return json_response(to_json(keys), wire.headers_of(found))


@routes.post("/assistants/<assistant_id>/versions/<version>/restore")
@require(Permission.WRITE)
def restore_version(assistant_id: str, version: str) -> Response:
    assistant = assistants.restore(
        assistant_id,
        _number(assistant_id, version),
        actor=current_actor(),
        expected_version=expected_version(asked(), assistant_id),
        note=note_header(asked()),
    )
    return json_response(wire.written_body(assistant), wire.headers(assistant))


def _keys(version: AssistantVersion, summary: str) -> dict[str, Any]:
    return {
        "id": f"ver_{version.number}",
        "object": "assistant.version",
        "number": version.number,
        "created_at": int(version.created_at.timestamp()),
        "author": {"kind": version.author_kind, "name": version.author_name},
        "origin": version.origin,
        "note": version.note,
        "summary": summary,
        "instructions_length": version.instructions_length,
        "instructions_sha256": version.instructions_sha256,
    }


def _number(assistant_id: str, version: str) -> int:
    found = VERSION.fullmatch(version)
    if found is None:
        raise NotFound(f"Assistant '{assistant_id}' has no version {version}.")
    return int(found[1])


def _place(assistant: Assistant, param: str) -> Place | None:
    given = request.args.get(param)
    if not given:
        return None
    found = VERSION_ID.fullmatch(given)
    if found is None or int(found[1]) > assistant.version:
        raise Invalid.one(param, "invalid_value", f"Invalid '{param}': no version found with id '{given}'.")
    return (int(found[1]),)
