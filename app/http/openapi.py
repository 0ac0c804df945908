"""`GET /openapi.json`: the API described for programs, as OpenAPI 3.1. What it says of fields comes from the spec.

The operations are told here; the objects they take and give are in `openapi_schemas`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, request

from app.core.paging import PAGE_SIZE
from app.http.actor import public
from app.http.api import JSON, LIMITS
from app.http.openapi_schemas import Schema, reference, schemas

description = Blueprint("openapi", __name__)

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
    "500": "A fault in Greenroom. Nothing was changed.",
}
BODY_FAILURES = ("400", "401", "403", "413", "415")


def init_app(app: Flask) -> None:
    app.register_blueprint(description)


@description.get("/openapi.json")
@public
def openapi() -> Response:
    response = Response(_rendered(), mimetype=JSON)
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _rendered() -> bytes:
    return orjson.dumps(document())


def document() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Greenroom API",
            "version": "1.0.0",
            "description": "Assistants as the OpenAI SDKs read and write them (`client.beta.assistants`).",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [
            {"name": "Assistants", "description": "Create, read, change and delete assistants."},
            {"name": "Models", "description": "The models to choose from."},
        ],
        "paths": {
            "/v1/assistants": {"get": _list_assistants(), "post": _create_assistant()},
            "/v1/assistants/{assistant_id}": {
                "parameters": [_parameter("assistant_id", "path", {"type": "string"}, "The assistant's id.")],
                "get": _retrieve_assistant(),
                "post": _modify_assistant(),
                "delete": _delete_assistant(),
            },
            "/v1/models": {"get": _list_models()},
            "/v1/models/{model_id}": {
                "parameters": [
                    _parameter("model_id", "path", {"type": "string"}, "The model's id. It may contain slashes.")
                ],
                "get": _retrieve_model(),
            },
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key of this Greenroom: `gr_…`."}
            },
            "schemas": schemas(),
        },
    }


def _list_assistants() -> Schema:
    cursor = {"type": "string"}
    return _operation(
        "listAssistants",
        "List assistants",
        "Assistants",
        _answer("One page of assistants.", "AssistantList"),
        ("400", "401"),
        parameters=[
            _parameter(
                "limit",
                "query",
                {"type": "integer", "minimum": LIMITS[0], "maximum": LIMITS[1], "default": PAGE_SIZE},
                "How many to show.",
            ),
            _parameter(
                "order",
                "query",
                {"type": "string", "enum": ["asc", "desc"], "default": "desc"},
                "By the time of creation: `desc` is newest first.",
            ),
            _parameter("after", "query", cursor, "Show those that follow this assistant. It may be deleted."),
            _parameter(
                "before", "query", cursor, "Show those next to and in front of this assistant. It may be deleted."
            ),
        ],
    )


def _create_assistant() -> Schema:
    answer = _answer("The new assistant.", "Assistant", ASSISTANT_HEADERS)
    return _operation(
        "createAssistant", "Create an assistant", "Assistants", answer, BODY_FAILURES, body="CreateAssistantRequest"
    )


def _retrieve_assistant() -> Schema:
    tag = _parameter("If-None-Match", "header", {"type": "string"}, "Answer 304 while the assistant has this tag.")
    operation = _operation(
        "retrieveAssistant",
        "Retrieve an assistant",
        "Assistants",
        _answer("The assistant.", "Assistant", ASSISTANT_HEADERS),
        ("401", "404"),
        parameters=[tag],
    )
    headers = {name: ASSISTANT_HEADERS[name] for name in ("x-request-id", "ETag")}
    operation["responses"]["304"] = {"description": "The assistant hasn't changed.", "headers": headers}
    return operation


def _modify_assistant() -> Schema:
    return _operation(
        "modifyAssistant",
        "Modify an assistant",
        "Assistants",
        _answer("The assistant as it is now.", "Assistant", ASSISTANT_HEADERS),
        (*BODY_FAILURES, "404", "412"),
        parameters=[_if_match()],
        body="ModifyAssistantRequest",
    )


def _delete_assistant() -> Schema:
    return _operation(
        "deleteAssistant",
        "Delete an assistant",
        "Assistants",
        _answer("The assistant is in the trash.", "AssistantDeleted"),
        ("401", "403", "404", "412"),
        parameters=[_if_match()],
    )


def _list_models() -> Schema:
    return _operation("listModels", "List models", "Models", _answer("Every model.", "ModelList"), ("401",))


def _retrieve_model() -> Schema:
    return _operation("retrieveModel", "Retrieve a model", "Models", _answer("The model.", "Model"), ("401", "404"))


def _operation(
    identifier: str,
    summary: str,
    tag: str,
    answer: Schema,
    failures: tuple[str, ...],
    *,
    parameters: list[Schema] | None = None,
    body: str | None = None,
) -> Schema:
    operation: Schema = {"operationId": identifier, "summary": summary, "tags": [tag]}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": reference(body)}}}
    failed = {status: _failure(status) for status in sorted({*failures, "500"})}
    return operation | {"responses": {"200": answer} | failed}


def _answer(text: str, schema: str, headers: dict[str, Any] | None = None) -> Schema:
    return {"description": text, "headers": headers or REQUEST_ID, "content": {JSON: {"schema": reference(schema)}}}


def _failure(status: str) -> Schema:
    return _answer(FAILURES[status], "Error")


def _parameter(name: str, place: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "description": text, "schema": schema}


def _if_match() -> Schema:
    return _parameter("If-Match", "header", {"type": "string"}, "Go ahead only while the assistant has this tag.")
