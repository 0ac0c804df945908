"""Changing many for scripts: prepare it, look at every place, confirm it; and the batches that are done. How it is
described for programs is in `http.openapi_bulk`."""

from __future__ import annotations

import re
from typing import Any

import orjson
from flask import Blueprint, Response, request

from app.assistants import service as assistants
from app.bulk import batches, deeds, drafts, service, ticking
from app.bulk.batches import Changed, Done
from app.bulk.drafts import Row
from app.bulk.drawing import Hit, Piece, hits_of
from app.bulk.models import Draft
from app.core.actors import Permission
from app.core.errors import Invalid, NotFound
from app.core.paging import Place, Window
from app.core.verdicts import missing, unknown, wrong_type
from app.http.actor import current_actor, require
from app.http.api import asked, json_body, json_response, query_limit, query_newest_first
from app.http.conditions import note_header
from app.search.question import NAMES, Question

routes = Blueprint("bulk", __name__)

CHANGE = "/bulk_changes/<change_id>"
BATCH_ID = re.compile("batch_([1-9][0-9]{0,8})")
# So many places stand in one answer about an assistant.
MOST_PLACES = 50
PREPARE_KEYS = ("change", "assistants", "matching")
TICK_KEYS = ("included", "left_out")


@routes.post("/bulk_changes", strict_slashes=False)
@require(Permission.WRITE)
def prepare() -> Response:
    body = json_body()
    _check_keys(body, PREPARE_KEYS)
    if "change" not in body:
        raise Invalid([missing("change")])
    draft = drafts.prepare(deeds.read(body["change"], "change"), _scope(body), actor=current_actor())
    return _change(draft)


@routes.get(CHANGE)
@require(Permission.WRITE)
def retrieve_change(change_id: str) -> Response:
    return _change(_draft(change_id))


@routes.delete(CHANGE)
@require(Permission.WRITE)
def discard(change_id: str) -> Response:
    drafts.discard(change_id, actor=current_actor())
    return json_response(orjson.dumps({"id": change_id, "object": "bulk_change.deleted", "deleted": True}))


@routes.get(f"{CHANGE}/assistants")
@require(Permission.WRITE)
def list_change(change_id: str) -> Response:
    draft = _draft(change_id)
    drafts.look_further(draft)
    page = drafts.list_page(draft, _window(_assistant_place("after"), _assistant_place("before")))
    return _list([_row(row) for row in page.items], has_more=page.has_more)


@routes.get(f"{CHANGE}/assistants/<assistant_id>")
@require(Permission.WRITE)
def retrieve_row(change_id: str, assistant_id: str) -> Response:
    first = request.args.get("from") or "0"
    if not (first.isascii() and first.isdigit() and len(first) < 10):
        raise Invalid([wrong_type("from", "an integer", first)])
    return json_response(orjson.dumps(_row(drafts.row_of(_draft(change_id), assistant_id), first=int(first))))


@routes.post(f"{CHANGE}/assistants/<assistant_id>")
@require(Permission.WRITE)
def tick(change_id: str, assistant_id: str) -> Response:
    body = json_body()
    _check_keys(body, TICK_KEYS)
    draft = _draft(change_id)
    row = drafts.row_of(draft, assistant_id)
    included = body.get("included", row.item.included)
    if not isinstance(included, bool):
        raise Invalid([wrong_type("included", "a boolean", included)])
    left_out = body.get("left_out", row.item.left_out)
    if not isinstance(left_out, list) or not all(type(number) is int for number in left_out):
        raise Invalid([wrong_type("left_out", "an array of integers", left_out)])
    every = range(row.item.hits)
    ticking.tick(draft, {row.found.seq: ticking.Ticks(included, every, frozenset(left_out) & set(every))})
    return json_response(orjson.dumps(_row(drafts.row_of(draft, assistant_id))))


@routes.post(f"{CHANGE}/confirm")
@require(Permission.WRITE)
def confirm(change_id: str) -> Response:
    draft = _draft(change_id)
    batch = service.confirm(draft, actor=current_actor(), note=note_header(asked()))
    return json_response(orjson.dumps(_batch(batches.get(batch.id))))


@routes.get("/batches", strict_slashes=False)
@require(Permission.READ)
def list_batches() -> Response:
    page = batches.list_page(_window(_batch_place("after"), _batch_place("before")))
    return _list([_batch(row) for row in page.items], has_more=page.has_more)


@routes.get("/batches/<batch_id>")
@require(Permission.READ)
def retrieve_batch(batch_id: str) -> Response:
    return json_response(orjson.dumps(_batch(batches.get(_number(batch_id)))))


@routes.get("/batches/<batch_id>/assistants")
@require(Permission.READ)
def list_items(batch_id: str) -> Response:
    batch = batches.get(_number(batch_id)).batch
    page = batches.list_items(batch, _window(_assistant_place("after"), _assistant_place("before")))
    return _list([_item(row) for row in page.items], has_more=page.has_more)


@routes.post("/batches/<batch_id>/undo")
@require(Permission.WRITE)
def undo(batch_id: str) -> Response:
    batch = service.undo(_number(batch_id), actor=current_actor())
    return json_response(orjson.dumps(_batch(batches.get(batch.id))))


def _scope(body: dict[str, Any]) -> dict[str, Any]:
    ids, matching = body.get("assistants"), body.get("matching")
    if ids is not None and matching is not None:
        raise Invalid.one("matching", "invalid_value", "Give 'assistants' or 'matching', not both.")
    if ids is not None:
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise Invalid([wrong_type("assistants", "an array of ids", ids)])
        return {"ids": ids}
    if matching is None:
        return {}
    if not isinstance(matching, dict) or not all(isinstance(value, str) for value in matching.values()):
        raise Invalid([wrong_type("matching", "an object of strings", matching)])
    _check_keys(matching, NAMES, "matching.")
    question = Question.read(matching)
    return {} if question.is_empty else {"question": question.as_args()}


def _check_keys(given: dict[str, Any], known: tuple[str, ...], path: str = "") -> None:
    if faults := [unknown(f"{path}{key}", [f"{path}{name}" for name in known]) for key in given if key not in known]:
        raise Invalid(faults)


def _draft(change_id: str) -> Draft:
    return drafts.get(change_id, actor=current_actor())


def _change(draft: Draft) -> Response:
    """The change as it stands, after looking through more assistants for a moment."""
    drafts.look_further(draft)
    totals, progress = drafts.totals(draft), drafts.progress(draft)
    keys = {
        "id": draft.id,
        "object": "bulk_change",
        "created_at": int(draft.created_at.timestamp()),
        "change": draft.deed,
        "assistants": draft.scope.get("ids"),
        "matching": draft.scope.get("question"),
        "is_complete": draft.position == 0,
        "looked_through": progress.done,
        "looked_through_of": progress.total,
        "found": totals.assistants,
        "included": totals.ticked,
        "places": totals.hits,
        "refused": totals.refused,
        "batch": f"batch_{draft.batch_id}" if draft.batch_id else None,
    }
    return json_response(orjson.dumps(keys))


def _row(row: Row, *, first: int = 0) -> dict[str, Any]:
    before, after = (None, None)
    if not row.has_changed and row.deed.type != "replace":
        before, after = deeds.told(row.deed, row.found.state)
    return {
        "id": row.found.id,
        "object": "bulk_change.assistant",
        "name": row.found.title,
        "version": row.item.version,
        "has_changed": row.has_changed,
        "included": row.item.included,
        "refusal": row.item.refusal,
        "hits": row.item.hits,
        "left_out": row.item.left_out,
        "before": before,
        "after": after,
        "places": [_place_of(hit) for hit in hits_of(row, first=first, most=MOST_PLACES)],
    }


def _place_of(hit: Hit) -> dict[str, Any]:
    return {
        "number": hit.number,
        "field": hit.field,
        "line": hit.line,
        "before": "".join(map(_shown, hit.before)),
        "after": "".join(map(_shown, hit.after)),
        "included": not hit.is_left_out,
    }


def _shown(piece: Piece) -> str:
    return "…" if piece.left_out else piece.text


def _batch(done: Done) -> dict[str, Any]:
    batch = done.batch
    return {
        "id": f"batch_{batch.id}",
        "object": "batch",
        "created_at": int(batch.created_at.timestamp()),
        "author": {"kind": batch.actor_kind, "name": batch.actor_name},
        "change": batch.deed,
        "note": batch.note,
        "size": batch.size,
        "left_alone": batch.left_alone,
        "undoes": f"batch_{batch.undo_of}" if batch.undo_of else None,
        "undone_by": f"batch_{done.undone.id}" if done.undone else None,
    }


def _item(row: Changed) -> dict[str, Any]:
    return {
        "id": row.found.id,
        "object": "batch.assistant",
        "name": row.found.title,
        "version_before": row.item.version_before,
        "version_after": row.item.version_after,
    }


def _list(data: list[dict[str, Any]], *, has_more: bool) -> Response:
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return json_response(orjson.dumps({"object": "list", "data": data, **ends, "has_more": has_more}))


def _window(after: Place | None, before: Place | None) -> Window:
    newest_first = query_newest_first(request.args)
    return Window(limit=query_limit(request.args), newest_first=newest_first, after=after, before=before)


def _number(batch_id: str) -> int:
    found = BATCH_ID.fullmatch(batch_id)
    if found is None:
        raise NotFound(f"There is no batch '{batch_id}'.")
    return int(found[1])


def _batch_place(param: str) -> Place | None:
    given = request.args.get(param)
    if not given:
        return None
    found = BATCH_ID.fullmatch(given)
    if found is None:
        raise Invalid.one(param, "invalid_value", f"Invalid '{param}': no batch found with id '{given}'.")
    return (int(found[1]),)


def _assistant_place(param: str) -> Place | None:
    given = request.args.get(param)
    return assistants.place_of(given, param)[1:] if given else None
