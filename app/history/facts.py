"""The settings of an assistant in the words of its staff, one by one, and which of them differ between two states.

The instructions are not among them: `drawing` shows how those differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.assistants.spec import AssistantSpec

NOT_SET = "Not set"
ANSWER_FORMATS = {
    "auto": "Automatic: the model decides",
    "text": "Text",
    "json_object": "JSON, of any shape",
    "json_schema": "JSON that follows a schema",
}
TOOLS = {"code_interpreter": "Code interpreter", "file_search": "File search"}
LABELS = {
    "name": "Name", "description": "Description", "model": "Model", "temperature": "Temperature", "top_p": "Top P",
    "reasoning_effort": "Reasoning effort", "response_format": "Answer format", "tools": "Tools",
    "tool_resources": "Files of tools", "metadata": "Metadata",
}  # fmt: skip
# So much of one value, and of all values of a side together, stands in a table.
LONGEST_VALUE = 3_000
LONGEST_TABLE = 100_000


class Fact(NamedTuple):
    """One setting: the field it belongs to, what staff call it, its value in words, and whether that is code."""

    field: str
    label: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting before and after; None on the side that doesn't have it at all."""

    label: str
    before: str | None
    after: str | None
    is_code: bool


def facts(spec: AssistantSpec) -> list[Fact]:
    """Every setting, in the order of the pages."""
    return [*_plain(spec), *_answers(spec), *_tools(spec), *_resources(spec), *_pairs(spec)]


def differences(before: AssistantSpec, after: AssistantSpec) -> list[Difference]:
    """The settings that differ, cut where they are very long."""
    old = {fact.label: fact for fact in facts(before)}
    new = {fact.label: fact for fact in facts(after)}
    fields = [field for field in before.differences(after) if field != "instructions"]
    found: dict[str, Difference] = {}
    for label, fact in (old | new).items():
        if old.get(label) != new.get(label):
            found[label] = _difference(label, old.get(label), new.get(label), fact.is_code)
    told = {fact.field for label, fact in (old | new).items() if label in found}
    for field in fields:
        if field not in told:
            # Something no row speaks of, such as the order of keys.
            one, other = (_json(getattr(side, field)) for side in (before, after))
            found[LABELS[field]] = Difference(LABELS[field], one, other, is_code=True)
    return list(_cut(found.values()))


def _plain(spec: AssistantSpec) -> Iterator[Fact]:
    yield Fact("name", "Name", _text(spec.name))
    yield Fact("description", "Description", _text(spec.description))
    yield Fact("model", "Model", spec.model)
    yield Fact("temperature", "Temperature", _value(spec.temperature))
    yield Fact("top_p", "Top P", _value(spec.top_p))
    yield Fact("reasoning_effort", "Reasoning effort", _value(spec.reasoning_effort))


def _answers(spec: AssistantSpec) -> Iterator[Fact]:
    chosen = spec.response_format
    kind = chosen.get("type") if isinstance(chosen, dict) else chosen
    yield Fact("response_format", "Answer format", ANSWER_FORMATS.get(str(kind), str(kind)))
    if isinstance(chosen, dict) and len(chosen) > 1:
        yield Fact("response_format", "Answer schema", _json(chosen.get("json_schema", chosen)), is_code=True)


def _tools(spec: AssistantSpec) -> Iterator[Fact]:
    seen: dict[str, int] = {}
    for tool in spec.tools:
        kind = tool["type"]
        label = TOOLS.get(kind) or f"Function {tool.get('function', {}).get('name')}"
        seen[label] = seen.get(label, 0) + 1
        numbered = label if seen[label] == 1 else f"{label} ({seen[label]})"
        if kind in TOOLS and len(tool) == 1:
            yield Fact("tools", numbered, "On")
        else:
            yield Fact("tools", numbered, _json(tool), is_code=True)


def _resources(spec: AssistantSpec) -> Iterator[Fact]:
    for tool, key, label in (
        ("code_interpreter", "file_ids", "Files for the code interpreter"),
        ("file_search", "vector_store_ids", "Vector store"),
    ):
        if ids := spec.tool_resources.get(tool, {}).get(key):
            yield Fact("tool_resources", label, "\n".join(ids), is_code=True)


def _pairs(spec: AssistantSpec) -> Iterator[Fact]:
    for key, value in spec.metadata.items():
        yield Fact("metadata", f"Metadata: {key}", _text(value))


def _difference(label: str, old: Fact | None, new: Fact | None, is_code: bool) -> Difference:
    return Difference(label, old.value if old else None, new.value if new else None, is_code)


def _cut(found: Any) -> Iterator[Difference]:
    room = LONGEST_TABLE
    for each in found:
        sides = []
        for value in (each.before, each.after):
            most = min(LONGEST_VALUE, room)
            sides.append(value if value is None or len(value) <= most else _shortened(value, most))
            room = max(0, room - len(sides[-1] or ""))
        yield Difference(each.label, sides[0], sides[1], each.is_code)


def _shortened(value: str, most: int) -> str:
    return f"{value[:most]}… and {len(value) - most:,} more characters"


def _text(value: str | None) -> str:
    return NOT_SET if value is None else value or "Empty"


def _value(value: float | str | None) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return NOT_SET if value is None else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
