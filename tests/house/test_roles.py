"""Promise 7: what you may not see does not exist, and what you may not do is refused, on every route."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.assistants import service
from app.bulk import deeds, drafts
from app.bulk import service as bulk
from app.core.actors import Role, Scope
from app.http import assets
from tests.factories import EDITOR, bearer, make_assistant, make_key, make_person
from tests.house.roles import API, PAGES
from tests.pages import Visitor

SAVED = {"object": "list", "data": [{"id": "asst_x", "object": "assistant", "created_at": 1, "model": "m"}]}


def cells(table: str) -> list[tuple[str, str, str, str]]:
    """(method, path, visitor, expected) of every cell."""
    header, *rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], row[1], who, expected) for row in rows for who, expected in zip(header[2:], row[2:], strict=True)]


def fill(path: str, visitor: Visitor | None) -> str:
    """The path with things that exist in place of its names."""
    if "{trashed}" in path:
        trashed = make_assistant()
        service.delete(trashed.id, actor=EDITOR)
        return path.replace("{trashed}", trashed.id)
    if "{draft}" in path:
        return path.replace("{draft}", stored_draft(visitor) if visitor else "unknown")
    if "{change}" in path:
        made = make_assistant(instructions="14 days")
        path = path.replace("{changed}", made.id)
        return path.replace("{change}", prepared_change(visitor) if visitor else "unknown")
    made: dict[str, Any] = {
        "{assistant}": lambda: make_assistant().id,
        "{person}": lambda: make_person(role=Role.VIEWER).id,
        "{model}": lambda: "gpt-4o",
        "{key}": lambda: (make_key(), 1)[1],
        "{number}": lambda: 1,
        "{session}": lambda: 999_999,
        "{version}": lambda: "ver_1",
        "{batch}": confirmed_batch,
        "{batch_id}": lambda: f"batch_{confirmed_batch()}",
        "{unknown}": lambda: "unknown",
        "{file}": lambda: "favicon.svg",
        "{fingerprint}": lambda: assets.address().rsplit("/", 1)[1],
    }
    for name, make in made.items():
        if name in path:
            path = path.replace(name, str(make()))
    return path


def stored_draft(visitor: Visitor) -> str:
    data = {"csrf_token": token(visitor), "file": (BytesIO(json.dumps(SAVED).encode()), "list.json")}
    response = visitor.client.post("/import", data=data, content_type="multipart/form-data")
    return response.location.rsplit("/", 1)[1] if response.location else "unknown"


def prepared_change(visitor: Visitor) -> str:
    values = {"csrf_token": token(visitor), "find": "14", "replacement": "30", "fields": "instructions"}
    location = visitor.client.post("/replace", data=values).location or ""
    # Looked through to its end.
    visitor.client.get(f"{location}/confirm")
    change: str = location.rsplit("/", 1)[1] if location.startswith("/bulk/") else "unknown"
    return change


def confirmed_batch() -> int:
    make_assistant(instructions="14 days")
    deed = deeds.read({"type": "replace", "find": "14", "replacement": "30"})
    draft = drafts.prepare(deed, {}, actor=EDITOR)
    drafts.look_further(draft)
    return bulk.confirm(draft, actor=EDITOR).id


def token(visitor: Visitor) -> str:
    page = visitor.get("/account")
    return str(page.soup.select_one("[name=csrf_token]")["value"])


# Who may do what doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("method", "path", "who", "expected"), cells(PAGES))
def test_every_visitor_gets_what_the_table_says(
    app: Flask, request: pytest.FixtureRequest, method: str, path: str, who: str, expected: str
) -> None:
    visitor: Visitor = request.getfixturevalue("visitor" if who == "signed-out" else who)
    path = fill(path, None if who == "signed-out" else visitor)
    data = {"csrf_token": token(visitor)} if method == "POST" else None
    answer = visitor.client.open(path, method=method, data=data)
    answer.close()
    led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
    if expected == "sign-in":
        assert led_away
    elif expected == "ok":
        assert answer.status_code in {200, 303, 400}
        # Signing out ends at the sign-in page by its own doing, and the first page leads on to the list.
        assert not led_away or path == "/sign-out"
    else:
        assert answer.status_code == int(expected)


@pytest.mark.parametrize(("method", "path"), sorted({(m, p) for m, p, _, _ in cells(PAGES) if m == "POST"}))
def test_every_form_is_refused_without_its_token(admin: Visitor, method: str, path: str) -> None:
    path = fill(path, admin)
    assert admin.client.open(path, method=method).status_code == 400
    assert admin.client.open(path, method=method, data={"csrf_token": "made up"}).status_code == 400


@pytest.mark.parametrize(("method", "path", "who", "expected"), cells(API))
def test_every_key_gets_what_the_table_says(
    api_client: FlaskClient, method: str, path: str, who: str, expected: str
) -> None:
    headers = {} if who == "none" else bearer(make_key(Scope(who)))
    body = {"model": "m"} if method == "POST" else None
    answer = api_client.open(fill(path, None), method=method, json=body, headers=headers)
    assert answer.status_code == int(expected)
    if answer.status_code >= 400:
        assert set(answer.json["error"]) == {"message", "type", "param", "code"}


def test_every_route_has_its_row(app: Flask) -> None:
    def shape(method: str, path: str) -> tuple[str, str]:
        return method, re.sub(r"<[^>]+>|\{[^}]+\}", "*", path.replace(assets.address(), "/static/*"))

    known = {shape(method, path) for method, path, _, _ in cells(PAGES) + cells(API)}
    routed = {
        shape(method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routed - known == set(), "Give each new route its row in tests/house/roles.py."
    assert known - routed == set(), "These rows are of routes that are gone."


def test_every_view_declares_a_permission(app: Flask) -> None:
    undeclared = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not hasattr(view, "greenroom_permission")
    ]
    assert undeclared == [], "Decorate the view with @require(...) or @public."
