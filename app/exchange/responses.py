"""An assistant as the request OpenAI's Responses API wants: where each field goes, and what finds no place there.

Only the mapping lives here. What a person says in a turn (`input`) is the caller's. Name, description, id and date have
no place in any request: the doors show them beside the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.assistants.parts import FileSearchOptions, Function
from app.assistants.spec import AssistantSpec

Body = dict[str, Any]

# What the Responses API does by itself. Reasoning models refuse a request that says it.
USUAL_SAMPLING = 1.0
# The ranker of assistants is called otherwise there, and its successors are chosen by this word.
RANKER = "auto"
# What stands for parameters or an answer schema nobody wrote: a request must have one.
NO_PARAMETERS: Body = {"type": "object", "properties": {}}
ANY_OBJECT: Body = {"type": "object"}


def request_body(spec: AssistantSpec) -> tuple[Body, list[str]]:
    """The body without its `input`, and a sentence for each thing of the assistant that it can't say."""
    warnings: list[str] = []
    body: Body = {"model": spec.model}
    if spec.instructions is not None:
        body["instructions"] = spec.instructions
    for field in ("temperature", "top_p"):
        if (value := getattr(spec, field)) != USUAL_SAMPLING:
            body[field] = value
    if spec.reasoning_effort is not None:
        body["reasoning"] = {"effort": spec.reasoning_effort}
    if (answer := _format(spec.response_format, warnings)) is not None:
        body["text"] = {"format": answer}
    if tools := list(_tools(spec, warnings)):
        body["tools"] = tools
    if spec.metadata:
        body["metadata"] = dict(spec.metadata)
    return body, warnings + list(_unused(spec))


def _format(given: str | Body, warnings: list[str]) -> Body | None:
    """`text.format`; None for the usual one, which is text."""
    if isinstance(given, str):
        return None
    if given["type"] != "json_schema":
        return {"type": given["type"]}
    told = given["json_schema"]
    answer = {"type": "json_schema", "name": told["name"]}
    if "description" in told:
        answer["description"] = told["description"]
    answer["schema"] = told.get("schema", ANY_OBJECT)
    if "strict" in told:
        answer["strict"] = told["strict"]
    if "schema" not in told:
        warnings.append(
            f"The answer format '{told['name']}' has no schema, and a request needs one: "
            '{"type": "object"}, which allows any object, stands in its place. Write the schema you mean.'
        )
    return answer


def _tools(spec: AssistantSpec, warnings: list[str]) -> Iterator[Body]:
    for tool in spec.tools:
        kind = tool["type"]
        if more := sorted(tool.keys() - {"type", kind}):
            warnings.append(f"A {_words(kind)} tool has more than the API knows, which is left out: {_listed(more)}.")
        if kind == "function":
            yield _function(tool["function"])
        elif kind == "code_interpreter":
            files = spec.tool_resources.get(kind, {}).get("file_ids")
            yield {"type": kind, "container": {"type": "auto"} | ({"file_ids": files} if files else {})}
        elif stores := spec.tool_resources.get(kind, {}).get("vector_store_ids"):
            yield _file_search(tool.get(kind, {}), stores, warnings)
        else:
            warnings.append(
                "File search is left out: a request must name the vector store to search, and this assistant has none."
            )


def _function(told: Body) -> Body:
    """A function, un-nested. A request has to say `parameters` and `strict`, which an assistant may leave out."""
    tool: Body = {"type": "function", "name": told["name"]}
    if "description" in told:
        tool["description"] = told["description"]
    # Left out, `strict` would mean true there; in an assistant it means false.
    return tool | {
        "parameters": told.get("parameters", NO_PARAMETERS),
        "strict": told.get("strict", Function.model_fields["strict"].default) or False,
    }


def _file_search(options: Body, stores: list[str], warnings: list[str]) -> Body:
    tool: Body = {"type": "file_search", "vector_store_ids": stores}
    for option in FileSearchOptions.model_fields:
        if option in options:
            tool[option] = options[option]
    ranking = options.get("ranking_options", {})
    if ranking.get("ranker", RANKER) != RANKER:
        tool["ranking_options"] = ranking | {"ranker": RANKER}
        warnings.append(f"The ranker '{ranking['ranker']}' of file search doesn't exist there; '{RANKER}' is used.")
    return tool


def _unused(spec: AssistantSpec) -> Iterator[str]:
    """Resources of tools that are switched off: in a request they have no place without their tool."""
    switched_on = {tool["type"] for tool in spec.tools}
    for tool, entry in spec.tool_resources.items():
        kept = [name for ids in entry.values() for name in ids]
        if kept and tool not in switched_on:
            yield f"What {_words(tool)} would use is left out, because that tool is switched off: {_listed(kept)}."


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
