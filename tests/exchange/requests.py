"""What a request to the Responses API may be: OpenAI's published description of the parts that we send.

Written out from that description, with the bounds its prose names, and closed, so that a key too many shows as well.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
NAME = {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"}
OPTIONAL_BOOLEAN = {"type": ["boolean", "null"]}
ANY_SCHEMA = {"type": "object"}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    properties = required | optional
    return {"type": "object", "required": [*required], "properties": properties, "additionalProperties": False}


FUNCTION = closed(
    {
        "type": {"const": "function"},
        "name": NAME,
        "parameters": {"type": ["object", "null"]},
        "strict": OPTIONAL_BOOLEAN,
    },
    description={"type": ["string", "null"]},
)
FILE_SEARCH = closed(
    {"type": {"const": "file_search"}, "vector_store_ids": {"type": "array", "items": TEXT, "minItems": 1}},
    max_num_results={"type": "integer", "minimum": 1, "maximum": 50},
    ranking_options=closed(
        {},
        ranker={"enum": ["auto", "default-2024-11-15"]},
        score_threshold={"type": "number", "minimum": 0, "maximum": 1},
    ),
)
CODE_INTERPRETER = closed(
    {
        "type": {"const": "code_interpreter"},
        "container": closed({"type": {"const": "auto"}}, file_ids={"type": "array", "items": TEXT, "maxItems": 50}),
    }
)
FORMAT = {
    "oneOf": [
        closed({"type": {"enum": ["text", "json_object"]}}),
        closed(
            {"type": {"const": "json_schema"}, "name": NAME, "schema": ANY_SCHEMA},
            description=TEXT,
            strict=OPTIONAL_BOOLEAN,
        ),
    ]
}
REQUEST = closed(
    {"model": TEXT},
    instructions=TEXT,
    temperature={"type": "number", "minimum": 0, "maximum": 2},
    top_p={"type": "number", "minimum": 0, "maximum": 1},
    reasoning=closed({}, effort={"enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max"]}),
    text=closed({}, format=FORMAT),
    tools={"type": "array", "items": {"oneOf": [FUNCTION, FILE_SEARCH, CODE_INTERPRETER]}, "minItems": 1},
    metadata={
        "type": "object",
        "maxProperties": 16,
        "propertyNames": {"maxLength": 64},
        "additionalProperties": {"type": "string", "maxLength": 512},
        "minProperties": 1,
    },
)
