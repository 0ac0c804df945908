"""The words of every verdict: pydantic's findings told as the API contract tells them.

The page, the API, the import and the command line all show these sentences. Which rules there are is said by
the models that are validated; the paths, codes and words of a broken one are said here, once.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.errors import Fault
from app.texts.text import unstorable

Location = tuple[str | int, ...]

EXPECTED = {
    "string_type": "a string",
    "float_type": "a decimal",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
BOUNDS = {
    "less_than_equal": ("above maximum", "<=", "le", "above_max_value"),
    "greater_than_equal": ("below minimum", ">=", "ge", "below_min_value"),
}
QUOTED = re.compile(r"'([^']*)'")
MISSING_TAG = object()
# The tag of a union's member that is a plain word, not an object with a `type`.
BARE_WORD = "bare word"
# How deep objects and arrays may lie inside each other: what is stored has to be read back, which goes no deeper.
DEEPEST = 200


def faults_of(error: ValidationError, given: Any, path_of: Callable[[Location], Location]) -> list[Fault]:
    """Every fault found in `given`: what is missing first, then what is unknown, then field by field.

    `path_of` turns pydantic's location into the value's path in `given` (it takes out the tags of unions).
    """
    found = []
    for position, detail in enumerate(error.errors(include_url=False)):
        path = path_of(detail["loc"])
        rank = {"missing": 0, "extra_forbidden": 1}.get(detail["type"], 2) if len(path) == 1 else 2
        found.append((rank, position, _fault(detail, path, given)))
    return [fault for _, _, fault in sorted(found, key=lambda item: item[:2])]


def missing(param: str) -> Fault:
    return Fault(param, "missing_required_parameter", f"Missing required parameter: '{param}'.")


def unknown(param: str, known: Iterable[str]) -> Fault:
    """An unknown parameter, with the known one it most resembles."""
    close = difflib.get_close_matches(param, list(known), n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return Fault(param, "unknown_parameter", f"Unknown parameter: '{param}'.{hint}")


def wrong_type(param: str | None, expected: str, value: Any) -> Fault:
    what = f"'{param}'" if param else "the body"
    message = f"Invalid type for {what}: expected {expected}, but got {json_type(value)} instead."
    return Fault(param, "invalid_type", message)


def unsupported_value(param: str, value: str, supported: Iterable[str]) -> Fault:
    message = f"Invalid value: '{value}'. Supported values are: {_listed(list(supported))}."
    return Fault(param, "invalid_value", message)


def too_long(param: str, value: str, limit: int) -> Fault:
    """A text of more than `limit` code points."""
    return Fault(
        param,
        "string_above_max_length",
        f"Invalid '{param}': string too long. "
        f"Expected a string with maximum length {limit}, but got a string with length {len(value)} instead.",
    )


def out_of_bounds(param: str, kind: str, bound: float, value: float, *, number: str) -> Fault:
    """`kind` is pydantic's name of the broken bound; `number` is "integer" or "decimal"."""
    words, sign, _, code = BOUNDS[kind]
    message = (
        f"Invalid '{param}': {number} {words} value. "
        f"Expected a value {sign} {_number(bound)}, but got {_number(value)} instead."
    )
    return Fault(param, f"{number}_{code}", message)


def json_type(value: Any) -> str:
    """What JSON calls this kind of value, with its article."""
    for kind, name in ((bool, "a boolean"), (int, "an integer"), (float, "a decimal"), (str, "a string")):
        if isinstance(value, kind):
            return name
    if value is None:
        return "null"
    return "an array" if isinstance(value, list) else "an object"


def written(path: Location) -> str:
    """A path in the API's notation: `tools[0].function.name`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def unstorable_faults(given: Any, path: Location = ()) -> Iterator[Fault]:
    """A fault for each text or number anywhere in `given` that some engine could not keep exactly."""
    if isinstance(given, str):
        if reason := unstorable(given):
            param = written(path)
            yield Fault(param, "invalid_value", f"Invalid '{param}': it contains {reason}, which can't be stored.")
    elif isinstance(given, float):
        if not math.isfinite(given):
            param = written(path)
            yield Fault(param, "invalid_value", f"Invalid '{param}': the number is too large to be stored.")
    elif len(path) >= DEEPEST and isinstance(given, (Mapping, list)):
        param = written(path[:1])
        yield Fault(param, "invalid_value", f"Invalid '{param}': it is nested too deeply to be stored.")
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from _unstorable_name(key, path) or unstorable_faults(value, (*path, key))
    elif isinstance(given, list):
        for index, value in enumerate(given):
            yield from unstorable_faults(value, (*path, index))


def _unstorable_name(key: str, path: Location) -> list[Fault]:
    if not (reason := unstorable(key)):
        return []
    where = f"'{written(path)}'" if path else "the body"
    message = f"Invalid property name in {where}: it contains {reason}, which can't be stored."
    return [Fault(written(path) or None, "invalid_value", message)]


def _fault(detail: ErrorDetails, path: Location, given: Any) -> Fault:
    kind, context = detail["type"], detail.get("ctx", {})
    # How pydantic says that a name is too long rather than what stands under it. Somebody's name may be "[key]", too.
    if kind == "string_too_long" and path[-1] == "[key]" and detail["input"] == path[-2]:
        return _long_property_name(path, context)
    param, value = written(path), _value_at(given, path)
    if kind == "missing":
        return missing(param)
    if kind == "extra_forbidden":
        return Fault(param, "unknown_parameter", f"Unknown parameter: '{param}'.")
    if kind == "literal_error":
        if not isinstance(value, str):
            return wrong_type(param, "a string", value)
        return unsupported_value(param, value, QUOTED.findall(context["expected"]))
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _wrong_tag(param, value, context)
    if kind in BOUNDS:
        return _bound(param, kind, context, value)
    if kind in EXPECTED:
        expected = "a metadata object" if param == "metadata" else EXPECTED[kind]
        return wrong_type(param, expected, value)
    return _shape(kind, param, value, context)


def _shape(kind: str, param: str, value: Any, context: Mapping[str, Any]) -> Fault:
    """A value of the right type whose length or form is wrong."""
    if kind == "string_too_long":
        return too_long(param, value, context["max_length"])
    if kind == "string_too_short":
        return Fault(
            param,
            "empty_string",
            f"Invalid '{param}': empty string. "
            "Expected a string with minimum length 1, but got an empty string instead.",
        )
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return Fault(
            param,
            "invalid_value",
            f"Invalid '{param}': string does not match pattern. "
            f"Expected a string that matches the pattern '{pattern}'.",
        )
    if kind == "too_long":
        return _too_many(param, value, context["max_length"])
    raise AssertionError(f"No words for pydantic's '{kind}' at {param}.")


def _too_many(param: str, value: Any, limit: int) -> Fault:
    if isinstance(value, list):
        return Fault(
            param,
            "array_above_max_length",
            f"Invalid '{param}': array too long. Expected an array with maximum length {limit}, "
            f"but got an array with length {len(value)} instead.",
        )
    return Fault(
        param,
        "object_above_max_properties",
        f"Invalid '{param}': too many properties. Expected an object with at most {limit} properties, "
        f"but got an object with {len(value)} properties instead.",
    )


def _long_property_name(path: Location, context: Mapping[str, Any]) -> Fault:
    parent, key, limit = written(path[:-2]), str(path[-2]), context["max_length"]
    shown = f"{key[:3]}...{key[-3:]}"
    return Fault(
        f"{parent}.{key}",
        "property_name_above_max_length",
        f"Invalid property name in '{parent}': '{shown}' is too long. "
        f"Expected a string with maximum length {limit}, but got a string with length {len(key)} instead.",
    )


def _wrong_tag(param: str, value: Any, context: Mapping[str, Any]) -> Fault:
    """A member of a union that is no object, or whose `type` is none of those known."""
    if not isinstance(value, dict):
        return wrong_type(param, "an object", value)
    tag = value.get("type", MISSING_TAG)
    if tag is MISSING_TAG:
        return missing(f"{param}.type")
    if not isinstance(tag, str):
        return wrong_type(f"{param}.type", "a string", tag)
    known = [name for name in QUOTED.findall(context["expected_tags"]) if name != BARE_WORD]
    return unsupported_value(f"{param}.type", tag, known)


def _bound(param: str, kind: str, context: Mapping[str, Any], value: float) -> Fault:
    bound = context[BOUNDS[kind][2]]
    return out_of_bounds(param, kind, bound, value, number="integer" if isinstance(bound, int) else "decimal")


def _value_at(given: Any, path: Location) -> Any:
    for step in path:
        try:
            given = given[step]
        except (KeyError, IndexError, TypeError):
            return None
    return given


def _number(value: float) -> str:
    """A number as JSON would show it; a whole one without its `.0`."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if len(str(value)) <= 40 else f"{str(value)[:40]}..."


def _listed(values: list[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + f", and {quoted[-1]}"
