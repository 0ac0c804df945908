"""The list of assistants as JSON: the contract's, and ours when the address asks a question."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.assistants import service as assistants
from app.assistants import wire
from app.core.actors import Permission
from app.core.paging import Place, Window
from app.http.actor import current_actor, require
from app.http.api import json_response, query_limit, query_newest_first
from app.readers import service as readers
from app.search import service
from app.search.question import Question

routes = Blueprint("search", __name__)


@routes.get("/assistants", strict_slashes=False)
@require(Permission.READ)
def list_assistants() -> Response:
    limit, newest_first = query_limit(request), query_newest_first(request)
    question = Question.read(request.args)
    # Whoever asks for an order gets it; else what fits best comes first.
    best_first = question.is_ranked and not request.args.get("order")

    def place(param: str) -> Place | None:
        given = request.args.get(param)
        return service.place_of(given, param, question, best_first=best_first) if given else None

    window = Window(limit=limit, newest_first=newest_first, after=place("after"), before=place("before"))
    if question.is_empty:
        page = assistants.read_page(window, wire.COLUMNS)
    else:
        page = service.read_page(question, window, wire.COLUMNS, best_first=best_first)
    for row in page.items:
        readers.note(row.id, row.version, actor=current_actor())
    return json_response(wire.list_body(page.items, has_more=page.has_more))
