"""The description is valid, covers every route, and says the same as the specification and the real answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.assistants.spec import AssistantSpec
from app.core.actors import Scope
from app.core.errors import Invalid
from app.openapi.document import document
from tests import factories

CREATE = "CreateAssistantRequest"
MODIFY = "ModifyAssistantRequest"
FULL: dict[str, Any] = {
    "model": "gpt-4o",
    "name": "n",
    "tools": [{"type": "code_interpreter"}, {"type": "file_search"}, {"type": "function", "function": {"name": "f"}}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
    "metadata": {"k": "v"},
}
GOOD: list[dict[str, Any]] = [
    {"model": "m"},
    FULL,
    {"model": "m", "tool_resources": None, "metadata": None, "temperature": None, "response_format": None},
    {"model": "m", "response_format": "auto"},
    {"model": "m", "reasoning_effort": "none"},
    {"model": "m", "tools": [{"type": "code_interpreter", "more": 1}]},
    {"model": "m", "tool_resources": {"file_search": {"vector_store_ids": ["vs"]}}},
]
BAD: list[dict[str, Any]] = [
    {},
    {"model": None},
    {"model": ""},
    {"model": "m", "bogus": 1},
    {"model": "m", "tools": None},
    {"model": "m", "tools": [{}]},
    {"model": "m", "tools": [{"type": "retrieval"}]},
    {"model": "m", "tools": [{"type": "function", "function": {"name": "a b"}}]},
    {"model": "m", "tools": [{"type": "file_search", "file_search": {"ranking_options": {}}}]},
    {"model": "m", "temperature": 2.1},
    {"model": "m", "top_p": -0.1},
    {"model": "m", "name": "n" * 257},
    {"model": "m", "metadata": {"k": 1}},
    {"model": "m", "metadata": {"k" * 65: ""}},
    {"model": "m", "response_format": "text"},
    {"model": "m", "response_format": {"type": "json_schema"}},
    {"model": "m", "tool_resources": {"file_search": {"vector_store_ids": ["a", "b"]}}},
]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(document() | {"$ref": f"#/components/schemas/{name}"})


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_it_covers_every_route_of_the_api(app: Flask) -> None:
    told = {
        (method, path)
        for path, item in document()["paths"].items()
        for method in item
        if method in {"get", "post", "delete", "put", "patch"}
    }
    routed = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert told == routed


def test_operations_have_names_of_their_own() -> None:
    operations = [
        operation for item in document()["paths"].values() for name, operation in item.items() if name != "parameters"
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == 24
    for operation in operations:
        assert {"200", "401", "500"} <= set(operation["responses"])


def test_the_limits_are_those_of_the_specification() -> None:
    properties = document()["components"]["schemas"][CREATE]["properties"]
    assert list(properties) == list(AssistantSpec.model_fields)
    assert properties["instructions"]["anyOf"][0]["maxLength"] == 256_000
    assert properties["tools"]["maxItems"] == 128
    assert properties["tools"]["default"] == []
    assert properties["tool_resources"]["default"] == {}
    assert {"type": "null"} in properties["tool_resources"]["anyOf"]
    assert {"type": "null"} not in properties["tools"].get("anyOf", [])


@pytest.mark.parametrize("body", GOOD)
def test_what_is_accepted_is_described_so(body: dict[str, Any]) -> None:
    AssistantSpec.parse(body)
    validator(CREATE).validate(body)
    validator(MODIFY).validate(body)


@pytest.mark.parametrize("body", BAD)
def test_what_is_refused_is_described_so(body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        AssistantSpec.parse(body)
    assert not validator(CREATE).is_valid(body)
    assert validator(MODIFY).is_valid(body) is (body == {})


def test_real_answers_are_as_described(app: Flask, api_client: FlaskClient) -> None:
    headers = factories.bearer(factories.make_key(Scope.WRITE))
    full = api_client.post("/v1/assistants", json=FULL, headers=headers)
    bare = api_client.post("/v1/assistants", json={"model": "m"}, headers=headers)
    for made in (full, bare):
        validator("Assistant").validate(made.json)
        assert list(made.json) == document()["components"]["schemas"]["Assistant"]["required"]
    validator("AssistantList").validate(api_client.get("/v1/assistants", headers=headers).json)
    address = f"/v1/assistants/{full.json['id']}/response_request"
    validator("ResponseRequest").validate(api_client.get(address, headers=headers).json)
    validator("ResponseRequestList").validate(api_client.get("/v1/response_requests", headers=headers).json)
    validator("ModelList").validate(api_client.get("/v1/models", headers=headers).json)
    validator("Model").validate(api_client.get("/v1/models/gpt-4o", headers=headers).json)
    deleted = api_client.delete(f"/v1/assistants/{full.json['id']}", headers=headers)
    validator("AssistantDeleted").validate(deleted.json)
    for failed in (api_client.get("/v1/assistants"), api_client.get("/v1/nope"), api_client.put("/v1/assistants")):
        validator("Error").validate(failed.json)


def test_it_is_public_and_can_be_kept(api_client: FlaskClient) -> None:
    answer = api_client.get("/openapi.json")
    assert answer.json == document()
    assert api_client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
