"""`GET /openapi.json`: the API described for programs, as OpenAPI 3.1. What it says of fields comes from the spec.

The operations are told here, those on versions and on moving in files of their own, the objects in `openapi_schemas`.
"""

from __future__ import annotations

from functools import cache

import orjson
from flask import Blueprint, Flask, Response, request

from app.http.actor import public
from app.http.api import JSON
from app.openapi.bulk import TAG as BULK
from app.openapi.bulk import bulk_paths, bulk_schemas
from app.openapi.exchange import exchange_paths, exchange_schemas
from app.openapi.operations import (
    ASSISTANT_HEADERS,
    ASSISTANT_ID,
    BODY_FAILURES,
    answer,
    if_match,
    note,
    operation,
    paging,
    parameter,
    question,
)
from app.openapi.schemas import Schema, schemas
from app.openapi.versions import earlier, version_paths

TAGS = {
    "Assistants": "Create, read, change and delete assistants.",
    "Versions": "Every state an assistant ever had.",
    BULK: "Change many assistants at once, all or nothing, and undo it as one.",
    "Moving": "Take assistants elsewhere, and bring them in.",
    "Models": "The models to choose from.",
}

description = Blueprint("openapi", __name__)


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
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": {
            "/v1/assistants": {"get": _list_assistants(), "post": _create_assistant()},
            "/v1/assistants/{assistant_id}": {
                "parameters": [ASSISTANT_ID],
                "get": _retrieve_assistant(),
                "post": _modify_assistant(),
                "delete": _delete_assistant(),
            },
            **version_paths(),
            **exchange_paths(),
            **bulk_paths(),
            "/v1/models": {"get": _list_models()},
            "/v1/models/{model_id}": {
                "parameters": [
                    parameter("model_id", "path", {"type": "string"}, "The model's id. It may contain slashes.")
                ],
                "get": _retrieve_model(),
            },
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key of this Greenroom: `gr_…`."}
            },
            "schemas": schemas() | exchange_schemas() | bulk_schemas(),
        },
    }


def _list_assistants() -> Schema:
    return operation(
        "listAssistants",
        "List assistants",
        "Assistants",
        answer("One page of assistants.", "AssistantList"),
        ("400", "401"),
        parameters=[*paging("the time of creation", "assistant, which may be deleted"), *question()],
    )


def _create_assistant() -> Schema:
    return operation(
        "createAssistant",
        "Create an assistant",
        "Assistants",
        answer("The new assistant.", "Assistant", ASSISTANT_HEADERS),
        BODY_FAILURES,
        parameters=[note()],
        body="CreateAssistantRequest",
    )


def _retrieve_assistant() -> Schema:
    tag = parameter("If-None-Match", "header", {"type": "string"}, "Answer 304 while the assistant has this tag.")
    retrieve = operation(
        "retrieveAssistant",
        "Retrieve an assistant",
        "Assistants",
        answer("The assistant.", "Assistant", ASSISTANT_HEADERS),
        ("400", "401", "404"),
        parameters=[tag, *earlier()],
    )
    headers = {name: ASSISTANT_HEADERS[name] for name in ("x-request-id", "ETag")}
    retrieve["responses"]["304"] = {"description": "The assistant hasn't changed.", "headers": headers}
    return retrieve


def _modify_assistant() -> Schema:
    return operation(
        "modifyAssistant",
        "Modify an assistant",
        "Assistants",
        answer("The assistant as it is now.", "Assistant", ASSISTANT_HEADERS),
        (*BODY_FAILURES, "404", "412"),
        parameters=[if_match(), note()],
        body="ModifyAssistantRequest",
    )


def _delete_assistant() -> Schema:
    return operation(
        "deleteAssistant",
        "Delete an assistant",
        "Assistants",
        answer("The assistant is in the trash.", "AssistantDeleted"),
        ("401", "403", "404", "412"),
        parameters=[if_match()],
    )


def _list_models() -> Schema:
    return operation("listModels", "List models", "Models", answer("Every model.", "ModelList"), ("401",))


def _retrieve_model() -> Schema:
    return operation("retrieveModel", "Retrieve a model", "Models", answer("The model.", "Model"), ("401", "404"))
