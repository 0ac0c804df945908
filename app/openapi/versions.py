"""The operations on versions, as `/openapi.json` tells them."""

from __future__ import annotations

from app.openapi.operations import (
    ASSISTANT_HEADERS,
    ASSISTANT_ID,
    answer,
    if_match,
    note,
    operation,
    paging,
    parameter,
)
from app.openapi.schemas import Schema

VERSION = parameter("version", "path", {"type": "string"}, "The version's number, or its id: `12` or `ver_12`.")
HEADERS = ASSISTANT_HEADERS | {
    "ETag": {"description": "The tag of this version.", "schema": {"type": "string"}},
    "X-Greenroom-Version": {"description": "The number of this version.", "schema": {"type": "integer"}},
}


def version_paths() -> Schema:
    """Every path below an assistant's versions."""
    versions = "/v1/assistants/{assistant_id}/versions"
    return {
        versions: {"parameters": [ASSISTANT_ID], "get": _list_versions()},
        f"{versions}/{{version}}": {"parameters": [ASSISTANT_ID, VERSION], "get": _retrieve_version()},
        f"{versions}/{{version}}/restore": {"parameters": [ASSISTANT_ID, VERSION], "post": _restore_version()},
    }


def earlier() -> list[Schema]:
    """The two ways to retrieve an assistant as it was. They exclude each other."""
    moment = (
        "As it was at this moment: Unix seconds, or ISO 8601, in UTC unless it names a zone. "
        "A second, a minute or a day counts to its end."
    )
    return [
        parameter("version", "query", {"type": "integer", "minimum": 1}, "As it was in the version of this number."),
        parameter("as_of", "query", {"type": "string"}, moment),
    ]


def _list_versions() -> Schema:
    return operation(
        "listVersions",
        "List the versions of an assistant",
        "Versions",
        answer("One page of versions.", "AssistantVersionList"),
        ("400", "401", "404"),
        parameters=paging("number", "version"),
    )


def _retrieve_version() -> Schema:
    return operation(
        "retrieveVersion",
        "Retrieve a version with the assistant as of it",
        "Versions",
        answer("The version.", "AssistantVersionWhole", HEADERS),
        ("401", "404"),
    )


def _restore_version() -> Schema:
    return operation(
        "restoreVersion",
        "Make a version live again, as a new one",
        "Versions",
        answer("The assistant as it is now.", "Assistant", ASSISTANT_HEADERS),
        ("400", "401", "403", "404", "412"),
        parameters=[if_match(), note()],
    )
