"""A request as a Python program with OpenAI's SDK, ready to paste. Its literals evaluate to exactly the same values."""

from __future__ import annotations

import json
from typing import Any

from app.texts.text import lines_of, on_one_line

INDENT = "    "
# Python's parser refuses 200 brackets inside each other; what lies deeper is written as JSON.
DEEPEST = 100
HEAD = """\
import os

from openai import OpenAI
"""
CALL = """\

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
# Send the whole request every time, also with previous_response_id or conversation: instructions hold for one response.
response = client.responses.create(**REQUEST, input="Hello!")
print(response.output_text)
"""


class _Name:
    """A value that stands in the program under a name."""

    def __init__(self, name: str) -> None:
        self.name = name


def python_program(body: dict[str, Any], remarks: list[str]) -> str:
    """The program that sends `body`. `remarks` stand on top as comments, whatever characters they hold."""
    comments = "".join(f"# {on_one_line(remark)}\n" for remark in remarks)
    named, request = "", dict(body)
    if "instructions" in request:
        named = f"\nINSTRUCTIONS = {_text(request['instructions'], '')}\n"
        request["instructions"] = _Name("INSTRUCTIONS")
    imports = "import json\n" if _deeper_than(DEEPEST, request) else ""
    return f"{comments}# pip install openai\n{imports}{HEAD}{named}\nREQUEST = {_literal(request)}\n{CALL}"


def _literal(value: Any, indent: str = "", depth: int = 0) -> str:
    """`value`, JSON data, as Python writes it, laid out over lines."""
    if isinstance(value, _Name):
        return value.name
    if isinstance(value, str):
        return _text(value, indent)
    if not isinstance(value, dict | list) or not value:
        return repr(value)
    if depth > DEEPEST:
        return f"json.loads({json.dumps(value)!r})"
    inner = indent + INDENT
    items = [f"{key!r}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    values = value.values() if isinstance(value, dict) else value
    lines = [f"{inner}{key}{_literal(item, inner, depth + 1)},\n" for key, item in zip(items, values, strict=True)]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return f"{opened}\n{''.join(lines)}{indent}{closed}"


def _text(text: str, indent: str) -> str:
    """A text as literals that join to it, one for each line, so that it can be read. What is invisible is escaped."""
    lines = lines_of(text)
    if len(lines) < 2:
        return repr(text)
    inner = indent + INDENT
    return "(\n" + "".join(f"{inner}{line!r}\n" for line in lines) + f"{indent})"


def _deeper_than(limit: int, value: Any) -> bool:
    if not isinstance(value, dict | list) or not value:
        return False
    inside = value.values() if isinstance(value, dict) else value
    return limit < 0 or any(_deeper_than(limit - 1, item) for item in inside)
