"""A schema or a search option typed while its format or tool isn't chosen is said and stays, and is never left out."""

from __future__ import annotations

from typing import Any

import pytest

from app.assistants import service
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.editing.fields import present_state, read
from app.extensions import db
from tests.factories import ADMIN, make_assistant
from tests.pages import Page, Visitor

FORM = "form[data-keep-url]"
UNUSED = {
    "schema": ("response_kind", "You filled in a schema, but the answer format isn't “JSON that follows a schema”."),
    "search": ("file_search", "You filled in “Results at most”, “Lowest score” or “Ranker”, but file search is off."),
}
TYPED = {
    "schema_name": ("schema", "answer"),
    "schema_description": ("schema", "What it\nis for"),
    "schema_text": ("schema", '{"type": "object"}'),
    "schema_strict": ("schema", "y"),
    "max_num_results": ("search", "8"),
    "score_threshold": ("search", "0.5"),
    "ranker": ("search", "auto"),
}
TYPED_ROWS = [pytest.param(name, value, *UNUSED[kind], id=name) for name, (kind, value) in TYPED.items()]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}}}
OPTIONS = {"max_num_results": 8, "ranking_options": {"score_threshold": 0.5, "ranker": "auto"}}
FULL = {"response_format": SCHEMA, "tools": [{"type": "file_search", "file_search": OPTIONS}]}
OFF: dict[str, Any] = {"response_kind": "auto", "file_search": None}


def value_of(page: Page, name: str) -> str:
    """What the form holds in this field, as far as a test types it there."""
    control = page.form(FORM).select_one(f"[name={name}]")
    assert control is not None
    if control.name == "textarea":
        return control.get_text()
    if control.name == "select":
        return str(control.select_one("option[selected]")["value"])  # type: ignore[index]
    return str(control["value"]) if control.get("type") != "checkbox" or control.has_attr("checked") else ""


def now(assistant: Assistant) -> Assistant:
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


def said_beside(page: Page, field: str) -> str:
    """The message that describes this field."""
    error = page.form(FORM).select_one(f"#{field}-error")
    assert error is not None
    assert [link["href"] for link in page.soup.select(".error-summary a")] == [f"#{field}"]
    return error.get_text()


@pytest.mark.parametrize("address", ["new", "edit", "duplicate"])
@pytest.mark.parametrize(("name", "value", "field", "words"), TYPED_ROWS)
def test_it_is_refused_beside_its_switch_and_stays(
    editor: Visitor, address: str, name: str, value: str, field: str, words: str
) -> None:
    made = make_assistant()
    path = "/assistants/new" if address == "new" else f"/assistants/{made.id}/{address}"
    page = editor.submit(editor.get(path), FORM, button="Keep for later", model="gpt-4o", **{name: value})
    assert value_of(page, name) == value
    refused = editor.submit(page, FORM)
    assert refused.status == 400
    assert words in said_beside(refused, field)
    assert value_of(refused, name) == value
    assert value_of(editor.get(page.path), name) == value
    assert (now(made).version, service.count_live()) == (1, 1)


def test_what_is_said_to_do_helps(editor: Visitor) -> None:
    made = make_assistant()
    typed = {"schema_name": "answer", "schema_text": '{"type": "object"}', "max_num_results": "8"}
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, **typed)
    assert len(page.summary) == 2
    cleared = dict.fromkeys(typed, " ")
    assert "Nothing was different" in editor.submit(page, FORM, **cleared).text
    editor.submit(page, FORM, response_kind="json_schema", file_search="y")
    found = now(made)
    assert found.response_format["json_schema"] == {"name": "answer", "schema": {"type": "object"}}
    assert found.tools == [{"type": "file_search", "file_search": {"max_num_results": 8}}]


@pytest.mark.parametrize("emptied", [{}, {name: None if name == "schema_strict" else "" for name in TYPED}])
@pytest.mark.parametrize("address", ["edit", "duplicate"])
def test_switching_off_what_is_there_is_no_fault(editor: Visitor, address: str, emptied: dict[str, Any]) -> None:
    made = make_assistant(**FULL)
    page = editor.submit(editor.get(f"/assistants/{made.id}/{address}"), FORM, **OFF, **emptied)
    saved = service.get(page.path.rsplit("/", 1)[1])
    db.session.refresh(saved)
    assert (saved.response_format, saved.tools) == ("auto", [])


def test_a_schema_changed_and_then_switched_off_is_asked_about(editor: Visitor) -> None:
    made = make_assistant(**FULL)
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, **OFF, schema_text="{}", score_threshold="0")
    assert (page.status, len(page.summary)) == (400, 2)
    assert now(made).spec().as_json()["response_format"] == SCHEMA


def test_a_form_drawn_from_a_version_or_a_merge_has_no_fault() -> None:
    plain, full = AssistantSpec.parse({"model": "m"}), AssistantSpec.parse({"model": "m", **FULL})
    for base in (plain, full):
        for state in (plain, full):
            assert read(present_state(state, base), base).faults == []


def test_a_conflict_comes_only_once_nothing_typed_would_be_left_out(editor: Visitor) -> None:
    made = make_assistant(instructions="base")
    page = editor.get(f"/assistants/{made.id}/edit")
    service.update(made.id, {"instructions": "theirs"}, actor=ADMIN, origin=Origin.API)
    refused = editor.submit(page, FORM, schema_name="answer", instructions="mine")
    assert (refused.status, value_of(refused, "schema_name")) == (400, "answer")
    assert editor.submit(refused, FORM, response_kind="json_schema").status == 409
