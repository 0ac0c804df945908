"""Every field of create and modify: what is accepted, exactly at each limit, and what is refused one past it."""

from __future__ import annotations

from typing import Any

import openai
import pytest

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
# One, two, three and four bytes a character in UTF-8; the last is two units in UTF-16.
SCRIPTS = {"one byte": "x", "two bytes": "é", "three bytes": "語", "four bytes": "🎭"}
TEXT_LIMITS = {"name": 256, "description": 512, "instructions": 256_000, "model": 256}


def function(name: str = "f", **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def schema_format(**more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "n", **more}}


def search(**options: Any) -> dict[str, Any]:
    return {"type": "file_search", "file_search": options}


ACCEPTED = [
    {"model": "a model nobody knows"},
    *({field: ""} for field in ("name", "description", "instructions")),
    *({"reasoning_effort": effort} for effort in EFFORTS),
    {"temperature": 0.0},
    {"temperature": 2.0},
    {"temperature": 0.123456789},
    {"top_p": 0.0},
    {"top_p": 1.0},
    {"tools": []},
    {"tools": [function(f"f{number}") for number in range(128)]},
    {"tools": [search()]},
    {"tools": [search(max_num_results=1)]},
    {"tools": [search(max_num_results=50)]},
    {"tools": [search(ranking_options={"score_threshold": 0.0})]},
    {"tools": [search(ranking_options={"score_threshold": 1.0, "ranker": "auto"})]},
    {"tools": [search(ranking_options={"score_threshold": 0.5, "ranker": "default_2024_08_21"})]},
    {"tools": [function("A-z_0")]},
    {"tools": [function("n" * 64)]},
    {"tools": [function(strict=None)]},
    {"tools": [function(strict=False)]},
    {"tools": [function(description="d" * 2_000)]},
    {"tools": [function(parameters={})]},
    {"tools": [{"type": "code_interpreter", "note": "tool objects are open"}]},
    {"tool_resources": {"code_interpreter": {"file_ids": [f"file-{number}" for number in range(20)]}}},
    {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}}},
    {"metadata": {f"key {number}": "v" for number in range(16)}},
    {"metadata": {"k" * 64: "v" * 512}},
    {"metadata": {"語" * 64: "🎭" * 512}},
    {"metadata": {"": ""}},
    {"response_format": "auto"},
    {"response_format": {"type": "text"}},
    {"response_format": {"type": "json_object"}},
    {"response_format": schema_format()},
    {"response_format": schema_format(description="d", schema={"type": "object"}, strict=True)},
    {"response_format": schema_format(strict=None)},
]

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"model": ""}, "empty_string", "model"),
    ({"model": None}, "invalid_type", "model"),
    ({"model": 4}, "invalid_type", "model"),
    ({"name": 1}, "invalid_type", "name"),
    ({"description": ["x"]}, "invalid_type", "description"),
    ({"instructions": {"text": "x"}}, "invalid_type", "instructions"),
    ({"reasoning_effort": "extreme"}, "invalid_value", "reasoning_effort"),
    ({"reasoning_effort": 1}, "invalid_type", "reasoning_effort"),
    ({"temperature": "0.5"}, "invalid_type", "temperature"),
    ({"temperature": True}, "invalid_type", "temperature"),
    ({"temperature": 2.01}, "decimal_above_max_value", "temperature"),
    ({"temperature": 200}, "decimal_above_max_value", "temperature"),
    ({"temperature": -0.01}, "decimal_below_min_value", "temperature"),
    ({"top_p": 1.01}, "decimal_above_max_value", "top_p"),
    ({"top_p": -1}, "decimal_below_min_value", "top_p"),
    ({"top_p": [1]}, "invalid_type", "top_p"),
    ({"tools": None}, "invalid_type", "tools"),
    ({"tools": {}}, "invalid_type", "tools"),
    ({"tools": [function(f"f{number}") for number in range(129)]}, "array_above_max_length", "tools"),
    ({"tools": ["code_interpreter"]}, "invalid_type", "tools[0]"),
    ({"tools": [{}]}, "missing_required_parameter", "tools[0].type"),
    ({"tools": [{"type": "retrieval"}]}, "invalid_value", "tools[0].type"),
    ({"tools": [{"type": 1}]}, "invalid_type", "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "missing_required_parameter", "tools[0].function"),
    ({"tools": [{"type": "function", "function": {}}]}, "missing_required_parameter", "tools[0].function.name"),
    ({"tools": [function(), function("")]}, "empty_string", "tools[1].function.name"),
    ({"tools": [function("has space")]}, "invalid_value", "tools[0].function.name"),
    ({"tools": [function("ünïcode")]}, "invalid_value", "tools[0].function.name"),
    ({"tools": [function("line\n")]}, "invalid_value", "tools[0].function.name"),
    ({"tools": [function("n" * 65)]}, "string_above_max_length", "tools[0].function.name"),
    ({"tools": [function(description=1)]}, "invalid_type", "tools[0].function.description"),
    ({"tools": [function(parameters=[])]}, "invalid_type", "tools[0].function.parameters"),
    ({"tools": [function(strict="yes")]}, "invalid_type", "tools[0].function.strict"),
    ({"tools": [function(arguments={})]}, "unknown_parameter", "tools[0].function.arguments"),
    ({"tools": [search(max_num_results=0)]}, "integer_below_min_value", "tools[0].file_search.max_num_results"),
    ({"tools": [search(max_num_results=51)]}, "integer_above_max_value", "tools[0].file_search.max_num_results"),
    ({"tools": [search(max_num_results=1.5)]}, "invalid_type", "tools[0].file_search.max_num_results"),
    (
        {"tools": [search(ranking_options={})]},
        "missing_required_parameter",
        "tools[0].file_search.ranking_options.score_threshold",
    ),
    (
        {"tools": [search(ranking_options={"score_threshold": 1.1})]},
        "decimal_above_max_value",
        "tools[0].file_search.ranking_options.score_threshold",
    ),
    (
        {"tools": [search(ranking_options={"score_threshold": 0, "ranker": "best"})]},
        "invalid_value",
        "tools[0].file_search.ranking_options.ranker",
    ),
    ({"tool_resources": []}, "invalid_type", "tool_resources"),
    ({"tool_resources": {"browser": {}}}, "unknown_parameter", "tool_resources.browser"),
    (
        {"tool_resources": {"code_interpreter": {"file_ids": ["f"] * 21}}},
        "array_above_max_length",
        "tool_resources.code_interpreter.file_ids",
    ),
    (
        {"tool_resources": {"code_interpreter": {"file_ids": [1]}}},
        "invalid_type",
        "tool_resources.code_interpreter.file_ids[0]",
    ),
    (
        {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1", "vs_2"]}}},
        "array_above_max_length",
        "tool_resources.file_search.vector_store_ids",
    ),
    (
        {"tool_resources": {"file_search": {"vector_stores": [{"file_ids": []}]}}},
        "unsupported_parameter",
        "tool_resources.file_search.vector_stores",
    ),
    ({"metadata": []}, "invalid_type", "metadata"),
    ({"metadata": {"version": 1}}, "invalid_type", "metadata.version"),
    ({"metadata": {"version": None}}, "invalid_type", "metadata.version"),
    ({"metadata": {str(number): "v" for number in range(17)}}, "object_above_max_properties", "metadata"),
    ({"metadata": {"k" * 65: "v"}}, "property_name_above_max_length", "metadata." + "k" * 65),
    ({"metadata": {"key": "v" * 513}}, "string_above_max_length", "metadata.key"),
    ({"response_format": "text"}, "invalid_value", "response_format"),
    ({"response_format": 1}, "invalid_type", "response_format"),
    ({"response_format": {}}, "missing_required_parameter", "response_format.type"),
    ({"response_format": {"type": "xml"}}, "invalid_value", "response_format.type"),
    ({"response_format": {"type": "text", "more": 1}}, "unknown_parameter", "response_format.more"),
    ({"response_format": {"type": "json_schema"}}, "missing_required_parameter", "response_format.json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
        "missing_required_parameter",
        "response_format.json_schema.name",
    ),
    ({"response_format": schema_format(name="a b")}, "invalid_value", "response_format.json_schema.name"),
    ({"response_format": schema_format(name="n" * 65)}, "string_above_max_length", "response_format.json_schema.name"),
    ({"response_format": schema_format(schema=True)}, "invalid_type", "response_format.json_schema.schema"),
    ({"response_format": schema_format(extra=1)}, "unknown_parameter", "response_format.json_schema.extra"),
    ({"file_ids": []}, "unknown_parameter", "file_ids"),
    ({"id": "asst_mine"}, "unknown_parameter", "id"),
    ({"created_at": 1}, "unknown_parameter", "created_at"),
]


def _label(value: Any) -> str:
    return str(value)[:60]


@pytest.mark.parametrize("fields", ACCEPTED, ids=_label)
def test_accepted_values_come_back_as_they_went(client: openai.OpenAI, fields: dict[str, Any]) -> None:
    made = client.beta.assistants.create(**({"model": "m"} | fields))
    kept = client.beta.assistants.retrieve(made.id).to_dict()
    assert {name: kept[name] for name in fields} == fields


@pytest.mark.parametrize("fields", ACCEPTED, ids=_label)
def test_modify_accepts_what_create_accepts(client: openai.OpenAI, fields: dict[str, Any]) -> None:
    made = client.beta.assistants.create(model="m")
    assert {name: client.beta.assistants.update(made.id, **fields).to_dict()[name] for name in fields} == fields


@pytest.mark.parametrize(("fields", "code", "param"), REFUSED, ids=_label)
def test_refused_values(client: openai.OpenAI, wire, fields: dict[str, Any], code: str, param: str) -> None:
    """The same verdict in the same words, from create and from modify, and nothing is written."""
    before = client.beta.assistants.create(model="m", name="untouched").to_dict()
    body = {"model": "m"} | fields
    with pytest.raises(openai.BadRequestError) as at_create:
        client.post("/assistants", body=body, cast_to=object)
    with pytest.raises(openai.BadRequestError) as at_modify:
        client.post(f"/assistants/{before['id']}", body=body, cast_to=object)
    assert (at_create.value.code, at_create.value.param) == (code, param)
    assert at_create.value.body == at_modify.value.body
    assert client.beta.assistants.retrieve(str(before["id"])).to_dict() == before
    assert client.beta.assistants.list(limit=1).data[0].id == before["id"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(("field", "limit"), TEXT_LIMITS.items())
def test_texts_exactly_at_their_limit_and_one_past_it(
    client: openai.OpenAI, field: str, limit: int, script: str
) -> None:
    letter = SCRIPTS[script]
    made = client.beta.assistants.create(**({"model": "m"} | {field: letter * limit}))  # type: ignore[arg-type]
    assert client.beta.assistants.retrieve(made.id).to_dict()[field] == letter * limit
    with pytest.raises(openai.BadRequestError) as refusal:
        client.beta.assistants.update(made.id, **{field: letter * (limit + 1)})  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.param) == ("string_above_max_length", field)
    assert refusal.value.body["message"] == (  # type: ignore[index]
        f"Invalid '{field}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {limit + 1} instead."
    )


@pytest.mark.parametrize("letter", ["é", "語", "🎭"])
def test_the_limit_counts_characters_not_escapes(wire, letter: str) -> None:
    r"""`\uXXXX` escapes make the body up to twelve bytes a character."""
    import json

    for count, status in ((256_000, 200), (256_001, 400)):
        body = json.dumps({"model": "m", "instructions": letter * count}, ensure_ascii=True).encode()
        assert b"\\u" in body
        assert wire.post("/v1/assistants", body).status == status


def test_newlines_count_as_they_are(wire) -> None:
    at_limit = "\r\n" * 128_000
    assert wire.create(instructions=at_limit).json["instructions"] == at_limit
    assert wire.create(instructions=at_limit + "\n").verdict == (400, "string_above_max_length", "instructions")


def test_integers_are_taken_for_decimals(client: openai.OpenAI, wire) -> None:
    made = wire.create(temperature=0, top_p=1)
    assert b'"temperature":0.0' in made.body
    assert b'"top_p":1.0' in made.body


@pytest.mark.parametrize(
    "field",
    ["name", "description", "instructions", "reasoning_effort", "temperature", "top_p", "response_format",
     "metadata", "tool_resources"],
)  # fmt: skip
def test_null_at_create_is_the_same_as_leaving_out(client: openai.OpenAI, field: str) -> None:
    left_out = client.beta.assistants.create(model="m").to_dict()
    null = client.beta.assistants.create(model="m", **{field: None}).to_dict()  # type: ignore[arg-type]
    assert null[field] == left_out[field]
