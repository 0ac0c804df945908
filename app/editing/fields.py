"""An assistant as the fields of a form, and back: `present` draws the form, `read` reads it again.

A part of the form that comes back as it was drawn is left out of the changes, so that saving a page unchanged changes
nothing: not a newline, not an empty text to null, not the order of keys in a schema. Rules are not checked here.

A form is drawn from a version, which it names, or from a state that is none, such as a merge. Where reading it against
the version wouldn't give that state back exactly, the form carries the state itself, and is read against it.
"""

from __future__ import annotations

import json

from app.assistants.spec import AssistantSpec
from app.core.errors import Fault, Invalid
from app.editing.tool_fields import NO_SCHEMA, present_format, present_tools, read_format, read_tools
from app.editing.values import Data, Reading, number, number_text, same
from app.texts.text import as_browser_sends, restore_newlines

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


def present_state(state: AssistantSpec, base: AssistantSpec) -> Data:
    """The form's values for a state that is no version, in a form that names the version `base`."""
    form = present(state)
    for drawn in (form, form | {"state": _packed(state)}):
        if same(drafted(drawn, base).as_json(), state.as_json()):
            return drawn
    # A merge may break a rule, and is no state that can be carried. No function may then be taken for one of `base`.
    return form | {"functions": [function | {"source": ""} for function in form["functions"]]}


def with_instructions(form: Data, base: AssistantSpec, text: str) -> Data:
    """The form with these instructions, and all else as it is; reading it gives `text` exactly."""
    changed = form | {"instructions": as_browser_sends(text)}
    if drafted(changed, base).instructions == text:
        return changed
    return changed | {"state": _packed(_state_of(form, base).model_copy(update={"instructions": text}))}


def drafted(form: Data, base: AssistantSpec) -> AssistantSpec:
    """What publishing `form` would make of `base`, the version it names. It may break rules."""
    return AssistantSpec.model_construct(**base.as_json() | read(form, base).changes)


def read(submitted: Data, base: AssistantSpec) -> Reading:
    """What `submitted` (the form's values) changes in `base`, the version it names.

    A value the browser didn't send at all counts as unchanged.
    """
    state = _state_of(submitted, base)
    reading = _read(submitted, state)
    if state is not base:
        before = base.as_json()
        after = state.as_json() | reading.changes
        reading.changes = {name: value for name, value in after.items() if not same(value, before[name])}
    return reading


def _packed(state: AssistantSpec) -> str:
    """A state as the text of a hidden field. JSON writes newlines as `\\n`, so that no browser rewrites them."""
    return json.dumps(state.as_json(), ensure_ascii=False)


def _state_of(submitted: Data, base: AssistantSpec) -> AssistantSpec:
    """What the form was drawn from: the state it carries, or else `base`."""
    if not (packed := submitted.get("state")):
        return base
    try:
        fields = dict(json.loads(packed))
        instructions = fields.pop("instructions", None)
        state = AssistantSpec.parse(fields)
    except (ValueError, TypeError, RecursionError, Invalid):
        return base
    # They may be over the limit, like any that are being worked on.
    return state.model_copy(update={"instructions": instructions if isinstance(instructions, str) else None})


def _read(submitted: Data, base: AssistantSpec) -> Reading:
    """What `submitted` changes in `base`, from which it was drawn."""
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
