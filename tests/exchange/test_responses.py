"""An assistant as a request to the Responses API: where each field goes, what is warned of, and the Python program."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from app.assistants.spec import AssistantSpec
from app.exchange.export import request_object, request_program
from app.exchange.python_example import python_program
from app.exchange.responses import request_body
from tests.difficult import DIFFICULT_TEXTS
from tests.exchange.requests import REQUEST
from tests.exchange.saved import SAMPLE_NAMES, SAMPLES, row

PUBLISHED = Draft202012Validator(REQUEST)
# The types of the SDK, which are generated from the published description.
SDK: TypeAdapter[Any] = TypeAdapter(ResponseCreateParamsNonStreaming)
VECTOR_STORE = {"file_search": {"vector_store_ids": ["vs_1"]}}
NO_STORE = "File search is left out: a request must name the vector store to search, and this assistant has none."


def moved(**fields: Any) -> dict[str, Any]:
    """The request of an assistant that can be moved without a word."""
    body, warnings = request_body(AssistantSpec.parse({"model": "gpt-4o", **fields}))
    assert warnings == []
    return body


def warned(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    return request_body(AssistantSpec.parse({"model": "gpt-4o", **fields}))


def check_with_sdk(body: dict[str, Any]) -> None:
    # A list is declared as something to iterate over, and judged only while somebody does.
    list(SDK.validate_python(body, strict=True).get("tools", []))


def function(**more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", **more}}


def schema_format(**more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", **more}}


MAPPING: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"instructions": None}, {}),
    ({"instructions": ""}, {"instructions": ""}),
    ({"instructions": "Be\r\nbrief. "}, {"instructions": "Be\r\nbrief. "}),
    ({"temperature": 1, "top_p": 1.0}, {}),
    ({"temperature": 0, "top_p": 0.0}, {"temperature": 0.0, "top_p": 0.0}),
    ({"temperature": 2, "top_p": 0.3}, {"temperature": 2.0, "top_p": 0.3}),
    ({"reasoning_effort": "xhigh"}, {"reasoning": {"effort": "xhigh"}}),
    ({"response_format": "auto"}, {}),
    ({"response_format": {"type": "text"}}, {"text": {"format": {"type": "text"}}}),
    ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
    (
        {"response_format": schema_format(description="d", schema={"type": "object"}, strict=True)},
        {
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": "answer",
                    "description": "d",
                    "schema": {"type": "object"},
                    "strict": True,
                }
            }
        },
    ),
    (
        {"response_format": schema_format(schema={}, strict=None)},
        {"text": {"format": {"type": "json_schema", "name": "answer", "schema": {}, "strict": None}}},
    ),
    (
        {"tools": [function()]},
        {
            "tools": [
                {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}
            ]
        },
    ),
    (
        {"tools": [function(description="", parameters={"type": "object"}, strict=True)]},
        {
            "tools": [
                {
                    "type": "function",
                    "name": "f",
                    "description": "",
                    "parameters": {"type": "object"},
                    "strict": True,
                }
            ]
        },
    ),
    (
        {"tools": [function(parameters={}, strict=None)]},
        {"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": False}]},
    ),
    (
        {"tools": [{"type": "code_interpreter"}]},
        {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]},
    ),
    (
        {
            "tools": [{"type": "code_interpreter"}],
            "tool_resources": {"code_interpreter": {"file_ids": ["file-1", "file-2"]}},
        },
        {
            "tools": [
                {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1", "file-2"]}}
            ]
        },
    ),
    (
        {"tools": [{"type": "file_search"}], "tool_resources": VECTOR_STORE},
        {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]},
    ),
    (
        {
            "tools": [
                {
                    "type": "file_search",
                    "file_search": {"max_num_results": 5, "ranking_options": {"score_threshold": 0.5}},
                }
            ],
            "tool_resources": VECTOR_STORE,
        },
        {
            "tools": [
                {
                    "type": "file_search",
                    "vector_store_ids": ["vs_1"],
                    "max_num_results": 5,
                    "ranking_options": {"score_threshold": 0.5},
                }
            ]
        },
    ),
    ({"metadata": {"team": "support", "empty": ""}}, {"metadata": {"team": "support", "empty": ""}}),
    ({"name": "n", "description": "d"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), MAPPING)
def test_each_field_has_its_place(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    body = moved(**fields)
    assert body == {"model": "gpt-4o"} | expected
    PUBLISHED.validate(body)


def test_a_missing_schema_is_told_and_replaced() -> None:
    body, warnings = warned(response_format=schema_format())
    assert body["text"]["format"]["schema"] == {"type": "object"}
    assert warnings == [
        "The answer format 'answer' has no schema, and a request needs one: "
        '{"type": "object"}, which allows any object, stands in its place. Write the schema you mean.'
    ]
    PUBLISHED.validate(body)


def test_file_search_without_a_store_is_left_out_and_told() -> None:
    assert warned(tools=[{"type": "file_search"}]) == ({"model": "gpt-4o"}, [NO_STORE])
    body, warnings = warned(tools=[{"type": "file_search"}, function()])
    assert [tool["type"] for tool in body["tools"]] == ["function"]
    assert warnings == [NO_STORE]


def test_the_old_ranker_is_replaced_and_told() -> None:
    options = {"ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.0}}
    body, warnings = warned(tools=[{"type": "file_search", "file_search": options}], tool_resources=VECTOR_STORE)
    assert body["tools"][0]["ranking_options"] == {"ranker": "auto", "score_threshold": 0.0}
    assert warnings == ["The ranker 'default_2024_08_21' of file search doesn't exist there; 'auto' is used."]
    PUBLISHED.validate(body)


def test_resources_without_their_tool_are_told() -> None:
    resources = {"code_interpreter": {"file_ids": ["file-1", "file-2"]}, "file_search": {"vector_store_ids": []}}
    body, warnings = warned(tool_resources=resources)
    assert body == {"model": "gpt-4o"}
    assert warnings == [
        "What code interpreter would use is left out, because that tool is switched off: 'file-1', 'file-2'."
    ]


def test_unknown_keys_of_a_tool_are_told() -> None:
    body, warnings = warned(tools=[{"type": "code_interpreter", "memory": 1, "also": {}}])
    assert body["tools"] == [{"type": "code_interpreter", "container": {"type": "auto"}}]
    assert warnings == ["A code interpreter tool has more than the API knows, which is left out: 'also', 'memory'."]


@pytest.mark.parametrize("page", SAMPLES, ids=SAMPLE_NAMES)
def test_every_sample_is_a_valid_request_or_says_why_not(page: dict[str, Any]) -> None:
    for given in page["data"]:
        found = request_object(given)
        body = found["request"]
        PUBLISHED.validate(json.loads(json.dumps(body)))
        check_with_sdk(body | {"input": "Hello!"})
        assert body.get("instructions") == given["instructions"]
        searches = [tool for tool in body.get("tools", []) if tool["type"] == "file_search"]
        lost = len(given["tools"]) - len(body.get("tools", []))
        assert found["warnings"].count(NO_STORE) == lost
        assert len(searches) + lost == sum(tool["type"] == "file_search" for tool in given["tools"])


def test_the_types_of_the_sdk_would_notice() -> None:
    good = moved(tools=[function()], response_format=schema_format(schema={}))
    check_with_sdk(good)
    for bad in (
        good | {"temperature": "warm"},
        good | {"reasoning": {"effort": "much"}},
        good | {"tools": [{"type": "function", "function": {"name": "f"}}]},
        good | {"text": {"format": {"type": "json_schema", "json_schema": {"name": "n"}}}},
    ):
        with pytest.raises(ValueError, match="validation error"):
            check_with_sdk(bad)
        assert not PUBLISHED.is_valid(bad)


def values_in(program: str) -> dict[str, Any]:
    """What the names of a program stand for, evaluated as Python does."""
    tree = ast.parse(program)
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    space: dict[str, Any] = {"json": json}
    for name in ("INSTRUCTIONS", "REQUEST"):
        if name in named:
            space[name] = eval(compile(ast.Expression(named[name]), "program", "eval"), space)
    return space


@pytest.mark.parametrize("page", SAMPLES, ids=SAMPLE_NAMES)
def test_the_program_says_exactly_the_same(page: dict[str, Any]) -> None:
    for given in page["data"]:
        found = request_object(given)
        assert values_in(request_program(found))["REQUEST"] == found["request"]


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_are_written_exactly(text: str) -> None:
    given = row(name=text[:256], description=text[:512], metadata={text[:64]: text[:512]}, instructions=text)
    found = request_object(given | AssistantSpec.parse({"model": "m"} | {
        key: given[key] for key in ("name", "description", "metadata", "instructions")
    }).as_json())  # fmt: skip
    program = request_program(found)
    # What another program reads from the file: its bytes.
    assert values_in(program.encode().decode())["REQUEST"] == found["request"]
    assert found["request"]["instructions"] == text


@pytest.mark.parametrize("text", ["\n" * 256_000, "\r\n" * 128_000, '"""\\\n' * 51_200, "\U0001f9ed" * 256_000])
def test_the_longest_texts_are_written_exactly(text: str) -> None:
    assert values_in(python_program({"instructions": text}, []))["INSTRUCTIONS"] == text


def test_schemas_nested_deeply_are_written_all_the_same() -> None:
    deep: dict[str, Any] = {}
    for _ in range(190):
        deep = {"items": deep}
    body = moved(tools=[function(parameters=deep)])
    program = python_program(body, [])
    assert values_in(program)["REQUEST"] == body
    assert "import json" in program
    assert "import json" not in python_program(moved(tools=[function()]), [])


def test_remarks_stay_comments() -> None:
    program = python_program({"model": "m"}, ["first\nimport os # \u2028 \x0c\rend", "second"])
    assert program.startswith("# first\\nimport os # \\u2028 \\x0c\\rend\n# second\n# pip install openai\n")
