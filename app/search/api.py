"""The list of assistants as JSON: the contract's, and ours when the address asks a question."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from app.assistants import service as assistants
from app.assistants import wire
from app.core.actors import Permission
from app.core.paging import Place, Window
from app.core.reading import Ahead
from app.http.actor import require
from app.http.api import Answer, Asked, asked, query_limit, query_newest_first, respond
from app.readers import service as readers
from app.search import service
from app.search.question import Question

routes = Blueprint("search", __name__)


@routes.get("/assistants", strict_slashes=False)
@require(Permission.READ)
def list_assistants() -> Response:
    return respond(read_list(asked()))


def list_ahead(query: Mapping[str, str]) -> Ahead | None:
    """The row that `read_list` reads first: where the assistant stands that a page lies behind."""
    cursor = query.get("after") or query.get("before")
    return assistants.place_ahead(cursor) if cursor else None


def read_list(asked: Asked) -> Answer:
    """One page of those that the query asks for."""
    limit, newest_first = query_limit(asked.args), query_newest_first(asked.args)
    question = Question.read(asked.args)
    # Whoever asks for an order gets it; else what fits best comes first.
    best_first = question.is_ranked and not asked.args.get("order")

    def place(param: str) -> Place | None:
        given = asked.args.get(param)
        return service.place_of(given, param, question, best_first=best_first) if given else None

    window = Window(limit=limit, newest_first=newest_first, after=place("after"), before=place("before"))
    if question.is_empty:
        page = assistants.read_page(window, wire.COLUMNS)
    else:
        page = service.read_page(question, window, wire.COLUMNS, best_first=best_first)
    readers.note_all([(row.id, row.version) for row in page.items], actor=asked.actor)
    return Answer(wire.list_body(page.items, has_more=page.has_more))
