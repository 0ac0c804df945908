"""An assistant as the API sends it: the fourteen keys in their order, and the headers that go with them.

The bytes are made straight from the stored columns: JSON that is kept as text goes out as it is.
"""

from __future__ import annotations

from typing import Any

import orjson
from orjson import Fragment
from pydantic_core import to_json
from sqlalchemy import Text, case, type_coerce

from app.assistants.models import Assistant, AssistantVersion
from app.assistants.spec import AssistantSpec
from app.core.database import Record
from app.core.keeping import Keep

# Bytes of long bodies that each process keeps, so that a long text isn't read and turned into JSON each time.
ROOM = 4 * 1024 * 1024
_bodies = Keep(ROOM)

COLUMNS = (
    Assistant.seq,
    Assistant.id,
    Assistant.created_at,
    Assistant.version,
    Assistant.fingerprint,
    Assistant.instructions_length,
    Assistant.instructions_sha256,
    Assistant.name,
    Assistant.description,
    Assistant.model,
    type_coerce(Assistant.tools, Text).label("tools"),
    Assistant.top_p,
    Assistant.temperature,
    Assistant.reasoning_effort,
    type_coerce(Assistant.tool_resources, Text).label("tool_resources"),
    type_coerce(Assistant.pairs, Text).label("pairs"),
    type_coerce(Assistant.response_format, Text).label("response_format"),
    Assistant.instructions,
)
# Texts up to this length are read along with the rest; of longer ones the body is kept.
SHORT = 8_000
SHORT_COLUMNS = (
    *COLUMNS[:-1],
    case((Assistant.instructions_length <= SHORT, Assistant.instructions)).label("instructions"),
)
ETAG_COLUMNS = (Assistant.version, Assistant.fingerprint)


def body(row: Record) -> bytes:
    """The assistant object, from a row of `COLUMNS`, or one of `SHORT_COLUMNS` that is short."""
    made = orjson.dumps(_keys(row))
    if not is_short(row):
        _bodies.put(state(row), made)
    return made


def is_short(row: Record) -> bool:
    """Whether a row of `SHORT_COLUMNS` has its text."""
    return bool(row.instructions_length <= SHORT)


def kept_body(row: Record) -> bytes | None:
    """The assistant object in this very state, if it was made before."""
    return _bodies.get(state(row))


def written_body(assistant: Assistant) -> bytes:
    """The assistant object, from one that was just written."""
    return to_json(as_of(assistant, assistant.spec()))


def as_of(assistant: Assistant, spec: AssistantSpec) -> dict[str, Any]:
    """The assistant object with the fields of `spec`, such as those of an earlier version."""
    return {"id": assistant.id, "object": "assistant", "created_at": assistant.created_at} | spec.as_json()


def list_body(rows: list[Record], *, has_more: bool) -> bytes:
    """The list object of one page."""
    return orjson.dumps(
        {
            "object": "list",
            "data": [_keys(row) for row in rows],
            "first_id": rows[0].id if rows else None,
            "last_id": rows[-1].id if rows else None,
            "has_more": has_more,
        }
    )


def etag(row: Record | Assistant) -> str:
    """The entity tag without its quotes: the version, and the beginning of the fingerprint over all fields."""
    return _tag(row.version, row.fingerprint)


def etag_of(version: AssistantVersion) -> str:
    """The entity tag the assistant had, or has, in this version."""
    return _tag(version.number, version.fingerprint)


def headers(row: Record | Assistant) -> dict[str, str]:
    """By these anybody can check the text: its length in code points and the SHA-256 of its UTF-8 bytes."""
    return _headers(row.version, row)


def headers_of(version: AssistantVersion) -> dict[str, str]:
    """The same of a version."""
    return _headers(version.number, version)


def _tag(number: int, fingerprint: str) -> str:
    return f"{number}-{fingerprint[:16]}"


def _headers(number: int, row: Record | Assistant | AssistantVersion) -> dict[str, str]:
    return {
        "ETag": f'"{_tag(number, row.fingerprint)}"',
        "X-Greenroom-Version": str(number),
        "X-Greenroom-Instructions-Length": str(row.instructions_length),
        "X-Greenroom-Instructions-SHA256": row.instructions_sha256,
    }


def state(row: Record) -> tuple[str, int, int, int, str]:
    """What a body depends on. Nothing about an assistant changes without a new version."""
    return row.id, row.seq, row.created_at, row.version, row.fingerprint


def _keys(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "object": "assistant",
        "created_at": row.created_at,
        "name": row.name,
        "description": row.description,
        "model": row.model,
        "instructions": row.instructions,
        "tools": Fragment(row.tools),
        "top_p": row.top_p,
        "temperature": row.temperature,
        "reasoning_effort": row.reasoning_effort,
        "tool_resources": Fragment(row.tool_resources),
        "metadata": Fragment(row.pairs),
        "response_format": Fragment(row.response_format),
    }
