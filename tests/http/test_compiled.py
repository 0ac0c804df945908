"""Compiled templates are kept between processes, and a changed template is compiled anew."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from app.http import templating
from app.http.templating import Compiled


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiled:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled = Compiled()
    compiled.directory = str(tmp_path)
    return compiled


def drawn(kept: Compiled, source: str, *, may_compile: bool = True) -> str:
    """As a process does that has just started."""
    environment = Environment(loader=DictLoader({"page": source}), autoescape=True, bytecode_cache=kept)
    if not may_compile:
        environment.compile = None  # type: ignore[assignment]
    return environment.get_template("page").render(name="<Ann>")


def test_the_next_process_does_not_compile(kept: Compiled) -> None:
    first = drawn(kept, "Hello {{ name }}")
    assert first == drawn(kept, "Hello {{ name }}", may_compile=False) == "Hello &lt;Ann&gt;"


def test_a_changed_template_is_compiled_anew(kept: Compiled) -> None:
    drawn(kept, "Hello {{ name }}")
    assert drawn(kept, "Goodbye {{ name }}") == "Goodbye &lt;Ann&gt;"


def test_after_a_change_of_the_filters_everything_is_compiled_anew(
    kept: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(kept, "Hello {{ name }}")
    monkeypatch.setattr(templating, "OWN_SOURCE", "another")
    with pytest.raises(TypeError):
        drawn(kept, "Hello {{ name }}", may_compile=False)


def test_a_folder_that_cannot_be_written_is_no_fault(kept: Compiled, tmp_path: Path) -> None:
    kept.directory = str(tmp_path / "not there")
    assert drawn(kept, "Hello {{ name }}") == "Hello &lt;Ann&gt;"


def test_nothing_is_kept_where_python_keeps_nothing(
    kept: Compiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    drawn(kept, "Hello {{ name }}")
    assert list(tmp_path.iterdir()) == []
