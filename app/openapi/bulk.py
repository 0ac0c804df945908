"""The operations on changes of many and on batches, and their objects, as `/openapi.json` tells them."""

from __future__ import annotations

from typing import Any

from app.bulk.deeds import DEEDS
from app.core.actors import ActorKind
from app.openapi.operations import ASSISTANT_ID, BODY_FAILURES, answer, note, operation, paging, parameter
from app.openapi.schemas import TEMPLATE, Schema, Untitled, closed, listing, reference, string
from app.search.question import NAMES

TAG = "Changes of many"
CHANGE_ID = parameter("change_id", "path", {"type": "string"}, "The id of the change that was prepared.")
BATCH_ID = parameter("batch_id", "path", {"type": "string"}, "The batch's id: `batch_12`.")
FAILED = ("400", "401", "403", "404")
NULLABLE = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}


def bulk_paths() -> Schema:
    changes, batches = "/v1/bulk_changes", "/v1/batches"
    return {
        changes: {"post": _prepare()},
        f"{changes}/{{change_id}}": {"parameters": [CHANGE_ID], "get": _retrieve_change(), "delete": _discard()},
        f"{changes}/{{change_id}}/assistants": {"parameters": [CHANGE_ID], "get": _list_change()},
        f"{changes}/{{change_id}}/assistants/{{assistant_id}}": {
            "parameters": [CHANGE_ID, ASSISTANT_ID],
            "get": _retrieve_row(),
            "post": _tick(),
        },
        f"{changes}/{{change_id}}/confirm": {"parameters": [CHANGE_ID], "post": _confirm()},
        batches: {"get": _list_batches()},
        f"{batches}/{{batch_id}}": {"parameters": [BATCH_ID], "get": _retrieve_batch()},
        f"{batches}/{{batch_id}}/assistants": {"parameters": [BATCH_ID], "get": _list_items()},
        f"{batches}/{{batch_id}}/undo": {"parameters": [BATCH_ID], "post": _undo()},
    }


def bulk_schemas() -> dict[str, Schema]:
    """Every object of these operations. What a change may be comes from `deeds`."""
    deed = DEEDS.json_schema(ref_template=TEMPLATE, schema_generator=Untitled)
    parts = deed.pop("$defs")
    return {
        "BulkDeed": deed,
        "PrepareBulkChangeRequest": _prepare_request(),
        "BulkChange": closed(_change()),
        "BulkChangeDeleted": closed(
            {"id": string(), "object": {"const": "bulk_change.deleted"}, "deleted": {"const": True}}
        ),
        "BulkChangeAssistant": closed(_row()),
        "BulkChangeAssistantList": listing("BulkChangeAssistant", paged=True),
        "TickRequest": _tick_request(),
        "Batch": closed(_batch()),
        "BatchList": listing("Batch", paged=True),
        "BatchAssistant": closed(_item()),
        "BatchAssistantList": listing("BatchAssistant", paged=True),
        **parts,
    }


def _prepare() -> Schema:
    text = "Prepare a change of many assistants; nothing is written until it is confirmed"
    success = answer("What it would change, as far as it is looked through.", "BulkChange")
    return operation("prepareBulkChange", text, TAG, success, BODY_FAILURES, body="PrepareBulkChangeRequest")


def _retrieve_change() -> Schema:
    success = answer("The change. Each call looks through more until `is_complete`.", "BulkChange")
    return operation("retrieveBulkChange", "Retrieve a prepared change", TAG, success, FAILED[1:])


def _discard() -> Schema:
    success = answer("It is forgotten. A batch that was confirmed stays.", "BulkChangeDeleted")
    return operation("discardBulkChange", "Discard a prepared change", TAG, success, FAILED[1:])


def _list_change() -> Schema:
    success = answer("One page, with every assistant's first places.", "BulkChangeAssistantList")
    described = paging("the order in which assistants were made", "assistant of the change")
    return operation("listBulkChange", "List what would change", TAG, success, FAILED, parameters=described)


def _retrieve_row() -> Schema:
    success = answer("The assistant, with places from this number on.", "BulkChangeAssistant")
    first = parameter("from", "query", COUNT, "The number of the first place to show, counted from 0.")
    text = "Retrieve what would change in one assistant"
    return operation("retrieveBulkChangeAssistant", text, TAG, success, FAILED, parameters=[first])


def _tick() -> Schema:
    success = answer("The assistant as it is ticked now.", "BulkChangeAssistant")
    text = "Leave an assistant, or some of its places, out of a prepared change"
    return operation("tickBulkChangeAssistant", text, TAG, success, (*BODY_FAILURES, "404"), body="TickRequest")


def _confirm() -> Schema:
    success = answer("The batch. Confirming again gives the same one.", "Batch")
    text = "Confirm a prepared change: all of it is written, or nothing"
    return operation("confirmBulkChange", text, TAG, success, (*FAILED, "412"), parameters=[note()])


def _list_batches() -> Schema:
    described = paging("number", "batch")
    return operation(
        "listBatches",
        "List batches",
        TAG,
        answer("One page of batches.", "BatchList"),
        FAILED[:2],
        parameters=described,
    )


def _retrieve_batch() -> Schema:
    return operation("retrieveBatch", "Retrieve a batch", TAG, answer("The batch.", "Batch"), ("401", "404"))


def _list_items() -> Schema:
    described = paging("the order in which assistants were made", "assistant")
    success = answer("One page of its assistants.", "BatchAssistantList")
    return operation(
        "listBatchAssistants", "List what a batch changed", TAG, success, ("400", "401", "404"), parameters=described
    )


def _undo() -> Schema:
    success = answer("The batch that undoes it. `left_alone` names what was changed since, and stays.", "Batch")
    return operation("undoBatch", "Undo a batch as one", TAG, success, ("401", "403", "404", "412"))


def _prepare_request() -> Schema:
    matching = {"type": ["object", "null"], "properties": {name: {"type": "string"} for name in NAMES}}
    properties = {
        "change": reference("BulkDeed") | {"description": "What to do."},
        "assistants": {"type": ["array", "null"], "items": string(), "description": "The ids of those that are meant."},
        "matching": matching | {"additionalProperties": False, "description": "Or: those the list finds for this."},
    }
    told = "Without `assistants` and `matching` all are meant."
    return {
        "type": "object",
        "description": told,
        "required": ["change"],
        "properties": properties,
        "additionalProperties": False,
    }


def _tick_request() -> Schema:
    properties = {
        "included": {"type": "boolean", "description": "Whether the assistant is changed at all."},
        "left_out": {"type": "array", "items": {"type": "integer"}, "description": "The numbers of places that stay."},
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _change() -> dict[str, Schema]:
    return {
        "id": string(),
        "object": {"const": "bulk_change"},
        "created_at": {"type": "integer", "description": "In Unix seconds. It is kept for a day."},
        "change": reference("BulkDeed"),
        "assistants": {"type": ["array", "null"], "items": string()},
        "matching": {"type": ["object", "null"]},
        "is_complete": {"type": "boolean", "description": "Whether all that are meant have been looked through."},
        "looked_through": COUNT,
        "looked_through_of": COUNT,
        "found": COUNT | {"description": "Assistants that would change."},
        "included": COUNT | {"description": "Those of them that aren't left out."},
        "places": COUNT | {"description": "How many places in them."},
        "refused": COUNT | {"description": "Assistants that can't take the change; each says why."},
        "batch": NULLABLE | {"description": "The batch, once it is confirmed."},
    }


def _row() -> dict[str, Schema]:
    place: dict[str, Any] = {
        "number": COUNT,
        "field": {"enum": ["name", "description", "instructions"]},
        "line": {"type": "integer", "minimum": 1},
        "before": string("The place in its line, shortened where that is long."),
        "after": string(),
        "included": {"type": "boolean"},
    }
    return {
        "id": string("The assistant's id."),
        "object": {"const": "bulk_change.assistant"},
        "name": string("What people call it."),
        "version": {"type": "integer", "description": "The version that was looked through."},
        "has_changed": {"type": "boolean", "description": "Whether somebody has changed it since."},
        "included": {"type": "boolean"},
        "refusal": NULLABLE | {"description": "Why it can't take the change."},
        "hits": COUNT | {"description": "How many places it has."},
        "left_out": {"type": "array", "items": COUNT},
        "before": NULLABLE | {"description": "The value before, where it isn't about places in texts."},
        "after": NULLABLE,
        "places": {"type": "array", "items": closed(place), "description": "The first of its places."},
    }


def _batch() -> dict[str, Schema]:
    left = closed({"id": string(), "name": string(), "why": string()})
    return {
        "id": string("`batch_` and the number."),
        "object": {"const": "batch"},
        "created_at": {"type": "integer", "description": "In Unix seconds."},
        "author": closed({"kind": {"enum": [*ActorKind]}, "name": string()}),
        "change": reference("BulkDeed"),
        "note": NULLABLE,
        "size": COUNT | {"description": "How many assistants it changed."},
        "left_alone": {"type": "array", "items": left, "description": "What undoing had to leave, and why."},
        "undoes": NULLABLE | {"description": "The batch it undoes."},
        "undone_by": NULLABLE | {"description": "The batch that has undone it."},
    }


def _item() -> dict[str, Schema]:
    return {
        "id": string("The assistant's id."),
        "object": {"const": "batch.assistant"},
        "name": string("What people call it now."),
        "version_before": {"type": "integer"},
        "version_after": {"type": "integer", "description": "The same where it only moved in or out of the trash."},
    }
