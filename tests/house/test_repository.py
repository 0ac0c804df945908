"""The house rules on everything else in the repository: what stands at its top, what documents may say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from app.config import Settings
from app.operating.examination import OUTSIDE_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    "app", "deploy", "docs", "instance", "static", "templates", "tests", ".ci",
    ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "README.md", "SECURITY.md", "gunicorn.conf.py",
    "gunicorn_worker.py",
    "pyproject.toml",
    "requirements.lock", "requirements-dev.lock", "requirements-sdk-1.109.1.lock", "requirements-sdk-2.54.0.lock",
    "wsgi.py",
}  # fmt: skip


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines()]


def test_the_top_level_is_what_the_readme_says() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", "\n" + text.replace("\\\n", " "))[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_both_lock_files_agree() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_the_instance_folder_is_not_committed() -> None:
    assert [path.name for path in tracked() if path.parent == ROOT / "instance"] in ([".gitkeep"], [])


@pytest.mark.parametrize("name", ["README.md", "docs/deploying.md", "SECURITY.md", "deploy"])
def test_documents_name_settings_there_are(name: str) -> None:
    place = ROOT / name
    texts = [path.read_text(encoding="utf-8") for path in ([place] if place.is_file() else sorted(place.iterdir()))]
    named = {setting for text in texts for setting in re.findall(r"GREENROOM_([A-Z_]*[A-Z])", text)}
    known = {field.name.upper() for field in fields(Settings)} | OUTSIDE_SETTINGS
    assert named <= known


def test_every_setting_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Settings) if f"GREENROOM_{field.name.upper()}`" not in text] == []


def test_the_container_has_what_the_program_needs() -> None:
    """Every folder and module at the top that the application is made of is copied into the image."""
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    for name in ("requirements.lock", "wsgi.py", "gunicorn*.py", "app app", "templates templates", "static static"):
        assert re.search(rf"^COPY .*{re.escape(name)}", text, re.MULTILINE), f"The container lacks {name}."
