"""A state that is no version, such as a merge or a section brought back, goes through the form and back exactly."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.assistants import service
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.editing import service as working_copies
from app.editing.fields import drafted, present, present_state, read, with_instructions
from app.extensions import db
from app.texts.text import as_browser_sends
from tests.difficult import FOR_LONG_WAYS
from tests.factories import ADMIN, PASSWORD, make_assistant
from tests.pages import Page, Visitor

EDIT, MERGE = "main form[action$=edit]", "main form[action$=merge]"
TO_EDITOR = "Put the merge into the editor"

TEXTS = st.lists(st.sampled_from(["a\n", "a\r\n", "a\r", "b\n", "b\r\n", "\n", "\r\n", "c"]), max_size=8).map("".join)
FUNCTIONS = st.builds(
    lambda name, text, extra, parameters: {
        "type": "function",
        "function": {"name": name, "description": text, "strict": None} | parameters,
        "extra": extra,
    },
    st.sampled_from("fghi"),
    TEXTS,
    st.integers(0, 2),
    st.sampled_from([{}, {"parameters": {"b": 1.0, "a": 1}}, {"parameters": {"a": 1, "b": 1.0}}]),
)
PLAIN_TOOLS = st.sampled_from([{"type": "code_interpreter"}, {"type": "file_search", "extra": 1}])
TOOLS = st.lists(
    PLAIN_TOOLS | FUNCTIONS,
    max_size=4,
    unique_by=lambda tool: tool["function"]["name"] if tool["type"] == "function" else tool["type"],
)
SPECS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["m", "n"]),
        "name": st.none() | TEXTS,
        "description": st.none() | TEXTS,
        "instructions": st.none() | TEXTS,
        "temperature": st.sampled_from([0.5, 1.0]),
        "metadata": st.dictionaries(st.sampled_from(["", "k\r", "z"]), TEXTS, max_size=3),
        "tools": TOOLS,
    }
).map(AssistantSpec.parse)


def through_a_browser(value: Any) -> Any:
    """What comes back of a form's values once the form has read them."""
    if isinstance(value, dict):
        return {name: through_a_browser(part) for name, part in value.items()}
    if isinstance(value, list):
        return [through_a_browser(part) for part in value]
    return as_browser_sends(value) if isinstance(value, str) else value


@given(SPECS, SPECS)
def test_a_state_comes_back_exactly(base: AssistantSpec, state: AssistantSpec) -> None:
    form = through_a_browser(present_state(state, base))
    assert drafted(form, base).as_json() == state.as_json()


@given(SPECS, SPECS)
def test_what_is_typed_on_changes_nothing_else(base: AssistantSpec, state: AssistantSpec) -> None:
    form = through_a_browser(present_state(state, base)) | {"temperature": "0.25", "reasoning_effort": "low"}
    assert drafted(form, base).as_json() == state.as_json() | {"temperature": 0.25, "reasoning_effort": "low"}


@given(SPECS)
def test_a_version_is_not_carried(base: AssistantSpec) -> None:
    assert present_state(base, base) == present(base)
    assert read(present(base), base).changes == {}


@given(SPECS, SPECS, TEXTS.filter(bool))
def test_new_instructions_leave_all_else(base: AssistantSpec, state: AssistantSpec, text: str) -> None:
    typed = through_a_browser(present_state(state, base)) | {"temperature": "hot", "name": "typed"}
    form = through_a_browser(with_instructions(typed, base, text))
    assert drafted(form, base).as_json() == drafted(typed, base).as_json() | {"instructions": text}


def test_a_merge_that_breaks_a_rule_loses_no_function() -> None:
    base = AssistantSpec.parse({"model": "m", "tools": [function("a", extra=1)]})
    broken = {"tools": [function("b", extra=2), function("c")], "metadata": {str(n): "" for n in range(17)}}
    state = AssistantSpec.model_construct(**base.as_json() | broken)
    tools = drafted(through_a_browser(present_state(state, base)), base).tools
    assert [tool["function"]["name"] for tool in tools] == ["b", "c"]
    assert [tool.get("extra") for tool in tools] == [None, None]


@pytest.mark.parametrize("state", ["{", "[]", "7", "null", '{"model": 1}', '{"model": "m", "x": 1}', "[" * 100_000])
def test_a_state_that_we_never_wrote_is_left_aside(editor: Visitor, state: str) -> None:
    made = make_assistant(instructions="one\r\ntwo")
    page = editor.get(f"/assistants/{made.id}/edit")
    editor.submit(page, EDIT, state=state, instructions="one\ntwo\nthree")
    assert now(made).instructions == "one\r\ntwo\r\nthree"


def function(name: str, **extra: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}, **extra}


def now(assistant: Assistant) -> Assistant:
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


def in_conflict(visitor: Visitor, made: Assistant, theirs: dict[str, Any], **mine: str) -> Page:
    """The page that merges, after somebody else's save."""
    page = visitor.get(f"/assistants/{made.id}/edit")
    page = visitor.submit(page, EDIT, button="Add a function")
    service.update(made.id, theirs, actor=ADMIN, origin=Origin.API)
    page = visitor.submit(page, EDIT, **mine)
    assert page.status == 409
    return page


@pytest.mark.parametrize("text", FOR_LONG_WAYS.values(), ids=FOR_LONG_WAYS)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_merge_goes_through_the_editor_exactly(editor: Visitor, text: str) -> None:
    """Theirs has lines that the version I began with doesn't have, with newlines of their own."""
    made = make_assistant(instructions="one\ntwo\nthree\n", description="d")
    theirs = {"instructions": f"{text}\none\r\ntwo\nthree\r", "description": text[:500]}
    page = in_conflict(editor, made, theirs, instructions="one\ntwo\nthree\nfour", **{"functions-0-name": "mine"})
    decided = {field["name"]: "theirs" for field in page.soup.select(f"{MERGE} [value=theirs]")}
    page = editor.submit(page, MERGE, button=TO_EDITOR, **decided)
    page = editor.submit(page, EDIT, button="Keep for later", name="typed on")
    assert editor.submit(page, EDIT, follow=False).status == 303
    found = now(made)
    assert (found.version, found.name, found.description) == (3, "typed on", text[:500])
    assert (found.instructions or "").startswith(theirs["instructions"][:-1])
    assert [tool["function"]["name"] for tool in found.tools] == ["mine"]


def test_my_functions_chosen_in_a_merge_are_still_mine_in_the_editor(editor: Visitor) -> None:
    made = make_assistant(name="before", tools=[function("old", extra="old")])
    theirs = {"tools": [function("theirs", extra="theirs")]}
    page = in_conflict(editor, made, theirs, **{"functions-1-name": "added"})
    page = editor.submit(page, MERGE, button=TO_EDITOR, **{"place-0": "mine"})
    editor.submit(page, EDIT, name="typed on")
    assert now(made).tools == [function("old", extra="old"), function("added")]


def test_my_functions_come_through_signing_in_on_the_page_that_merges(editor: Visitor) -> None:
    made = make_assistant(name="before")
    page = in_conflict(editor, made, {"name": "theirs"}, name="mine", **{"functions-0-name": "added"})
    email = str(editor.get("/account").soup.select_one(".person-name")["title"])  # type: ignore[index]
    editor.client.delete_cookie("greenroom_session")
    page = editor.submit(page, MERGE, button="Save the merge", **{"place-0": "mine"})
    editor.submit(page, "form:has([name=carried])", email=email, password=PASSWORD)
    page = editor.get(f"/assistants/{made.id}/edit?continue=1")
    page = editor.submit(page, EDIT)
    assert page.status == 409
    editor.submit(page, MERGE, button="Save the merge", **{"place-0": "mine"})
    assert (now(made).name, now(made).tools) == ("mine", [function("added")])


def test_a_long_text_is_kept_though_it_carries_its_state(app: Flask, editor: Visitor) -> None:
    made = make_assistant(instructions="x")
    person_id = int(
        str(editor.get(f"/assistants/{made.id}/edit").form("form[data-keep-key]")["data-keep-key"]).split(":")[0]
    )
    base = made.spec()
    line = "line\r\n" + "word " * 50 + "\n"
    text = line * 2_400
    form = with_instructions(present(base), base, text)
    assert len(form["state"]) > len(text)
    working_copies.keep(person_id, made.id, form, base_version=1, revision=None)
    page = editor.get(f"/assistants/{made.id}/edit?continue=1")
    refused = editor.submit(page, EDIT)
    assert refused.status == 400
    editor.submit(refused, EDIT, instructions=as_browser_sends(line * 900))
    assert now(made).instructions == line * 900
