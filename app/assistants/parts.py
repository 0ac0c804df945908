"""The parts an assistant's fields are made of: tools, tool resources, response formats, metadata; with their limits.

The assistant itself, and what may be left out or null, is in `spec`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.core.verdicts import BARE_WORD

NAME_PATTERN = "^[a-zA-Z0-9_-]+$"
FUNCTION_NAME_LENGTH = 64
TOOL_COUNT = 128
SEARCH_RESULTS = (1, 50)
FILE_COUNT = 20
VECTOR_STORE_COUNT = 1
METADATA_PAIRS = 16
METADATA_KEY_LENGTH = 64
METADATA_VALUE_LENGTH = 512

# The contract leaves tool objects open: keys it doesn't name are kept as they came.
OPEN = ConfigDict(strict=True, extra="allow")
CLOSED = ConfigDict(strict=True, extra="forbid")

ProgramName = Annotated[str, Field(min_length=1, max_length=FUNCTION_NAME_LENGTH, pattern=NAME_PATTERN)]


class RankingOptions(BaseModel):
    """How the passages that file search finds are ranked. Those that score below the threshold are left out."""

    model_config = CLOSED
    score_threshold: Annotated[float, Field(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] = "auto"


class FileSearchOptions(BaseModel):
    """How many passages file search hands to the model, and how it ranks them."""

    model_config = CLOSED
    max_num_results: Annotated[int, Field(ge=SEARCH_RESULTS[0], le=SEARCH_RESULTS[1])] = 20
    ranking_options: RankingOptions = Field(default_factory=lambda: RankingOptions(score_threshold=0))


class Function(BaseModel):
    """A function the model may ask for. `parameters` is a JSON Schema of its arguments, kept as it came."""

    model_config = CLOSED
    name: ProgramName
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    strict: bool | None = False


class CodeInterpreterTool(BaseModel):
    """Lets the model write and run Python in a sandbox."""

    model_config = OPEN
    type: Literal["code_interpreter"]


class FileSearchTool(BaseModel):
    """Lets the model look things up in the assistant's vector store."""

    model_config = OPEN
    type: Literal["file_search"]
    file_search: FileSearchOptions = Field(default_factory=FileSearchOptions)


class FunctionTool(BaseModel):
    """Lets the model ask your program to call one of its functions."""

    model_config = OPEN
    type: Literal["function"]
    function: Function


Tool = Annotated[CodeInterpreterTool | FileSearchTool | FunctionTool, Field(discriminator="type")]
Tools = Annotated[list[Tool], Field(max_length=TOOL_COUNT)]


class CodeInterpreterResources(BaseModel):
    """The files that the code interpreter can read."""

    model_config = CLOSED
    file_ids: Annotated[list[str], Field(max_length=FILE_COUNT)] = Field(default_factory=list)


class FileSearchResources(BaseModel):
    """The vector store that file search looks in."""

    model_config = CLOSED
    vector_store_ids: Annotated[list[str], Field(max_length=VECTOR_STORE_COUNT)] = Field(default_factory=list)


class ToolResources(BaseModel):
    """What the tools work with. A tool that is switched on and has no entry here gets an empty one."""

    model_config = CLOSED
    code_interpreter: CodeInterpreterResources = Field(default_factory=CodeInterpreterResources)
    file_search: FileSearchResources = Field(default_factory=FileSearchResources)


class TextFormat(BaseModel):
    """Plain text."""

    model_config = CLOSED
    type: Literal["text"]


class JsonObjectFormat(BaseModel):
    """Any JSON object. The instructions have to ask for JSON too."""

    model_config = CLOSED
    type: Literal["json_object"]


class JsonSchema(BaseModel):
    """The schema an answer must follow. `schema` is a JSON Schema, kept as it came."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False)
    name: ProgramName
    description: str = ""
    schema_: Annotated[dict[str, Any], Field(alias="schema")] = Field(default_factory=dict)
    strict: bool | None = False


class JsonSchemaFormat(BaseModel):
    """A JSON object that follows a schema."""

    model_config = CLOSED
    type: Literal["json_schema"]
    json_schema: JsonSchema


def _format_kind(value: Any) -> str | None:
    """Which kind of response format a value means to be: a bare word, or what an object says of itself."""
    if isinstance(value, dict):
        kind = value.get("type")
        return kind if isinstance(kind, str) else None
    return BARE_WORD if isinstance(value, str) else None


ResponseFormat = Annotated[
    Annotated[Literal["auto"], Tag(BARE_WORD)]
    | Annotated[TextFormat, Tag("text")]
    | Annotated[JsonObjectFormat, Tag("json_object")]
    | Annotated[JsonSchemaFormat, Tag("json_schema")],
    Discriminator(_format_kind),
]
Metadata = Annotated[
    dict[
        Annotated[str, Field(max_length=METADATA_KEY_LENGTH)],
        Annotated[str, Field(max_length=METADATA_VALUE_LENGTH)],
    ],
    Field(max_length=METADATA_PAIRS),
]
