"""What `make audit` makes of a report: a known weakness fails, what isn't known is told."""

from __future__ import annotations

from tests.dependencies import unknown, weaknesses

REPORT = {
    "dependencies": [
        {"name": "fine", "version": "1", "vulns": []},
        {"name": "weak", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"], "description": "…"}]},
        {"name": "hidden", "skip_reason": "Dependency not found"},
    ]
}


def test_a_weakness_is_a_line_and_the_unknown_is_named() -> None:
    assert weaknesses(REPORT) == ["weak 1: PYSEC-1, mended in 2"]
    assert unknown(REPORT) == ["hidden"]
