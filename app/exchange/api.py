"""Moving out and in for scripts: assistants as requests to the Responses API, and a batch of assistants brought in."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pydantic_core import to_json

from app.assistants import service as assistants
from app.assistants import wire
from app.core.actors import Permission
from app.core.paging import Window
from app.exchange import batch
from app.exchange.export import as_object, request_object
from app.exchange.wishes import read_wish
from app.http.actor import current_actor, require
from app.http.api import asked, json_body, json_response, query_limit, query_newest_first
from app.http.conditions import note_header

routes = Blueprint("exchange", __name__)


@routes.get("/assistants/<assistant_id>/response_request")
@require(Permission.READ)
def retrieve_response_request(assistant_id: str) -> Response:
    row = assistants.read(assistant_id, wire.COLUMNS)
    return json_response(to_json(request_object(as_object(row))), wire.headers(row))


@routes.get("/response_requests", strict_slashes=False)
@require(Permission.READ)
def list_response_requests() -> Response:
    after, before = request.args.get("after"), request.args.get("before")
    window = Window(
        limit=query_limit(request.args),
        newest_first=query_newest_first(request.args),
        after=assistants.place_of(after, "after") if after else None,
        before=assistants.place_of(before, "before") if before else None,
    )
    page = assistants.read_page(window, wire.COLUMNS)
    data = [request_object(as_object(row)) for row in page.items]
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return json_response(to_json({"object": "list", "data": data, **ends, "has_more": page.has_more}))


@routes.post("/imports", strict_slashes=False)
@require(Permission.WRITE)
def import_assistants() -> Response:
    note = note_header(asked())
    wish = read_wish(json_body())
    if wish.dry_run:
        report = batch.foresee(wish.batch)
    else:
        report = batch.carry_out(wish.batch, actor=current_actor(), note=note)
    return json_response(to_json({"object": "import", "dry_run": wish.dry_run, "data": report.as_json()}))
