"""Single values between a form's text and JSON: numbers, texts, flags and JSON itself, and the `Reading` they add to.

A value that comes back as it was drawn is left as it was.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from app.core.errors import Fault
from app.texts.text import restore_newlines

Data = dict[str, Any]

NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass
class Reading:
    """What a submitted form means: JSON `changes`, and for each tool the form entry it came from.

    `faults` are texts that should be JSON and aren't; the specification never sees those.
    """

    changes: Data = field(default_factory=dict)
    tool_fields: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def parsed(self, param: str, text: str) -> Any:
        """The JSON value a person typed; None, with a fault, when it is none."""
        try:
            return from_json(text, allow_inf_nan=False)
        except ValueError as refusal:
            message = f"Invalid '{param}': this is not valid JSON: {refusal}."
            self.faults.append(Fault(param, "invalid_value", message))
            return None


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 is neither true nor 1.0, and the order of keys counts."""
    return to_json(one) == to_json(other)


def number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def number(text: str) -> float | str | None:
    """The number in `text`; None when it is empty, and the text itself when it is no number, for the verdict."""
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        return text
    # Past sixteen digits a decimal is no less exact than the limits it will be held against.
    return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else float(text)


def set_or_drop(target: Data, key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


def put_text(target: Data, key: str, submitted: str, drawn: str) -> None:
    """Take over a changed text; one that was emptied goes."""
    if submitted != drawn:
        set_or_drop(target, key, restore_newlines(submitted, target.get(key, "")) or None)


def put_flag(target: Data, submitted: bool, drawn: bool) -> None:
    if submitted != drawn:
        target["strict"] = submitted


def put_json(target: Data, key: str, submitted: str, drawn: str, param: str, reading: Reading) -> None:
    if submitted == drawn:
        return
    set_or_drop(target, key, reading.parsed(f"{param}.{key}", submitted) if submitted.strip() else None)


def json_text(value: Any) -> str:
    """JSON laid out for reading. Text inside it keeps its newlines as `\\n`, so a browser changes nothing."""
    return json.dumps(value, indent=2, ensure_ascii=False)
