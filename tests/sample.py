"""A made-up saved page of assistants, of the same class as what organisations saved from OpenAI.

The same seed gives the same page. Each field is a column: it holds every special value of that field once (as
far as `count` allows), the rest are usual values, and each column is shuffled on its own. Difficult texts live
in `tests.difficult`; single assistants for a single test do not belong here.
"""

import json
import random
import string
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.difficult import DIFFICULT_TEXTS
from tests.sample_values import (
    METADATA,
    REASONING_EFFORTS,
    RESPONSE_FORMATS,
    SPECIAL_DESCRIPTIONS,
    SPECIAL_NAMES,
    TEMPERATURES,
    TOOL_SETS,
    TOP_PS,
    USUAL_MODELS,
)
from tests.sample_words import description, name, prose

Assistant = dict[str, Any]

INSTRUCTIONS_LIMIT = 256_000
"""The longest instructions, in code points; written out here so that a changed limit makes tests fail."""

_NEWEST = 1_767_225_600  # 2026-01-01 00:00:00 UTC
_BASE62 = string.digits + string.ascii_letters
_LOG_MEAN, _LOG_SPREAD = 7.25, 1.0  # median about 1,400 characters, mean about 2,300


def _saved_export() -> Path | None:
    """A saved export lying beside the checkout, if there is one."""
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / "assistants-export.json"
    return path if path.is_file() else None


SHARED_EXPORT: Path | None = _saved_export()


def samples() -> list[tuple[str, dict[str, Any]]]:
    """Every page of assistants there is to test with, each under a name to use as a test id."""
    pages = [("own", make_sample())]
    if SHARED_EXPORT is not None:
        pages.append(("shared", json.loads(SHARED_EXPORT.read_bytes())))
    return pages


def make_sample(count: int = 120, seed: int = 2026) -> dict[str, Any]:
    """A list page of `count` assistants, newest first, with ties between dates."""
    rng = random.Random(seed)
    data = _assistants(rng, count)
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": False,
    }


def _assistants(rng: random.Random, count: int) -> list[Assistant]:
    tools = _column(rng, count, TOOL_SETS, list)
    columns: dict[str, Sequence[Any]] = {
        "id": [f"asst_{_base62(rng, 24)}" for _ in range(count)],
        "object": ["assistant"] * count,
        "created_at": _dates(rng, count),
        "name": _column(rng, count, SPECIAL_NAMES, lambda: name(rng)),
        "description": _column(rng, count, SPECIAL_DESCRIPTIONS, lambda: description(rng)),
        "model": [rng.choice(USUAL_MODELS) for _ in range(count)],
        "instructions": _column(rng, count, _special_instructions(rng), lambda: prose(rng, _length(rng))),
        "tools": tools,
        "top_p": _column(rng, count, TOP_PS, lambda: 1.0),
        "temperature": _column(rng, count, TEMPERATURES, lambda: rng.choice([0.2, 0.7, 1.0, 1.0, 1.0])),
        "reasoning_effort": _column(rng, count, REASONING_EFFORTS, lambda: None),
        "tool_resources": [_tool_resources(rng, row) for row in tools],
        "metadata": _column(rng, count, METADATA, lambda: rng.choice([{}, {}, {"team": "support"}])),
        "response_format": _column(rng, count, RESPONSE_FORMATS, lambda: "auto"),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _column(rng: random.Random, count: int, specials: Sequence[Any], usual: Callable[[], Any]) -> list[Any]:
    """Each special value once, filled up with usual ones, in a random order; no value is shared."""
    chosen = list(specials) if len(specials) <= count else rng.sample(specials, count)
    column = [deepcopy(value) for value in chosen] + [usual() for _ in range(count - len(chosen))]
    rng.shuffle(column)
    return column


def _special_instructions(rng: random.Random) -> list[str | None]:
    """Null, empty, the limit, and every difficult text at both ends of an ordinary one."""
    wrapped = [f"{text}{prose(rng, _length(rng))}{text}" for text in DIFFICULT_TEXTS.values()]
    return [prose(rng, INSTRUCTIONS_LIMIT), None, "", *wrapped]


def _length(rng: random.Random) -> int:
    return min(40_000, max(40, round(rng.lognormvariate(_LOG_MEAN, _LOG_SPREAD))))


def _dates(rng: random.Random, count: int) -> list[int]:
    """Seconds, never rising; about every third equals the one before it, the second always does."""
    dates = [_NEWEST, _NEWEST][:count]
    while len(dates) < count:
        dates.append(dates[-1] - rng.choice([0, 0, 1, 7, 60, 86_400]))
    return dates


def _tool_resources(rng: random.Random, tools: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry for each tool that can have one, as the service answered, with ids in about half of them."""
    switched_on = {tool["type"] for tool in tools}
    resources: dict[str, Any] = {}
    if "code_interpreter" in switched_on:
        amount = rng.choice([0, 0, 1, 3, 20])
        resources["code_interpreter"] = {"file_ids": [f"file-{_base62(rng, 22)}" for _ in range(amount)]}
    if "file_search" in switched_on:
        amount = rng.choice([0, 1])
        resources["file_search"] = {"vector_store_ids": [f"vs_{_base62(rng, 24)}" for _ in range(amount)]}
    return resources


def _base62(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(_BASE62, k=length))
