"""What a modify leaves alone, clears and replaces."""

from __future__ import annotations

from typing import Any

import openai
import pytest

FULL: dict[str, Any] = {
    "model": "gpt-4o",
    "name": "Name",
    "description": "Description",
    "instructions": "Instructions",
    "reasoning_effort": "high",
    "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    "metadata": {"a": "1", "b": "2"},
    "temperature": 0.5,
    "top_p": 0.5,
    "response_format": {"type": "json_object"},
}
UNSET = {
    "name": None,
    "description": None,
    "instructions": None,
    "reasoning_effort": None,
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
}


@pytest.fixture
def full(client: openai.OpenAI) -> dict[str, Any]:
    return client.beta.assistants.create(**FULL).to_dict()


def test_an_empty_change_changes_nothing(client: openai.OpenAI, full: dict[str, Any]) -> None:
    assert client.beta.assistants.update(full["id"]).to_dict() == full


@pytest.mark.parametrize("field", FULL)
def test_one_field_leaves_every_other_alone(client: openai.OpenAI, full: dict[str, Any], field: str) -> None:
    other: dict[str, Any] = {
        "model": "o3",
        "name": "Other",
        "description": "",
        "instructions": "Other",
        "reasoning_effort": "low",
        "tools": [{"type": "file_search"}],
        "tool_resources": {
            "code_interpreter": {"file_ids": []},
            "file_search": {"vector_store_ids": []},
        },
        "metadata": {"c": "3"},
        "temperature": 0.0,
        "top_p": 1.0,
        "response_format": {"type": "text"},
    }
    client.beta.assistants.update(full["id"], **{field: other[field]})
    assert client.beta.assistants.retrieve(full["id"]).to_dict() == full | {field: other[field]}


@pytest.mark.parametrize("field", UNSET)
def test_null_clears(client: openai.OpenAI, full: dict[str, Any], field: str) -> None:
    changed = client.beta.assistants.update(full["id"], **{field: None})  # type: ignore[arg-type]
    assert changed.to_dict() == full | {field: UNSET[field]}
    assert client.beta.assistants.retrieve(full["id"]).to_dict() == full | {field: UNSET[field]}


def test_null_clears_the_resources_down_to_what_the_tools_need(client: openai.OpenAI, full: dict[str, Any]) -> None:
    empty = {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}}
    assert client.beta.assistants.update(full["id"], tool_resources=None).to_dict()["tool_resources"] == empty
    assert client.beta.assistants.update(full["id"], tool_resources=None, tools=[]).to_dict()["tool_resources"] == {}


@pytest.mark.parametrize("field", ["model", "tools"])
def test_what_null_cannot_clear(client: openai.OpenAI, full: dict[str, Any], field: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.beta.assistants.update(full["id"], **{field: None})  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.param) == ("invalid_type", field)
    assert client.beta.assistants.retrieve(full["id"]).to_dict() == full


def test_tools_are_replaced_whole(client: openai.OpenAI, full: dict[str, Any]) -> None:
    function = {"type": "function", "function": {"name": "f"}}
    changed = client.beta.assistants.update(full["id"], tools=[function])  # type: ignore[list-item]
    assert changed.to_dict()["tools"] == [function]
    assert changed.to_dict()["tool_resources"] == full["tool_resources"]


def test_metadata_is_replaced_whole(client: openai.OpenAI, full: dict[str, Any]) -> None:
    assert client.beta.assistants.update(full["id"], metadata={"b": "3"}).metadata == {"b": "3"}


def test_the_response_format_is_replaced_whole(wire, full: dict[str, Any]) -> None:
    address = f"/v1/assistants/{full['id']}"
    schema = {"type": "json_schema", "json_schema": {"name": "n", "description": "d"}}
    assert wire.post(address, {"response_format": schema}).json["response_format"] == schema
    schema["json_schema"] = {"name": "n"}
    assert wire.post(address, {"response_format": schema}).json["response_format"] == schema


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"code_interpreter": {"file_ids": ["file-2"]}},
            {"code_interpreter": {"file_ids": ["file-2"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
        ),
        (
            {"file_search": {"vector_store_ids": []}},
            {"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": []}},
        ),
        ({}, FULL["tool_resources"]),
        ({"code_interpreter": {}}, FULL["tool_resources"]),
    ],
)
def test_resources_keep_what_is_left_out(
    client: openai.OpenAI, full: dict[str, Any], given: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert client.beta.assistants.update(full["id"], tool_resources=given).to_dict()["tool_resources"] == kept  # type: ignore[arg-type]


def test_a_refused_change_changes_nothing(wire, full: dict[str, Any]) -> None:
    """Neither the faulty field nor the good ones beside it, and no version is made."""
    address = f"/v1/assistants/{full['id']}"
    before = wire.get(address)
    assert wire.post(address, {"name": "Good", "temperature": 9}).status == 400
    after = wire.get(address)
    assert after.json == full
    assert after.headers["etag"] == before.headers["etag"]


def test_a_change_to_the_same_makes_no_version(wire, full: dict[str, Any]) -> None:
    address = f"/v1/assistants/{full['id']}"
    before = wire.get(address).headers
    same = wire.post(address, {name: full[name] for name in FULL})
    assert same.json == full
    assert same.headers["etag"] == before["etag"]
    assert same.headers["x-greenroom-version"] == "1"
    assert wire.post(address, {"name": "x"}).headers["x-greenroom-version"] == "2"


def test_modify_keeps_its_place_in_the_list(client: openai.OpenAI) -> None:
    first, second = (client.beta.assistants.create(model="m") for _ in range(2))
    client.beta.assistants.update(first.id, name="changed later")
    assert [each.id for each in client.beta.assistants.list(limit=2).data] == [second.id, first.id]
