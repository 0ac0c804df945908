"""The five operations, through the SDK, and what every answer looks like on the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import openai
import pytest

KEYS = [
    "id", "object", "created_at", "name", "description", "model", "instructions", "tools", "top_p", "temperature",
    "reasoning_effort", "tool_resources", "metadata", "response_format",
]  # fmt: skip
EVERY_FIELD = {
    "model": "gpt-4o",
    "name": "Support",
    "description": "Answers customers",
    "instructions": "Be kind.\nBe brief.",
    "reasoning_effort": "low",
    "tools": [
        {"type": "code_interpreter"},
        {"type": "file_search", "file_search": {"max_num_results": 5, "ranking_options": {"score_threshold": 0.5}}},
        {
            "type": "function",
            "function": {
                "name": "look_up-2",
                "description": "Looks an order up",
                "parameters": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "integer"}}},
                "strict": True,
            },
        },
    ],
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file-1", "file-2"]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    },
    "metadata": {"team": "support", "empty": ""},
    "temperature": 0.2,
    "top_p": 0.9,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object", "properties": {"b": {}, "a": {}}}},
    },
}


def test_create_with_a_model_alone_answers_every_default(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(model="gpt-4o")
    sent = made.to_dict()
    assert re.fullmatch(r"asst_[0-9A-Za-z]{24}", sent.pop("id"))
    assert isinstance(sent.pop("created_at"), int)
    assert sent == {
        "object": "assistant",
        "name": None,
        "description": None,
        "model": "gpt-4o",
        "instructions": None,
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "reasoning_effort": None,
        "tool_resources": {},
        "metadata": {},
        "response_format": "auto",
    }


def test_create_keeps_every_field(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(**EVERY_FIELD)
    kept = client.beta.assistants.retrieve(made.id)
    assert made.to_dict() == kept.to_dict()
    assert {name: kept.to_dict()[name] for name in EVERY_FIELD} == EVERY_FIELD


def test_each_tool_brings_its_empty_resources(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(model="m", tools=[{"type": "file_search"}, {"type": "code_interpreter"}])
    assert made.to_dict()["tools"] == [{"type": "file_search"}, {"type": "code_interpreter"}]
    assert made.to_dict()["tool_resources"] == {
        "file_search": {"vector_store_ids": []},
        "code_interpreter": {"file_ids": []},
    }


def test_the_same_create_twice_makes_two(client: openai.OpenAI) -> None:
    first, second = (client.beta.assistants.create(model="m", name="Twin") for _ in range(2))
    assert first.id != second.id
    assert first.name == second.name == "Twin"


def test_retrieve_an_unknown_one(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        client.beta.assistants.retrieve("asst_nobody")
    assert refusal.value.code is None
    assert refusal.value.param is None
    assert refusal.value.type == "invalid_request_error"
    assert refusal.value.body["message"] == "No assistant found with id 'asst_nobody'."
    assert str(refusal.value.request_id).startswith("req_")


def test_update_is_a_post_that_keeps_the_id_and_the_date(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(**EVERY_FIELD)
    changed = client.beta.assistants.update(made.id, name="Other")
    assert changed.to_dict() == made.to_dict() | {"name": "Other"}
    assert client.beta.assistants.retrieve(made.id).name == "Other"


def test_delete_answers_once_and_then_it_is_gone(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(model="m")
    deleted = client.beta.assistants.delete(made.id)
    assert deleted.to_dict() == {"id": made.id, "object": "assistant.deleted", "deleted": True}
    for gone in (
        lambda: client.beta.assistants.retrieve(made.id),
        lambda: client.beta.assistants.update(made.id, name="x"),
        lambda: client.beta.assistants.delete(made.id),
    ):
        with pytest.raises(openai.NotFoundError, match="No assistant found with id"):
            gone()
    assert made.id not in [each.id for each in client.beta.assistants.list(limit=100).data]


def test_every_success_is_a_200_with_the_keys_in_order(wire) -> None:
    created = wire.create(**EVERY_FIELD)
    address = f"/v1/assistants/{created.json['id']}"
    answers = [created, wire.get(address), wire.post(address, {"name": "x"})]
    for answer in [*answers, wire.get("/v1/assistants"), wire.send("DELETE", address)]:
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert re.fullmatch("req_[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["openai-version"] == "2020-10-01"
        assert int(answer.headers["openai-processing-ms"]) >= 0
    for answer in answers:
        assert list(answer.json) == KEYS
    assert list(wire.create().json) == KEYS
    assert [list(each) for each in wire.get("/v1/assistants").json["data"]] == [KEYS] * len(
        wire.get("/v1/assistants").json["data"]
    )


def test_created_at_is_unix_seconds(wire) -> None:
    import time

    before = int(time.time())
    assert before <= wire.create().json["created_at"] <= int(time.time())


def test_request_ids_differ_and_reach_the_sdk(client: openai.OpenAI) -> None:
    first, second = (client.beta.assistants.create(model="m")._request_id for _ in range(2))
    assert first
    assert second
    assert first != second


def test_reasoning_effort_is_there_for_the_sdk(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(model="m", reasoning_effort="high")
    assert made.reasoning_effort == "high"  # type: ignore[attr-defined]


def test_a_delete_may_announce_json_and_send_nothing(wire, assistant) -> None:
    answer = wire.send("DELETE", f"/v1/assistants/{assistant['id']}", Content_Type="application/json")
    assert answer.status == 200


@pytest.mark.parametrize("beta", ["", "assistants=v2", "assistants=v1", "nonsense"])
def test_the_beta_header_is_not_needed(wire, beta: str) -> None:
    assert wire.create().status == 200
    assert wire.get("/v1/assistants", OpenAI_Beta=beta).status == 200


def test_organisation_and_project_headers_are_accepted(server) -> None:
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key=server.write_key, organization="org-1", project="proj_1", max_retries=0
    ) as client:
        assert client.beta.assistants.list(limit=1).data is not None


def test_unknown_query_keys_are_ignored(client: openai.OpenAI) -> None:
    made = client.beta.assistants.create(model="m", extra_query={"trace": "1"})
    assert client.beta.assistants.retrieve(made.id, extra_query={"trace": "1"}).id == made.id
    assert client.beta.assistants.list(extra_query={"trace": "1"}, limit=1).data


def test_extra_body_keys_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.beta.assistants.create(model="m", extra_body={"file_ids": []})
    assert (refusal.value.code, refusal.value.param) == ("unknown_parameter", "file_ids")


def test_a_missing_content_type_is_read_as_json(wire) -> None:
    answer = wire.send("POST", "/v1/assistants", json.dumps({"model": "m"}).encode(), Content_Type="")
    assert answer.status == 200


def test_a_charset_on_the_content_type_is_accepted(wire) -> None:
    assert wire.post("/v1/assistants", {"model": "m"}, Content_Type="application/json; charset=utf-8").status == 200


def test_head_answers_like_get_without_a_body(wire, assistant) -> None:
    answer = wire.send("HEAD", f"/v1/assistants/{assistant['id']}")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["etag"]


@pytest.mark.parametrize("call", ["retrieve", "update", "delete"])
def test_an_id_may_look_like_anything(client: openai.OpenAI, call: str) -> None:
    """Ids of other shapes, other tenants' and other services' are all just unknown."""
    verb: Callable[[str], object] = getattr(client.beta.assistants, call)
    for unknown in ("x", "asst_", "thread_abc", "as%st", "ünïcode", "asst_" + "a" * 500, "a b"):
        with pytest.raises(openai.NotFoundError):
            verb(unknown)
