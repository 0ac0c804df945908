"""What descriptions of operations are put together from: answers, failures, parameters and headers."""

from __future__ import annotations

from typing import Any

from app.assistants.spec import NOTE_LENGTH
from app.core.paging import PAGE_SIZE
from app.http.api import JSON, LIMITS
from app.http.conditions import NOTE_HEADER
from app.openapi.schemas import Schema, reference

REQUEST_ID = {
    "x-request-id": {"description": "The number this request is known by in the log.", "schema": {"type": "string"}}
}
ASSISTANT_HEADERS = REQUEST_ID | {
    "ETag": {"description": "The tag of the current version.", "schema": {"type": "string"}},
    "X-Greenroom-Version": {"description": "The number of the current version.", "schema": {"type": "integer"}},
    "X-Greenroom-Instructions-Length": {
        "description": "How many characters the instructions have.",
        "schema": {"type": "integer"},
    },
    "X-Greenroom-Instructions-SHA256": {
        "description": "The SHA-256 of the instructions in UTF-8, to check that they arrived whole.",
        "schema": {"type": "string"},
    },
}
FAILURES = {
    "400": "What was sent breaks a rule. `param` names the field, `code` the rule.",
    "401": "The key is missing, unknown, revoked or expired.",
    "403": "The key may only read.",
    "404": "There is no such object.",
    "412": "`If-Match` names a version that is no longer the current one. Nothing was changed.",
    "413": "The body is too large.",
    "415": "The body isn't marked as JSON.",
    "429": "The key has sent too many requests. `Retry-After` says when to go on.",
    "500": "A fault in Greenroom. Nothing was changed.",
    "503": "The database is away or busy. `Retry-After` says when to try again.",
    "507": "The disk is full. Nothing was changed, and trying again doesn't help.",
}
# What any operation may answer, whatever was sent.
ALWAYS = ("429", "500", "503", "507")
BODY_FAILURES = ("400", "401", "403", "413", "415")


def operation(
    identifier: str,
    summary: str,
    tag: str,
    success: Schema,
    failures: tuple[str, ...],
    *,
    parameters: list[Schema] | None = None,
    body: str | None = None,
) -> Schema:
    described: Schema = {"operationId": identifier, "summary": summary, "tags": [tag]}
    if parameters:
        described["parameters"] = parameters
    if body:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": reference(body)}}}
    failed = {status: failure(status) for status in sorted({*failures, *ALWAYS})}
    return described | {"responses": {"200": success} | failed}


def answer(text: str, schema: str, headers: dict[str, Any] | None = None) -> Schema:
    return {"description": text, "headers": headers or REQUEST_ID, "content": {JSON: {"schema": reference(schema)}}}


def failure(status: str) -> Schema:
    return answer(FAILURES[status], "Error")


def parameter(name: str, place: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "description": text, "schema": schema}


def if_match() -> Schema:
    return parameter("If-Match", "header", {"type": "string"}, "Go ahead only while the assistant has this tag.")


def note() -> Schema:
    text = "Why, for the history: plain ASCII, or UTF-8 percent-encoded."
    return parameter(NOTE_HEADER, "header", {"type": "string", "maxLength": NOTE_LENGTH}, text)


def paging(order: str, one: str) -> list[Schema]:
    """The parameters of a list ordered by `order` whose rows are called `one`."""
    cursor = {"type": "string"}
    limit = {"type": "integer", "minimum": LIMITS[0], "maximum": LIMITS[1], "default": PAGE_SIZE}
    directions = {"type": "string", "enum": ["asc", "desc"], "default": "desc"}
    return [
        parameter("limit", "query", limit, "How many to show."),
        parameter("order", "query", directions, f"By {order}: `desc` is newest first."),
        parameter("after", "query", cursor, f"Show those that follow this {one}."),
        parameter("before", "query", cursor, f"Show those next to and in front of this {one}."),
    ]


def question() -> list[Schema]:
    """What a list of assistants can be asked for besides. All that is given has to hold."""
    words = (
        'Words, "exact phrases", beginn* and -without, in name, description or instructions. '
        "What fits best comes first, unless `order` is given."
    )
    texts = {
        "query": words,
        "model": "That use this model.",
        "tool": "That have a tool of this type.",
        "metadata_key": "That have this key in their metadata.",
        "metadata_value": "That have this value under `metadata_key`.",
        "label": "That have this label, one of the names in their metadata's `labels`, separated by commas.",
        "changed_by": "Last changed by the person or key of this name.",
        "changed_since": "Last changed on this day or at this moment, in ISO 8601 or Unix seconds, or later.",
    }
    unsaved = parameter("unsaved", "query", {"type": "boolean"}, "That somebody has unsaved changes of.")
    retiring = parameter("retiring", "query", {"type": "boolean"}, "Whose model is, or will be, switched off.")
    return [*(parameter(name, "query", {"type": "string"}, text) for name, text in texts.items()), unsaved, retiring]


ASSISTANT_ID = parameter("assistant_id", "path", {"type": "string"}, "The assistant's id.")
