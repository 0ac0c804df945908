"""The API contract's operations on one assistant; the list is in `search`. What JSON routes share is in `http.api`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson
from flask import Blueprint, Response
from pydantic_core import to_json

from app.assistants import service, versions, wire
from app.assistants.models import Assistant, AssistantVersion
from app.assistants.spec import AssistantSpec
from app.assistants.statements import live
from app.core.actors import Origin, Permission
from app.core.errors import Invalid
from app.core.moments import read_moment
from app.core.reading import Ahead
from app.core.verdicts import wrong_type
from app.http.actor import current_actor, require
from app.http.api import INTEGER, Answer, Asked, asked, json_response, respond
from app.http.conditions import expected_version, note_header
from app.readers import service as readers

routes = Blueprint("assistants", __name__)


@routes.post("/assistants", strict_slashes=False)
@require(Permission.WRITE)
def create_assistant() -> Response:
    return respond(add_assistant(asked()))


def add_assistant(asked: Asked) -> Answer:
    spec = AssistantSpec.parse(asked.body())
    return _written(service.create(spec, actor=asked.actor, origin=Origin.API, note=note_header(asked)))


@routes.get("/assistants/<assistant_id>")
@require(Permission.READ)
def retrieve_assistant(assistant_id: str) -> Response:
    return respond(read_assistant(asked(), assistant_id))


def read_ahead(query: Mapping[str, str], assistant_id: str) -> Ahead | None:
    """The row that `read_assistant` reads first, when the query asks for nothing else."""
    return None if query else Ahead(live(wire.SHORT_COLUMNS), {"id": assistant_id})


def read_assistant(asked: Asked, assistant_id: str) -> Answer:
    """The assistant as it is, or as the query asks for it."""
    if asked.args and {"version", "as_of"} & asked.args.keys():
        return _earlier(asked, service.head(assistant_id))
    row = service.read(assistant_id, wire.SHORT_COLUMNS)
    readers.note(assistant_id, row.version, actor=asked.actor)
    if asked.has(wire.etag(row)):
        return Answer(None, {"ETag": f'"{wire.etag(row)}"'})
    if wire.is_short(row):
        return Answer(wire.body(row), wire.headers(row))
    if (kept := wire.kept_body(row)) is None:
        row = service.read(assistant_id, wire.COLUMNS)
        kept = wire.body(row)
    return Answer(kept, wire.headers(row), kept_under=wire.state(row))


@routes.post("/assistants/<assistant_id>")
@require(Permission.WRITE)
def modify_assistant(assistant_id: str) -> Response:
    return respond(change_assistant(asked(), assistant_id))


def change_assistant(asked: Asked, assistant_id: str) -> Answer:
    expected, note = expected_version(asked, assistant_id), note_header(asked)
    changes = asked.body()
    assistant = service.update(
        assistant_id, changes, actor=asked.actor, origin=Origin.API, expected_version=expected, note=note
    )
    return _written(assistant)


@routes.delete("/assistants/<assistant_id>")
@require(Permission.WRITE)
def delete_assistant(assistant_id: str) -> Response:
    expected = expected_version(asked(), assistant_id)
    service.delete(assistant_id, actor=current_actor(), expected_version=expected)
    return json_response(orjson.dumps({"id": assistant_id, "object": "assistant.deleted", "deleted": True}))


def _written(assistant: Assistant) -> Answer:
    return Answer(wire.written_body(assistant), wire.headers(assistant))


def _earlier(asked: Asked, assistant: Assistant) -> Answer:
    """The assistant as it was in one version, or at one moment."""
    version = _asked_version(asked.args, assistant)
    readers.note(assistant.id, version.number, actor=asked.actor)
    if asked.has(wire.etag_of(version)):
        return Answer(None, {"ETag": f'"{wire.etag_of(version)}"'})
    return Answer(to_json(wire.as_of(assistant, versions.spec_of(version))), wire.headers_of(version))


def _asked_version(args: Mapping[str, str], assistant: Assistant) -> AssistantVersion:
    number, moment = args.get("version"), args.get("as_of")
    if number is not None and moment is not None:
        raise Invalid.one("as_of", "invalid_value", "Give 'version' or 'as_of', not both.")
    if moment is not None:
        return versions.at(assistant, _moment(moment))
    if not INTEGER.fullmatch(number or ""):
        raise Invalid([wrong_type("version", "an integer", number)])
    return versions.get(assistant, int(number or ""))


def _moment(text: str) -> datetime:
    try:
        return read_moment(text)
    except ValueError:
        raise Invalid([wrong_type("as_of", "Unix seconds or an ISO 8601 date and time", text)]) from None
