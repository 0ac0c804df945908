"""The special values of each field of a made-up assistant: every kind the API knows, and each limit.

All are valid. Values that must be refused belong to the tests of the rules.
"""

from typing import Any

from tests.difficult import DIFFICULT_TEXTS

# For every field, a value that is neither the factory's nor a default.
OTHERS: dict[str, Any] = {
    "model": "another",
    "name": "Another",
    "description": "another",
    "instructions": "another",
    "reasoning_effort": "low",
    "tools": [{"type": "code_interpreter"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}},
    "metadata": {"team": "another"},
    "temperature": 0.3,
    "top_p": 0.3,
    "response_format": {"type": "text"},
}

USUAL_MODELS = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4-turbo", "gpt-3.5-turbo", "o3-mini"]

SPECIAL_NAMES: list[str | None] = [
    None,
    None,
    "",
    "n" * 256,
    "\U0001f9ed" * 256,
    "  Spaces around  ",
    "Two\nlines",
    "Ends in a newline\n",
    "مساعد المبيعات",
    "翻訳アシスタント \U0001f4d6",
    'Quotes "and" <b>tags</b> & {{braces}}',
    DIFFICULT_TEXTS["combining accents"],
    DIFFICULT_TEXTS["emoji"],
    DIFFICULT_TEXTS["zero-width characters"],
]

SPECIAL_DESCRIPTIONS: list[str | None] = [
    *[None] * 12,
    "",
    "d" * 512,
    "語" * 512,
    " A space before and after ",
    "First line\nSecond line\r\nThird line",
    DIFFICULT_TEXTS["closing textarea"],
    DIFFICULT_TEXTS["Arabic"],
    DIFFICULT_TEXTS["curly quotes"],
]

TEMPERATURES: list[float] = [0, 0.0, 2, 2.0, 1, 1.0, 0.01, 1.999999, 0.1]
TOP_PS: list[float] = [0, 0.0, 1, 0.5, 0.95, 0.000001]
REASONING_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] * 2

_ORDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "order": {
            "type": "object",
            "description": "The order, as the customer wrote it.",
            "properties": {
                "number": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$"},
                "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
                "note": {"type": ["string", "null"]},
            },
            "required": ["number", "lines", "note"],
            "additionalProperties": False,
        },
    },
    "required": ["order"],
    "additionalProperties": False,
    "$defs": {
        "line": {
            "type": "object",
            "properties": {
                "article": {"type": "string", "enum": ["lamp", "shelf", "棚", "\U0001f4a1"]},
                "pieces": {"type": "integer", "minimum": 1, "maximum": 9007199254740993},
                "price": {"anyOf": [{"type": "number", "multipleOf": 0.01}, {"type": "null"}]},
            },
            "required": ["article", "pieces", "price"],
            "additionalProperties": False,
        },
    },
}


def _function(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def _file_search(**options: Any) -> dict[str, Any]:
    return {"type": "file_search", "file_search": options}


_CODE = {"type": "code_interpreter"}
_SEARCH = {"type": "file_search"}

_SEARCH_SETS: list[list[dict[str, Any]]] = [
    [_SEARCH],
    [_file_search(max_num_results=1)],
    [_file_search(max_num_results=50, ranking_options={"score_threshold": 1, "ranker": "auto"})],
    [_file_search(ranking_options={"ranker": "default_2024_08_21", "score_threshold": 0.0})],
    [_file_search(ranking_options={"score_threshold": 0.35})],
    [_file_search()],
]

_FUNCTION_SETS: list[list[dict[str, Any]]] = [
    [_function("ping")],
    [_function("x" * 64, description="")],
    [_function("look_up-Order2", description="Finds an order.", parameters=_ORDER_SCHEMA, strict=True)],
    [_function("today", description="Says\nwhat day it is.", parameters={}, strict=False)],
    [_function("weather", parameters={"type": "object", "properties": {}}, strict=None)],
    [
        _function("find_customer", parameters={"type": "object", "properties": {"e": {"type": "string"}}}),
        _function("send_reply", description=DIFFICULT_TEXTS["template syntax"], strict=False),
        _function("place_order", parameters=_ORDER_SCHEMA, strict=True),
    ],
    [_function(f"step_{number}", description=f"Step {number}.") for number in range(128)],
]

TOOL_SETS: list[list[dict[str, Any]]] = [
    *_SEARCH_SETS,
    *_FUNCTION_SETS,
    *[[_CODE]] * 6,
    *[[_SEARCH]] * 6,
    [_CODE, _SEARCH],
    [_file_search(max_num_results=20), _CODE, _function("archive", strict=False)],
]

METADATA: list[dict[str, str]] = [
    {f"{number:02}".ljust(64, "k"): "v" * 512 for number in range(16)},
    {f"{number:02}".ljust(64, "鍵"): "\U0001f511" * 512 for number in range(16)},
    {"empty": "", "space": " ", "zero": "0", "null": "null"},
    {
        "équipe": "soutien",
        "فريق": "الدعم",
        "\U0001f3f7\ufe0f": "\U0001f680",
        "e\u0301": "NFD",
        "\u00e9": "NFC",
    },
    {"with space": " kept ", "dots.and[brackets]": "a=b&c", 'quote"': "it's <b>", "__proto__": "x"},
    {"lines": "first\nsecond", "json": '{"a": [1]}'},
    {"z": "first", "a": "second", "Z": "third", "10": "fourth", "9": "fifth"},
    *({f"label_{number}": f"value {number}" for number in range(size)} for size in range(17)),
]


def _json_schema(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, **more}}


RESPONSE_FORMATS: list[str | dict[str, Any]] = [
    {"type": "text"},
    {"type": "json_object"},
    *[{"type": "json_object"}] * 4,
    _json_schema("bare"),
    _json_schema("s" * 64, description="An order.", schema=_ORDER_SCHEMA, strict=True),
    _json_schema("loose-1", schema={"type": "object", "title": "注文 \u2028"}, strict=False),
    _json_schema("undecided", description="", schema={}, strict=None),
]
