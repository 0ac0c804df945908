"""The five operations of the API contract on assistants. What JSON routes share is in `http.api`."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from app.assistants import service, wire
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin, Permission
from app.core.errors import Conflict
from app.core.paging import Window
from app.http.actor import current_actor, require
from app.http.api import json_body, json_response, query_limit, query_newest_first

routes = Blueprint("assistants", __name__)


@routes.post("/assistants", strict_slashes=False)
@require(Permission.WRITE)
def create_assistant() -> Response:
    spec = AssistantSpec.parse(json_body())
    assistant = service.create(spec, actor=current_actor(), origin=Origin.API)
    return _written(assistant)


@routes.get("/assistants", strict_slashes=False)
@require(Permission.READ)
def list_assistants() -> Response:
    after, before = request.args.get("after"), request.args.get("before")
    window = Window(
        limit=query_limit(request),
        newest_first=query_newest_first(request),
        after=service.place_of(after, "after") if after else None,
        before=service.place_of(before, "before") if before else None,
    )
    page = service.read_page(window, wire.COLUMNS)
    return json_response(wire.list_body(page.items, has_more=page.has_more))


@routes.get("/assistants/<assistant_id>")
@require(Permission.READ)
def retrieve_assistant(assistant_id: str) -> Response:
    if request.if_none_match:
        tag = wire.etag(service.read(assistant_id, wire.ETAG_COLUMNS))
        if request.if_none_match.contains_weak(tag):
            return Response(status=304, headers={"ETag": f'"{tag}"'})
    row = service.read(assistant_id, wire.COLUMNS)
    return json_response(wire.body(row), wire.headers(row))


@routes.post("/assistants/<assistant_id>")
@require(Permission.WRITE)
def modify_assistant(assistant_id: str) -> Response:
    expected = _expected_version(assistant_id)
    changes = json_body()
    return _written(
        service.update(assistant_id, changes, actor=current_actor(), origin=Origin.API, expected_version=expected)
    )


@routes.delete("/assistants/<assistant_id>")
@require(Permission.WRITE)
def delete_assistant(assistant_id: str) -> Response:
    expected = _expected_version(assistant_id)
    service.delete(assistant_id, actor=current_actor(), expected_version=expected)
    return json_response(orjson.dumps({"id": assistant_id, "object": "assistant.deleted", "deleted": True}))


def _written(assistant: Assistant) -> Response:
    return json_response(wire.written_body(assistant), wire.headers(assistant))


def _expected_version(assistant_id: str) -> int | None:
    """The version that `If-Match` insists on; None without the header. A tag that isn't current is a `Conflict`."""
    if not request.if_match:
        return None
    row = service.read(assistant_id, wire.ETAG_COLUMNS)
    if not request.if_match.contains(wire.etag(row)):
        raise Conflict(
            f"The assistant '{assistant_id}' has changed: its ETag is \"{wire.etag(row)}\" now. "
            "Retrieve it again and repeat the change."
        )
    version: int = row.version
    return version
