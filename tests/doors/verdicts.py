"""The table of verdicts, written by hand: a field, a bad value, and the words every door has to say about it.

`typed` is what a person has to put into the edit form to mean the same value; None where a form can't express it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FOUR_BYTES = "\U0001f33f"
THREE_BYTES = "漢"


@dataclass(frozen=True)
class Row:
    label: str
    body: dict[str, Any]
    code: str
    param: str
    words: str
    typed: dict[str, str] | None = None


def too_long(param: str, limit: int, length: int) -> str:
    return (
        f"Invalid '{param}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {length} instead."
    )


def wrong_type(param: str, expected: str, got: str) -> str:
    return f"Invalid type for '{param}': expected {expected}, but got {got} instead."


def function(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": fields}]}


def typed_function(**fields: str) -> dict[str, str]:
    return {f"functions-0-{name}": value for name, value in {"source": "", **fields}.items()}


def schema(**fields: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": fields}}


PATTERN = "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
EMPTY = "empty string. Expected a string with minimum length 1, but got an empty string instead."
EFFORTS = "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'"

TABLE = [
    Row("name over its limit", {"name": "n" * 257}, "string_above_max_length", "name", too_long("name", 256, 257), {"name": "n" * 257}),
    Row("name of four-byte characters", {"name": FOUR_BYTES * 257}, "string_above_max_length", "name", too_long("name", 256, 257), {"name": FOUR_BYTES * 257}),
    Row("name a number", {"name": 5}, "invalid_type", "name", wrong_type("name", "a string", "an integer")),
    Row("description over its limit", {"description": "d" * 513}, "string_above_max_length", "description", too_long("description", 512, 513), {"description": "d" * 513}),
    Row("description an array", {"description": []}, "invalid_type", "description", wrong_type("description", "a string", "an array")),
    Row("model null", {"model": None}, "invalid_type", "model", wrong_type("model", "a string", "null")),
    Row("model empty", {"model": ""}, "empty_string", "model", f"Invalid 'model': {EMPTY}", {"model": ""}),
    Row("model over its limit", {"model": "m" * 257}, "string_above_max_length", "model", too_long("model", 256, 257), {"model": "m" * 257}),
    Row("instructions over the limit", {"instructions": "i" * 256_001}, "string_above_max_length", "instructions", too_long("instructions", 256_000, 256_001), {"instructions": "i" * 256_001}),
    Row("instructions over the limit in three bytes", {"instructions": THREE_BYTES * 256_001}, "string_above_max_length", "instructions", too_long("instructions", 256_000, 256_001), {"instructions": THREE_BYTES * 256_001}),
    Row("instructions over the limit in four bytes", {"instructions": FOUR_BYTES * 256_001}, "string_above_max_length", "instructions", too_long("instructions", 256_000, 256_001), {"instructions": FOUR_BYTES * 256_001}),
    Row("instructions over the limit by a newline", {"instructions": "\n" + "line\n" * 51_200}, "string_above_max_length", "instructions", too_long("instructions", 256_000, 256_001), {"instructions": "\n" + "line\n" * 51_200}),
    Row("instructions an object", {"instructions": {}}, "invalid_type", "instructions", wrong_type("instructions", "a string", "an object")),
    Row("instructions with NUL", {"instructions": "a\x00b"}, "invalid_value", "instructions", "Invalid 'instructions': it contains a NUL character, which can't be stored.", {"instructions": "a\x00b"}),
    Row("reasoning effort unknown", {"reasoning_effort": "huge"}, "invalid_value", "reasoning_effort", f"Invalid value: 'huge'. Supported values are: {EFFORTS}.", {"reasoning_effort": "huge"}),
    Row("reasoning effort a number", {"reasoning_effort": 3}, "invalid_type", "reasoning_effort", wrong_type("reasoning_effort", "a string", "an integer")),
    Row("temperature too high", {"temperature": 200}, "decimal_above_max_value", "temperature", "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 200 instead.", {"temperature": "200"}),
    Row("temperature just too high", {"temperature": 2.0001}, "decimal_above_max_value", "temperature", "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.0001 instead.", {"temperature": "2.0001"}),
    Row("temperature below zero", {"temperature": -0.5}, "decimal_below_min_value", "temperature", "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -0.5 instead.", {"temperature": "-0.5"}),
    Row("temperature a word", {"temperature": "warm"}, "invalid_type", "temperature", wrong_type("temperature", "a decimal", "a string"), {"temperature": "warm"}),
    Row("temperature a boolean", {"temperature": True}, "invalid_type", "temperature", wrong_type("temperature", "a decimal", "a boolean")),
    Row("top_p too high", {"top_p": 1.5}, "decimal_above_max_value", "top_p", "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.", {"top_p": "1.5"}),
    Row("top_p below zero", {"top_p": -1}, "decimal_below_min_value", "top_p", "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -1 instead.", {"top_p": "-1"}),
    Row("tools null", {"tools": None}, "invalid_type", "tools", wrong_type("tools", "an array", "null")),
    Row("too many tools", {"tools": [{"type": "function", "function": {"name": "f"}}] * 129}, "array_above_max_length", "tools", "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.", {f"functions-{n}-name": "f" for n in range(129)}),
    Row("tool without a type", {"tools": [{}]}, "missing_required_parameter", "tools[0].type", "Missing required parameter: 'tools[0].type'."),
    Row("tool of an unknown type", {"tools": [{"type": "browser"}]}, "invalid_value", "tools[0].type", "Invalid value: 'browser'. Supported values are: 'code_interpreter', 'file_search', and 'function'."),
    Row("tool a string", {"tools": ["code_interpreter"]}, "invalid_type", "tools[0]", wrong_type("tools[0]", "an object", "a string")),
    Row("function tool without a function", {"tools": [{"type": "function"}]}, "missing_required_parameter", "tools[0].function", "Missing required parameter: 'tools[0].function'."),
    Row("function without a name", function(), "missing_required_parameter", "tools[0].function.name", "Missing required parameter: 'tools[0].function.name'."),
    Row("function name empty", function(name=""), "empty_string", "tools[0].function.name", f"Invalid 'tools[0].function.name': {EMPTY}", typed_function(name="", description="d") | {}),
    Row("function name with a space", function(name="look up"), "invalid_value", "tools[0].function.name", f"Invalid 'tools[0].function.name': {PATTERN}", typed_function(name="look up")),
    Row("function name over its limit", function(name="f" * 65), "string_above_max_length", "tools[0].function.name", too_long("tools[0].function.name", 64, 65), typed_function(name="f" * 65)),
    Row("function parameters an array", function(name="f", parameters=[]), "invalid_type", "tools[0].function.parameters", wrong_type("tools[0].function.parameters", "an object", "an array"), typed_function(name="f", parameters="[]")),
    Row("function key unknown", function(name="f", bogus=1), "unknown_parameter", "tools[0].function.bogus", "Unknown parameter: 'tools[0].function.bogus'."),
    Row("too many results", {"tools": [{"type": "file_search", "file_search": {"max_num_results": 51}}]}, "integer_above_max_value", "tools[0].file_search.max_num_results", "Invalid 'tools[0].file_search.max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.", {"file_search": "y", "max_num_results": "51"}),
    Row("results no integer", {"tools": [{"type": "file_search", "file_search": {"max_num_results": 5.5}}]}, "invalid_type", "tools[0].file_search.max_num_results", wrong_type("tools[0].file_search.max_num_results", "an integer", "a decimal"), {"file_search": "y", "max_num_results": "5.5"}),
    Row("ranking without a threshold", {"tools": [{"type": "file_search", "file_search": {"ranking_options": {"ranker": "auto"}}}]}, "missing_required_parameter", "tools[0].file_search.ranking_options.score_threshold", "Missing required parameter: 'tools[0].file_search.ranking_options.score_threshold'.", {"file_search": "y", "ranker": "auto"}),
    Row("two vector stores", {"tool_resources": {"file_search": {"vector_store_ids": ["a", "b"]}}}, "array_above_max_length", "tool_resources.file_search.vector_store_ids", "Invalid 'tool_resources.file_search.vector_store_ids': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.", {"vector_store_ids": "a\nb"}),
    Row("21 files", {"tool_resources": {"code_interpreter": {"file_ids": [f"file-{n}" for n in range(21)]}}}, "array_above_max_length", "tool_resources.code_interpreter.file_ids", "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.", {"file_ids": "\n".join(f"file-{n}" for n in range(21))}),
    Row("resources of an unknown tool", {"tool_resources": {"browser": {}}}, "unknown_parameter", "tool_resources.browser", "Unknown parameter: 'tool_resources.browser'."),
    Row("metadata an array", {"metadata": ["a"]}, "invalid_type", "metadata", wrong_type("metadata", "a metadata object", "an array")),
    Row("metadata value a number", {"metadata": {"version": 1}}, "invalid_type", "metadata.version", wrong_type("metadata.version", "a string", "an integer")),
    Row("metadata value over its limit", {"metadata": {"k": "v" * 513}}, "string_above_max_length", "metadata.k", too_long("metadata.k", 512, 513), {"pairs-0-key": "k", "pairs-0-value": "v" * 513}),
    Row("metadata key over its limit", {"metadata": {"k" * 65: "v"}}, "property_name_above_max_length", "metadata." + "k" * 65, "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length 64, but got a string with length 65 instead.", {"pairs-0-key": "k" * 65, "pairs-0-value": "v"}),
    Row("metadata value under a key like pydantic's own", {"metadata": {"[key]": "v" * 513}}, "string_above_max_length", "metadata.[key]", too_long("metadata.[key]", 512, 513), {"pairs-0-key": "[key]", "pairs-0-value": "v" * 513}),
    Row("metadata value a number under such a key", {"metadata": {"[key]": 1}}, "invalid_type", "metadata.[key]", wrong_type("metadata.[key]", "a string", "an integer")),
    Row("17 pairs", {"metadata": {str(n): "v" for n in range(17)}}, "object_above_max_properties", "metadata", "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.", {f"pairs-{n}-{part}": value for n in range(17) for part, value in (("key", str(n)), ("value", "v"))}),
    Row("format a bare word", {"response_format": "json_object"}, "invalid_value", "response_format", "Invalid value: 'json_object'. Supported values are: 'auto'."),
    Row("format of an unknown type", {"response_format": {"type": "xml"}}, "invalid_value", "response_format.type", "Invalid value: 'xml'. Supported values are: 'text', 'json_object', and 'json_schema'.", {"response_kind": "xml"}),
    Row("schema name with a space", schema(name="my schema"), "invalid_value", "response_format.json_schema.name", f"Invalid 'response_format.json_schema.name': {PATTERN}", {"response_kind": "json_schema", "schema_name": "my schema"}),
    Row("schema an array", schema(name="s", schema=[]), "invalid_type", "response_format.json_schema.schema", wrong_type("response_format.json_schema.schema", "an object", "an array"), {"response_kind": "json_schema", "schema_name": "s", "schema_text": "[]"}),
    Row("unknown key like pydantic's own", {"[key]": 1}, "unknown_parameter", "[key]", "Unknown parameter: '[key]'."),
    Row("function key like pydantic's own", function(name="f", **{"[key]": 1}), "unknown_parameter", "tools[0].function.[key]", "Unknown parameter: 'tools[0].function.[key]'."),
    Row("unknown key", {"file_ids": []}, "unknown_parameter", "file_ids", "Unknown parameter: 'file_ids'."),
]  # fmt: skip
