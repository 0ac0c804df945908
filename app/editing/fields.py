"""An assistant as the fields of a form, and back: `present` draws the form, `read` reads it again.

A part of the form that comes back as it was drawn is left out of the changes, so that saving a page unchanged changes
nothing: not a newline, not an empty text to null, not the order of keys in a schema. Rules are not checked here.
"""

from __future__ import annotations

from app.assistants.spec import AssistantSpec
from app.core.errors import Fault
from app.core.text import as_browser_sends, restore_newlines
from app.editing.tool_fields import NO_SCHEMA, present_format, present_tools, read_format, read_tools
from app.editing.values import Data, Reading, number, number_text

TEXTS = ("name", "description", "instructions")
NUMBERS = ("temperature", "top_p")


def present(spec: AssistantSpec) -> Data:
    """The form's values for this assistant, as a browser will send them back."""
    return {
        **{name: as_browser_sends(getattr(spec, name) or "") for name in TEXTS},
        **{name: number_text(getattr(spec, name)) for name in NUMBERS},
        "model": as_browser_sends(spec.model),
        "reasoning_effort": spec.reasoning_effort or "",
        **present_format(spec.response_format),
        **present_tools(spec.tools),
        "file_ids": _lines(spec.tool_resources.get("code_interpreter", {}).get("file_ids", [])),
        "vector_store_ids": _lines(spec.tool_resources.get("file_search", {}).get("vector_store_ids", [])),
        "pairs": [
            {"key": as_browser_sends(key), "value": as_browser_sends(value)} for key, value in spec.metadata.items()
        ],
    }


def read(submitted: Data, base: AssistantSpec) -> Reading:
    """What `submitted` (the form's values) changes in `base`, the assistant the form was drawn from.

    A value the browser didn't send at all counts as unchanged.
    """
    drawn = present(base)
    submitted = drawn | submitted
    changed = {name for name, value in drawn.items() if submitted[name] != value}
    reading = Reading()
    changes = reading.changes
    changes |= {name: _text(submitted[name], getattr(base, name)) for name in TEXTS if name in changed}
    changes |= {name: number(submitted[name].strip()) for name in NUMBERS if name in changed}
    if "model" in changed:
        changes["model"] = submitted["model"]
    if "reasoning_effort" in changed:
        changes["reasoning_effort"] = submitted["reasoning_effort"] or None
    if changed & {"response_kind", *NO_SCHEMA}:
        changes["response_format"] = read_format(submitted, base, reading)
    if changed & {"file_ids", "vector_store_ids"}:
        changes["tool_resources"] = _read_resources(submitted, base)
    if _written(submitted["pairs"]) != _written(drawn["pairs"]):
        changes["metadata"] = _read_pairs(_written(submitted["pairs"]), base, reading)
    _read_tools(submitted, drawn, base, reading)
    return reading


def _read_tools(submitted: Data, drawn: Data, base: AssistantSpec, reading: Reading) -> None:
    tools = list(read_tools(submitted, drawn, base, reading))
    reading.tool_fields = [name for name, _ in tools]
    if (changed := [tool for _, tool in tools]) != base.tools:
        reading.changes["tools"] = changed


def _written(pairs: list[dict[str, str]]) -> list[dict[str, str]]:
    """The metadata rows somebody wrote in; rows left wholly blank don't count."""
    return [pair for pair in pairs if pair["key"] or pair["value"]]


def _text(submitted: str, original: str | None) -> str | None:
    """A changed text with its own kind of newlines; an emptied one is no text at all."""
    return restore_newlines(submitted, original or "") if submitted else None


def _lines(values: list[str]) -> str:
    return "\n".join(as_browser_sends(value) for value in values)


def _read_resources(submitted: Data, base: AssistantSpec) -> Data:
    """Each tool's resources from lines of ids; no entry for a tool that has none and never had."""
    resources = {}
    for tool, name in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        ids = [line.strip() for line in submitted[name].split("\n") if line.strip()]
        if ids or tool in base.tool_resources:
            resources[tool] = {name: ids}
    return resources


def _read_pairs(pairs: list[dict[str, str]], base: AssistantSpec, reading: Reading) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for pair in pairs:
        key = next((own for own in base.metadata if as_browser_sends(own) == pair["key"]), pair["key"])
        if key in metadata:
            message = f"Invalid 'metadata': '{key}' appears twice. Use each key once."
            reading.faults.append(Fault(f"metadata.{key}", "invalid_value", message))
        metadata[key] = restore_newlines(pair["value"], base.metadata.get(key, ""))
    return metadata
