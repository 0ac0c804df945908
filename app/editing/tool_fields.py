"""Tools and answer formats as the fields of a form, and back. `fields` does the rest of the assistant.

A schema or a search option counts only while its format or its tool is chosen. One typed beside another choice is a
fault, so that it isn't left out without a word; what was drawn there may stay or be emptied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.assistants.spec import AssistantSpec
from app.core.errors import Fault
from app.editing.values import Data, Reading, json_text, number, number_text, put_flag, put_json, put_text, set_or_drop
from app.texts.text import as_browser_sends

NO_SCHEMA = {"schema_name": "", "schema_description": "", "schema_strict": False, "schema_text": ""}
NO_FUNCTION = {"name": None, "description": "", "strict": False, "parameters": ""}
SEARCH_OPTIONS = ("max_num_results", "score_threshold", "ranker")
SCHEMA_UNUSED = (
    "You filled in a schema, but the answer format isn't “JSON that follows a schema”. "
    "Choose that format, or clear what you filled in."
)
SEARCH_UNUSED = (
    "You filled in “Results at most”, “Lowest score” or “Ranker”, but file search is off. "
    "Tick it, or clear what you filled in."
)


def present_format(response_format: str | Data) -> Data:
    if isinstance(response_format, str):
        return {"response_kind": response_format, **NO_SCHEMA}
    schema = response_format.get("json_schema", {})
    return {
        "response_kind": response_format["type"],
        "schema_name": schema.get("name", ""),
        "schema_description": as_browser_sends(schema.get("description", "")),
        "schema_strict": bool(schema.get("strict")),
        "schema_text": json_text(schema["schema"]) if "schema" in schema else "",
    }


def read_format(submitted: Data, base: AssistantSpec, reading: Reading) -> str | Data:
    kind = submitted["response_kind"]
    old = base.response_format if isinstance(base.response_format, dict) else {}
    drawn = present_format(old or "auto")
    if kind != "json_schema":
        if _filled_in(submitted, drawn, NO_SCHEMA):
            reading.faults.append(Fault("response_format", "invalid_value", SCHEMA_UNUSED))
        return "auto" if kind == "auto" else {"type": kind}
    schema = dict(old.get("json_schema", {}))
    schema["name"] = submitted["schema_name"]
    put_text(schema, "description", submitted["schema_description"], drawn["schema_description"])
    put_flag(schema, submitted["schema_strict"], drawn["schema_strict"])
    put_json(schema, "schema", submitted["schema_text"], drawn["schema_text"], "response_format.json_schema", reading)
    return {"type": "json_schema", "json_schema": schema}


def present_tools(tools: list[Data]) -> Data:
    search = next((tool for tool in tools if tool["type"] == "file_search"), None)
    options = (search or {}).get("file_search", {})
    ranking = options.get("ranking_options", {})
    return {
        "code_interpreter": any(tool["type"] == "code_interpreter" for tool in tools),
        "file_search": search is not None,
        "max_num_results": str(options.get("max_num_results", "")),
        "score_threshold": number_text(float(ranking["score_threshold"])) if ranking else "",
        "ranker": ranking.get("ranker", ""),
        "functions": [_present_function(tool, index) for index, tool in enumerate(tools) if tool["type"] == "function"],
    }


def _present_function(tool: Data, index: int) -> Data:
    function = tool["function"]
    return {
        "source": str(index),
        "name": function["name"],
        "description": as_browser_sends(function.get("description", "")),
        "strict": bool(function.get("strict")),
        "parameters": json_text(function["parameters"]) if "parameters" in function else "",
    }


def read_tools(submitted: Data, drawn: Data, base: AssistantSpec, reading: Reading) -> Iterator[tuple[str, Data]]:
    """Each tool with the name of the form field it came from: those there were in their order, then new ones."""
    if not submitted["file_search"] and _filled_in(submitted, drawn, SEARCH_OPTIONS):
        # A tool that is off has no path of its own; this is its field.
        reading.faults.append(Fault("file_search", "invalid_value", SEARCH_UNUSED))
    added = dict(enumerate(submitted["functions"]))
    position = 0
    for index, tool in enumerate(base.tools):
        kind = tool["type"]
        if kind == "function":
            # A second row of the same function is one of its own, so that neither takes the other's place.
            row = next((row for row, form in added.items() if form["source"] == str(index)), None)
            if row is None:
                continue
            yield f"functions-{row}", _read_function(added.pop(row), tool, f"tools[{position}].function", reading)
        elif not submitted[kind]:
            continue
        else:
            yield kind, _read_search(submitted, drawn, tool) if kind == "file_search" else tool
        position += 1
    for kind in ("code_interpreter", "file_search"):
        if submitted[kind] and not drawn[kind]:
            yield kind, _read_search(submitted, drawn, {"type": kind}) if kind == "file_search" else {"type": kind}
            position += 1
    for row, form in added.items():
        new = {"type": "function", "function": {}}
        yield f"functions-{row}", _read_function(form, new, f"tools[{position}].function", reading)
        position += 1


def _read_function(form: Data, tool: Data, param: str, reading: Reading) -> Data:
    function = dict(tool["function"])
    drawn: Data = _present_function(tool, 0) if function else NO_FUNCTION
    if form["name"] != drawn["name"]:
        function["name"] = form["name"]
    put_text(function, "description", form["description"], drawn["description"])
    put_flag(function, form["strict"], drawn["strict"])
    put_json(function, "parameters", form["parameters"], drawn["parameters"], param, reading)
    return {**tool, "function": function}


def _read_search(submitted: Data, drawn: Data, tool: Data) -> Data:
    if all(submitted[name].strip() == drawn[name] for name in SEARCH_OPTIONS):
        return tool
    options = dict(tool.get("file_search", {}))
    set_or_drop(options, "max_num_results", number(submitted["max_num_results"].strip()))
    ranking = dict(options.get("ranking_options", {}))
    set_or_drop(ranking, "score_threshold", number(submitted["score_threshold"].strip()))
    set_or_drop(ranking, "ranker", submitted["ranker"] or None)
    set_or_drop(options, "ranking_options", ranking or None)
    return {**tool, "file_search": options}


def _filled_in(submitted: Data, drawn: Data, names: Iterable[str]) -> bool:
    """Whether any of these fields holds something else than was drawn there; an emptied one holds nothing."""
    return any(submitted[name] != drawn[name] and str(submitted[name] or "").strip() for name in names)
