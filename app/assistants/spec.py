"""The one definition of an assistant: every field, limit and rule. Page, API, import and command line become this.

What a verdict says is in `core.verdicts`; how an assistant is stored or sent is in `models` and `wire`.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import core_schema, to_json

from app.assistants import parts
from app.core.errors import Fault, Invalid
from app.core.verdicts import Location, faults_of, too_long, unknown, unstorable_faults, wrong_type
from app.texts.text import unstorable

MODEL_LENGTH = 256
NAME_LENGTH = 256
DESCRIPTION_LENGTH = 512
INSTRUCTIONS_LENGTH = 256_000
NOTE_LENGTH = 500
TEMPERATURE_RANGE = (0.0, 2.0)
TOP_P_RANGE = (0.0, 1.0)
REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

# Resources that each tool has as soon as it is switched on.
EMPTY_RESOURCES: dict[str, dict[str, list[str]]] = {
    "code_interpreter": {"file_ids": []},
    "file_search": {"vector_store_ids": []},
}
VECTOR_STORES = "tool_resources.file_search.vector_stores"


class NullMeans:
    """Marks a field in which null clears the value to `unset`."""

    def __init__(self, unset: Any) -> None:
        self.unset = unset

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        inner = handler(source)
        return core_schema.nullable_schema(inner) if self.unset is None else self._replacing(inner)

    def _replacing(self, inner: Any) -> Any:
        return core_schema.no_info_before_validator_function(
            lambda value: self.unset if value is None else value,
            inner,
            json_schema_input_schema=core_schema.nullable_schema(inner),
        )


class Shaped:
    """Marks a JSON value that is checked as `shape` but kept as it came: same keys, same order, nothing added."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        def check(value: Any, validate: Any) -> Any:
            validate(value)
            return value

        return core_schema.no_info_wrap_validator_function(check, handler.generate_schema(self.shape))


def _one_zero(number: float) -> float:
    """-0.0 as 0.0: not every engine tells them apart, and a fingerprint would."""
    return number + 0.0


OneZero = AfterValidator(_one_zero)
Temperature = Annotated[float, Field(ge=TEMPERATURE_RANGE[0], le=TEMPERATURE_RANGE[1]), OneZero]
TopP = Annotated[float, Field(ge=TOP_P_RANGE[0], le=TOP_P_RANGE[1]), OneZero]


class AssistantSpec(BaseModel):
    """All that an assistant is told to be. Built by `parse` or `changed`; a value of this type keeps every rule.

    The fields stand in the order in which the contract checks them. Text lengths are counted in code points.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=MODEL_LENGTH)]
    name: Annotated[str, Field(max_length=NAME_LENGTH)] | None = None
    description: Annotated[str, Field(max_length=DESCRIPTION_LENGTH)] | None = None
    instructions: Annotated[str, Field(max_length=INSTRUCTIONS_LENGTH)] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    tools: Annotated[list[dict[str, Any]], Shaped(parts.Tools)] = Field(default_factory=list)
    tool_resources: Annotated[dict[str, dict[str, Any]], Shaped(parts.ToolResources), NullMeans({})] = Field(
        default_factory=dict
    )
    metadata: Annotated[parts.Metadata, NullMeans({})] = Field(default_factory=dict)
    temperature: Annotated[Temperature, NullMeans(1.0)] = 1.0
    top_p: Annotated[TopP, NullMeans(1.0)] = 1.0
    response_format: Annotated[str | dict[str, Any], Shaped(parts.ResponseFormat), NullMeans("auto")] = "auto"

    @classmethod
    def parse(cls, given: Any) -> AssistantSpec:
        """The assistant that `given`, a JSON object, describes; raises `Invalid` with every fault, worst first."""
        if not isinstance(given, dict):
            raise Invalid([wrong_type(None, "an object", given)])
        spec = cls._checked(given)
        return spec.model_copy(update={"tool_resources": spec._complete_resources()})

    @classmethod
    def _checked(cls, given: dict[str, Any]) -> AssistantSpec:
        if faults := list(unstorable_faults(given)):
            raise Invalid(faults)
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise Invalid([_explained(fault) for fault in faults_of(error, given, _path)]) from None

    def changed(self, changes: Any) -> AssistantSpec:
        """This assistant with `changes`, a JSON object. What they leave out stays, also each tool's resources."""
        if not isinstance(changes, dict):
            raise Invalid([wrong_type(None, "an object", changes)])
        if not changes.keys() & {"tools", "tool_resources"}:
            # The other fields have kept their rules since they were written, and don't depend on these.
            checked = self._checked({"model": self.model} | changes)
            return self.model_copy(update={field: getattr(checked, field) for field in changes})
        merged = self.as_json() | changes
        if isinstance(resources := changes.get("tool_resources"), dict):
            merged["tool_resources"] = self.tool_resources | {
                tool: self.tool_resources.get(tool, {}) | entry if isinstance(entry, dict) else entry
                for tool, entry in resources.items()
            }
        return self.parse(merged)

    def as_json(self) -> dict[str, Any]:
        """The eleven fields as the API serves them, in its order."""
        return {
            "name": self.name,
            "description": self.description,
            "model": self.model,
            "instructions": self.instructions,
            "tools": self.tools,
            "top_p": self.top_p,
            "temperature": self.temperature,
            "reasoning_effort": self.reasoning_effort,
            "tool_resources": self.tool_resources,
            "metadata": self.metadata,
            "response_format": self.response_format,
        }

    def settings(self) -> dict[str, Any]:
        """Every field but the instructions, as a version keeps them."""
        fields = self.as_json()
        del fields["instructions"]
        return fields

    def differences(self, other: AssistantSpec) -> list[str]:
        """The names of the fields whose values differ, in the API's order."""
        ours, theirs = self.as_json(), other.as_json()
        return [field for field, value in ours.items() if not _equal(value, theirs[field])]

    def fingerprint(self) -> str:
        """SHA-256 over all fields: equal for equal assistants, whichever door they came through."""
        return hashlib.sha256(to_json(self.as_json())).hexdigest()

    def _complete_resources(self) -> dict[str, dict[str, Any]]:
        """The tool resources with an empty entry for each tool that is switched on and has none."""
        resources = {
            tool: EMPTY_RESOURCES[tool] | entry if isinstance(entry, dict) else entry
            for tool, entry in self.tool_resources.items()
        }
        for tool in self.tools:
            if tool["type"] in EMPTY_RESOURCES:
                resources.setdefault(tool["type"], EMPTY_RESOURCES[tool["type"]])
        return resources


def _equal(ours: Any, theirs: Any) -> bool:
    """Whether two JSON values are the same one. Python alone would take 1, 1.0 and True for equal, and forget order."""
    if ours is theirs:
        return True
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs
    return to_json(ours) == to_json(theirs)


def checked_note(text: str | None, param: str = "note") -> str | None:
    """The note of a version as it is kept, None for one that says nothing; raises `Invalid` under `param`."""
    if not text or not text.strip():
        return None
    if reason := unstorable(text):
        message = f"Invalid '{param}': it contains {reason}, which can't be stored."
        raise Invalid.one(param, "invalid_value", message)
    if len(text) > NOTE_LENGTH:
        raise Invalid([too_long(param, text, NOTE_LENGTH)])
    return text


def _path(location: Location) -> Location:
    """Pydantic's location without the tags of unions and without the halves of an optional field."""
    match location:
        case ("tools", int(), str(), *_):
            return (*location[:2], *location[3:])
        case ("response_format", _, *_):
            return (location[0], *location[2:])
    return location


def _explained(fault: Fault) -> Fault:
    """A fault with what this specification alone knows: which names exist, and what a registry can't do."""
    if fault.code != "unknown_parameter" or fault.param is None:
        return fault
    if fault.param == VECTOR_STORES:
        message = (
            f"Unsupported parameter: '{VECTOR_STORES}' is not supported here: Greenroom keeps no vector stores. "
            "Use 'vector_store_ids' with the id of one that exists."
        )
        return Fault(fault.param, "unsupported_parameter", message)
    return unknown(fault.param, AssistantSpec.model_fields) if "." not in fault.param else fault
