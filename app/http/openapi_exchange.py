"""Moving assistants out and in, as `/openapi.json` tells it: the operations and their objects."""

from __future__ import annotations

from app.http.openapi_operations import ASSISTANT_HEADERS, ASSISTANT_ID, answer, operation, paging
from app.http.openapi_schemas import Schema, closed, reference


def exchange_paths() -> Schema:
    """Every path of moving out and in."""
    return {
        "/v1/assistants/{assistant_id}/response_request": {
            "parameters": [ASSISTANT_ID],
            "get": _retrieve_response_request(),
        },
        "/v1/response_requests": {"get": _list_response_requests()},
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
