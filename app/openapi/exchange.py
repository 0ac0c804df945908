"""Moving assistants out and in, as `/openapi.json` tells it: the operations and their objects."""

from __future__ import annotations

from app.openapi.operations import ASSISTANT_HEADERS, ASSISTANT_ID, BODY_FAILURES, answer, note, operation, paging
from app.openapi.schemas import Schema, closed, reference

# `kept` is one that was changed here and not there; `removed` is in the trash.
VERDICTS = ["created", "changed", "removed", "unchanged", "kept", "refused"]


def exchange_paths() -> Schema:
    """Every path of moving out and in."""
    return {
        "/v1/assistants/{assistant_id}/response_request": {
            "parameters": [ASSISTANT_ID],
            "get": _retrieve_response_request(),
        },
        "/v1/response_requests": {"get": _list_response_requests()},
        "/v1/imports": {"post": _import_assistants()},
    }


def exchange_schemas() -> dict[str, Schema]:
    text = {"type": "string"}
    nullable = {"type": ["string", "null"]}
    found: dict[str, Schema] = {
        "id": text | {"description": "The assistant's id."},
        "object": {"const": "assistant.response_request"},
        "created_at": {"type": "integer", "description": "When the assistant was created, in Unix seconds."},
        "name": nullable | {"description": "The assistant's name, which has no place in a request."},
        "description": nullable | {"description": "The assistant's description, which has no place in a request."},
        "warnings": {
            "type": "array",
            "items": text,
            "description": "A sentence for each thing of the assistant that the request can't say.",
        },
        "request": {
            "type": "object",
            "description": "The body of `POST /v1/responses` at OpenAI, without the `input` of a turn.",
            "required": ["model"],
            "properties": {"model": text},
        },
    }
    return {
        "Import": _import(),
        "ImportRequest": _import_request(),
        "ResponseRequest": closed(found),
        "ResponseRequestList": closed(
            {
                "object": {"const": "list"},
                "data": {"type": "array", "items": reference("ResponseRequest")},
                "first_id": nullable,
                "last_id": nullable,
                "has_more": {"type": "boolean"},
            }
        ),
    }


def _retrieve_response_request() -> Schema:
    return operation(
        "retrieveResponseRequest",
        "Retrieve an assistant as a request to OpenAI's Responses API",
        "Moving",
        answer("The request.", "ResponseRequest", ASSISTANT_HEADERS),
        ("401", "404"),
    )


def _list_response_requests() -> Schema:
    return operation(
        "listResponseRequests",
        "List the requests of all assistants",
        "Moving",
        answer("One page of requests.", "ResponseRequestList"),
        ("400", "401"),
        parameters=paging("the time the assistant was created", "assistant's request"),
    )


def _import_assistants() -> Schema:
    return operation(
        "importAssistants",
        "Bring assistants in with their ids and dates, all of them or none",
        "Moving",
        answer("What became of each.", "Import"),
        (*BODY_FAILURES, "412"),
        parameters=[note()],
        body="ImportRequest",
    )


def _import_request() -> Schema:
    fingerprints = {"type": "object", "additionalProperties": {"type": "string"}}
    identity = {
        "type": "object",
        "required": ["id", "created_at"],
        "properties": {"id": {"type": "string"}, "created_at": {"type": "integer", "minimum": 0}},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "assistants": {
                "type": "array",
                "items": identity,
                "description": "Whole assistants as they are retrieved, oldest first. What they leave out is cleared.",
            },
            "based_on": fingerprints
            | {
                "description": "By id, the fingerprint of the state an assistant was changed from: the SHA-256 of its "
                "eleven fields as JSON without spaces in UTF-8, in the order they are retrieved. One that is "
                "here already, differs, and isn't "
                "in that state any more is refused."
            },
            "delete": fingerprints
            | {"description": "Ids to move to the trash, each with the fingerprint it must still have."},
            "force": {"type": "boolean", "default": False, "description": "Write over whatever is here."},
            "dry_run": {
                "type": "boolean",
                "default": False,
                "description": "Tell what would happen, and write nothing.",
            },
        },
    }


def _import() -> Schema:
    text = {"type": "string"}
    row: dict[str, Schema] = {
        "position": {"type": "integer", "minimum": 1},
        "id": {"type": ["string", "null"]},
        "name": {"type": ["string", "null"]},
        "verdict": {"enum": VERDICTS},
        "reasons": {"type": "array", "items": text, "description": "Why it is refused or kept."},
        "fields": {"type": "array", "items": text, "description": "What a change changes."},
    }
    return closed(
        {
            "object": {"const": "import"},
            "dry_run": {"type": "boolean"},
            "data": {"type": "array", "items": closed(row)},
        }
    )
