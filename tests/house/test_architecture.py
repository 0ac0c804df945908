"""The house rules on code: which floor may import which, sizes, words. Each message says what to do instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for path in (ROOT / "app").rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))

# Along the street: a feature may use those before it.
STREET = (
    *("audit", "accounts", "keys", "readers", "assistants", "catalogue", "editing", "search", "history", "exchange"),
    *("bulk", "operating"),
)
# Down the floors, by file name. A name that isn't here stands on the floor of services.
FLOORS = {
    "spec": 1, "parts": 1, "identifiers": 1, "guessable": 1, "models": 2, "service": 3, "forms": 3,
    "web": 5, "people_web": 5, "conflict_web": 5, "expired_web": 5, "working_copies_web": 5, "batches_web": 5,
    "sessions_web": 5, "second_factor_web": 5, "provider_web": 5, "form_web": 5,
    "api": 5, "cli": 6, "folder_cli": 6, "on_demand": 7,
}  # fmt: skip
GROUND, SERVICES, HTTP, FACTORY = 0, 3, 4, 7
# What a feature shows to the features after it.
OPEN_ROOMS = {
    "service", "many", "rewriting", "versions", "spec", "parts", "identifiers", "wire", "labels", "index", "finding",
    "facets", "wanted", "question", "deeds", "sessions",
}  # fmt: skip
FLASK_FLOORS = {
    "web", "people_web", "conflict_web", "expired_web", "working_copies_web", "batches_web", "api", "forms", "cli",
    "sessions_web", "second_factor_web", "provider_web", "form_web",
}  # fmt: skip
NO_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Every module this file imports, whole names; `from app.x import y` counts as `app.x.y` where that is a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if (ROOT / Path(*inner.split("."))).with_suffix(".py").exists() else node.module


def floor_of(module: str) -> int:
    parts = module.split(".")
    if module == "app":
        return FACTORY
    if parts[1] in {"core", "texts", "config", "extensions"}:
        return GROUND
    if parts[1] in {"http", "openapi"}:
        return HTTP
    if parts[1] not in STREET:
        return FLOORS.get(parts[1], SERVICES)
    return FLOORS.get(parts[-1], SERVICES)


def feature_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in STREET else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_the_floors_and_along_the_street(path: Path) -> None:
    here = name_of(path)
    for module in imports_of(path):
        if not module.startswith("app") or here == "app":
            continue
        assert floor_of(module) <= floor_of(here), (
            f"{here} imports {module}, which stands above it. Pass it in instead."
        )
        mine, theirs = feature_of(here), feature_of(module)
        if theirs is None or mine == theirs:
            continue
        room = module.split(".")[-1]
        if mine is not None:
            assert STREET.index(theirs) < STREET.index(mine), (
                f"{here} imports {module}, a feature further along the street."
            )
        if floor_of(here) < FLOORS["cli"]:
            words = f"{here} imports {module}. Use that feature's service or spec."
            assert room in OPEN_ROOMS or is_type_only(path, module), words


def is_type_only(path: Path, module: str) -> bool:
    """Whether a model is imported to name the type of what the feature's service returned, never to query or write."""
    if not module.endswith(".models"):
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }
    annotations = [
        node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation
    ]
    annotations += [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    inside = {id(part) for annotation in annotations for part in ast.walk(annotation)}
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names]
    return all(id(use) in inside for use in uses)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_flask_is_known_where_http_is(path: Path) -> None:
    here = name_of(path)
    if floor_of(here) in {HTTP, FACTORY} or here == "app.extensions" or here.split(".")[-1] in FLASK_FLOORS:
        return
    known = [module for module in imports_of(path) if re.match(r"flask(_login|_wtf)?(\.|$)", module)]
    assert not known, f"{here} imports {known}. Take what it needs as an argument, such as `actor=`."


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= LONGEST_FILE, f"{name_of(path)} is long. Split it by what it speaks of."
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= LONGEST_FUNCTION, f"{name_of(path)}.{node.name} has {size} lines. Give its steps names."


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_say_what_lives_there(path: Path) -> None:
    assert path.stem not in NO_NAMES, f"{path} says nothing. Name it for what it holds."
    if path.name == "__init__.py" and not path.read_text(encoding="utf-8").strip():
        return
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{name_of(path)} has no docstring. Say what lives there, and what doesn't."


def test_only_services_write() -> None:
    """`transaction` and the session's writing verbs appear in services and on the ground alone."""
    writing = re.compile(r"\btransaction\(|session\.(add|delete|commit|flush)\(")
    found = [
        name_of(path)
        for path in MODULES
        if writing.search(path.read_text(encoding="utf-8")) and floor_of(name_of(path)) not in {GROUND, SERVICES}
    ]
    assert not found, f"{found} write to the database. Give the feature's service a verb for it."


def test_every_template_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in [*MODULES, *TEMPLATES]]
    for template in TEMPLATES:
        name = template.relative_to(ROOT / "templates").as_posix()
        assert any(f'"{name}"' in source for source in sources), f"No page uses {name}. Delete it."


def test_every_static_file_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES]
    scripts = sorted((ROOT / "static").rglob("*.js"))
    sources += [path.read_text(encoding="utf-8") for path in scripts]
    for path in sorted((ROOT / "static").rglob("*.*")):
        name = path.stem if path.suffix == ".css" else path.name
        assert any(name in source for source in sources), f"No page loads static file {path.name}. Delete it."
