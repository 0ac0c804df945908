"""The example assistants that come with Greenroom, and the button that adds them."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.core.actors import COMMAND_LINE
from app.exchange import service
from app.extensions import db
from tests.exchange.saved import exported, row
from tests.pages import Visitor


def token(visitor: Visitor) -> str:
    return str(visitor.get("/import").soup.select_one("main [name=csrf_token]")["value"])


def test_they_are_a_handful_of_different_kinds() -> None:
    specs = service.examples()
    assert 3 <= len(specs) <= 8
    assert len({spec.name for spec in specs}) == len(specs)
    assert all(spec.name and spec.description and spec.instructions for spec in specs)
    assert max(len(spec.instructions or "") for spec in specs) > 8_000
    assert {tool["type"] for spec in specs for tool in spec.tools} == {"code_interpreter", "file_search", "function"}


def test_one_button_adds_them_once(editor: Visitor) -> None:
    response = editor.post("/examples", {"csrf_token": token(editor)})
    assert (response.status_code, response.location) == (303, "/assistants")
    found = exported()["data"]
    assert [assistant["name"] for assistant in found] == [spec.name for spec in service.examples()]
    assert set(db.session.scalars(text("SELECT origin FROM assistant_versions"))) == {"example"}
    assert editor.post("/examples", {"csrf_token": token(editor)}).status_code == 409
    assert len(exported()["data"]) == len(found)


def test_never_into_a_list_that_is_in_use(editor: Visitor) -> None:
    service.run([row(1)], actor=COMMAND_LINE)
    assert editor.post("/examples", {"csrf_token": token(editor)}).status_code == 409
    assert len(exported()["data"]) == 1


def test_a_viewer_may_not(app: Flask, viewer: Visitor) -> None:
    csrf = viewer.get("/export").soup.select_one("[name=csrf_token]")["value"]
    assert viewer.post("/examples", {"csrf_token": csrf}).status_code == 403
    assert exported()["data"] == []
