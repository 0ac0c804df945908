"""Saved lists for the tests of import and export, and reading back what is there."""

from __future__ import annotations

import json
from typing import Any

from app.exchange.export import export_pieces
from app.exchange.report import Report
from tests.sample import samples

SAMPLES = [page for _, page in samples()]
SAMPLE_NAMES = [name for name, _ in samples()]
DAY = 86_400
NOON = 1_750_000_000


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A row with the least it needs; None as a value of a keyword stands for null."""
    return {"id": f"asst_{number}", "object": "assistant", "created_at": NOON, "model": "gpt-4o", **fields}


def exported() -> dict[str, Any]:
    page: dict[str, Any] = json.loads(b"".join(export_pieces()))
    return page


def exported_ids() -> list[str]:
    return [assistant["id"] for assistant in exported()["data"]]


def verdicts(report: Report) -> list[str]:
    return [str(line.verdict) for line in report.rows]


def reasons(report: Report) -> list[tuple[str, ...]]:
    return [line.reasons for line in report.rows]
