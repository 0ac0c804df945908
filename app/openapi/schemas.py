"""The objects of `/openapi.json`, made from the specification: its limits, defaults and parts are not repeated here."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema

from app.assistants.spec import AssistantSpec
from app.core.actors import ActorKind, Origin

Schema: TypeAlias = dict[str, Any]

TEMPLATE = "#/components/schemas/{model}"
RESPONSE_KEYS = ("id", "object", "created_at", *AssistantSpec.model_construct(model="").as_json())
FIELDS = {
    "model": "The id of the model that answers. Any id is accepted.",
    "name": "What people call the assistant. Names need not be unique.",
    "description": "What the assistant is for.",
    "instructions": "The text the model is given with every conversation. It is kept character for character.",
    "reasoning_effort": "How much a reasoning model thinks before it answers. Null leaves it to the model.",
    "tools": "What the assistant may use. The whole list is replaced when it is sent.",
    "tool_resources": "What the tools work with. A list that is left out of a change stays.",
    "metadata": "Up to 16 pairs of your own. All of them are replaced when they are sent.",
    "temperature": "Lower is more focused, higher more varied. Change this or `top_p`, not both.",
    "top_p": "How much of the likely wording is considered. Change this or `temperature`, not both.",
    "response_format": "The form of the answers.",
}


class Untitled(GenerateJsonSchema):
    """Without a title on every property, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def reference(name: str) -> Schema:
    return {"$ref": TEMPLATE.format(model=name)}


def schemas() -> dict[str, Schema]:
    """Every named object: the parts, the two requests, and what is answered."""
    spec = AssistantSpec.model_json_schema(ref_template=TEMPLATE, schema_generator=Untitled)
    parts = spec.pop("$defs")
    create = _create(spec)
    return {
        "Assistant": _assistant(create["properties"]),
        "AssistantList": listing("Assistant", paged=True),
        "AssistantDeleted": closed(
            {"id": string(), "object": {"const": "assistant.deleted"}, "deleted": {"const": True}}
        ),
        "AssistantVersion": closed(_version()),
        "AssistantVersionList": listing("AssistantVersion", paged=True),
        "AssistantVersionWhole": closed(_version() | {"assistant": reference("Assistant")}),
        "CreateAssistantRequest": create,
        "ModifyAssistantRequest": _modify(create),
        "Model": _model(),
        "ModelList": listing("Model", paged=False),
        "Error": _error(),
        **parts,
    }


def _create(spec: Schema) -> Schema:
    properties = deepcopy(spec["properties"])
    for name, field in AssistantSpec.model_fields.items():
        properties[name]["description"] = FIELDS[name]
        if field.default_factory is not None:
            properties[name]["default"] = field.get_default(call_default_factory=True, validated_data={})
    text = "A new assistant. Every field but `model` may be left out; null is the same as leaving it out."
    return spec | {"title": "CreateAssistantRequest", "description": text, "properties": properties}


def _modify(create: Schema) -> Schema:
    """Nothing is required, and nothing has a default: what is left out stays as it is."""
    changed = deepcopy(create)
    del changed["required"]
    for schema in changed["properties"].values():
        schema.pop("default", None)
    text = "The fields to change. What is left out stays; null clears a field."
    return changed | {"title": "ModifyAssistantRequest", "description": text}


def _assistant(fields: dict[str, Schema]) -> Schema:
    own: dict[str, Schema] = {
        "id": string("`asst_` and the assistant's own letters and digits."),
        "object": {"const": "assistant"},
        "created_at": {"type": "integer", "description": "When it was created, in Unix seconds."},
    }
    properties = own | {name: _answered(fields[name], name) for name in RESPONSE_KEYS if name not in own}
    text = "An assistant. Every key is always there."
    return {"type": "object", "description": text, "required": list(RESPONSE_KEYS), "properties": properties}


def _answered(field: Schema, name: str) -> Schema:
    """A field as it is answered: null only where clearing it leaves null."""
    schema = {key: value for key, value in field.items() if key != "default"}
    if AssistantSpec.model_fields[name].get_default(call_default_factory=True, validated_data={}) is None:
        return schema
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    return schema | (kinds[0] if kinds else {})


def listing(name: str, *, paged: bool) -> Schema:
    properties: dict[str, Schema] = {"object": {"const": "list"}, "data": {"type": "array", "items": reference(name)}}
    if paged:
        cursor = {"type": ["string", "null"]}
        properties |= {
            "first_id": cursor | {"description": "The id of the first of `data`; null when there is none."},
            "last_id": cursor | {"description": "The id of the last of `data`; null when there is none."},
            "has_more": {"type": "boolean", "description": "Whether there are more in the direction of travel."},
        }
    return closed(properties)


def _model() -> Schema:
    return closed(
        {
            "id": string(),
            "object": {"const": "model"},
            "created": {"type": "integer", "description": "When it was released, in Unix seconds."},
            "owned_by": string("Who makes the model."),
            "shutdown_date": {
                "type": ["string", "null"],
                "format": "date",
                "description": "The day its maker stops serving it; null while none is known.",
            },
        }
    )


def _version() -> dict[str, Schema]:
    author = {"kind": {"enum": [*ActorKind]}, "name": string("What people call who wrote it.")}
    return {
        "id": string("`ver_` and the number."),
        "object": {"const": "assistant.version"},
        "number": {"type": "integer", "minimum": 1, "description": "Versions of an assistant run 1, 2, 3 …"},
        "created_at": {"type": "integer", "description": "When it was written, in Unix seconds."},
        "author": closed(author),
        "origin": {"enum": [*Origin], "description": "Which way it came."},
        "note": {"type": ["string", "null"], "description": "Why it was written, if somebody said so."},
        "summary": string("What it changed, in words."),
        "instructions_length": {"type": "integer", "description": "How many characters the instructions have."},
        "instructions_sha256": string("The SHA-256 of the instructions in UTF-8."),
    }


def _error() -> Schema:
    nullable = {"type": ["string", "null"]}
    details = closed(
        {
            "message": string("What happened and what to do, in a sentence."),
            "type": {"enum": ["invalid_request_error", "server_error", "requests"]},
            "param": nullable | {"description": "The field, such as `tools[0].function.name`."},
            "code": nullable | {"description": "The rule that was broken."},
        }
    )
    return closed({"error": details})


def closed(properties: dict[str, Schema]) -> Schema:
    """An object that always has all of these keys, and no others."""
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def string(description: str | None = None) -> Schema:
    return {"type": "string"} | ({"description": description} if description else {})
