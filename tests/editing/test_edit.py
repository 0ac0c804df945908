"""Editing on the pages: only what a person changed changes, and nothing typed is lost on the way."""

from __future__ import annotations

import pytest

from app.assistants import service, versions
from app.assistants.models import Assistant
from app.core.actors import Origin
from app.extensions import db
from tests.factories import ADMIN, make_assistant
from tests.pages import Page, Visitor

FORM = "main form"


def saved(visitor: Visitor, assistant: Assistant, button: str | None = None, **values: str | None) -> Page:
    return visitor.submit(visitor.get(f"/assistants/{assistant.id}/edit"), FORM, button=button, **values)


def now(assistant: Assistant) -> Assistant:
    """As it stands in the database; the requests wrote it in sessions of their own."""
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


def test_a_new_assistant_with_every_field(editor: Visitor) -> None:
    page = editor.submit(editor.get("/assistants/new"), FORM, button="Add a function")
    page = editor.submit(page, FORM, button="Add a pair")
    page = editor.submit(
        page,
        FORM,
        name="Refunds",
        description="Answers\nrefund questions",
        model="gpt-4.1",
        instructions="\nBe kind.\n",
        temperature="0.2",
        top_p="0.9",
        reasoning_effort="low",
        response_kind="json_schema",
        schema_name="answer",
        schema_text='{"type": "object"}',
        schema_strict="y",
        code_interpreter="y",
        file_ids="file-1\nfile-2",
        file_search="y",
        vector_store_ids="vs_1",
        max_num_results="8",
        score_threshold="0.5",
        note="the first one",
        **{
            "functions-0-name": "lookup_order",
            "functions-0-description": "Finds an order",
            "functions-0-parameters": '{"type": "object", "properties": {"n": {"type": "string"}}}',
            "functions-0-strict": "y",
            "pairs-0-key": "team",
            "pairs-0-value": "support",
        },
    )
    assert page.h1 == "Refunds"
    made = service.get(page.path.rsplit("/", 1)[1])
    assert made.spec().as_json() == {
        "name": "Refunds",
        "description": "Answers\nrefund questions",
        "model": "gpt-4.1",
        "instructions": "\nBe kind.\n",
        "tools": [
            {"type": "code_interpreter"},
            {"type": "file_search", "file_search": {"max_num_results": 8, "ranking_options": {"score_threshold": 0.5}}},
            {
                "type": "function",
                "function": {
                    "name": "lookup_order",
                    "description": "Finds an order",
                    "strict": True,
                    "parameters": {"type": "object", "properties": {"n": {"type": "string"}}},
                },
            },
        ],
        "top_p": 0.9,
        "temperature": 0.2,
        "reasoning_effort": "low",
        "tool_resources": {
            "code_interpreter": {"file_ids": ["file-1", "file-2"]},
            "file_search": {"vector_store_ids": ["vs_1"]},
        },
        "metadata": {"team": "support"},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
    }
    version = versions.get(made, 1)
    assert (version.note, version.origin) == ("the first one", "page")


def test_changing_one_field_leaves_every_other_as_it_was(editor: Visitor) -> None:
    made = make_assistant(
        name="",
        description=None,
        instructions="a\r\nb\rc\n",
        temperature=0.30000000000000004,
        tools=[
            {"type": "function", "function": {"strict": None, "name": "f", "parameters": {"b": 1.0, "a": 10**30}}},
            {"type": "file_search", "file_search": {}, "extra": 1},
            {"type": "code_interpreter"},
        ],
        tool_resources={"code_interpreter": {"file_ids": ["x"]}},
        metadata={"": "", "k\r\n": " v "},
    )
    before = made.spec().as_json()
    saved(editor, made, model="gpt-4.1")
    assert now(made).spec().as_json() == before | {"model": "gpt-4.1"}
    assert now(made).version == 2


def test_an_edited_text_keeps_its_own_newlines(editor: Visitor) -> None:
    made = make_assistant(instructions="one\r\ntwo\rthree\nfour\r\n")
    saved(editor, made, instructions="one\ntwo and a half\nthree\nnew\nfour\n")
    assert now(made).instructions == "one\r\ntwo and a half\r\nthree\nnew\r\nfour\r\n"


def test_emptied_fields_are_unset(editor: Visitor) -> None:
    made = make_assistant(name="n", instructions="i", temperature=0.2, reasoning_effort="low")
    saved(editor, made, name="", instructions="", temperature="", reasoning_effort="")
    found = now(made)
    assert (found.name, found.instructions, found.temperature, found.reasoning_effort) == (None, None, 1.0, None)


def test_a_function_can_be_added_changed_and_removed(editor: Visitor) -> None:
    tools = [
        {"type": "function", "function": {"name": name, "parameters": {"z": 1, "a": 2}}} for name in ("one", "two")
    ]
    made = make_assistant(tools=tools)
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, button="Remove function 1")
    page = editor.submit(page, FORM, button="Add a function")
    editor.submit(page, FORM, **{"functions-0-description": "second", "functions-1-name": "three"})
    functions = [tool["function"] for tool in now(made).tools]
    assert functions == [
        {"name": "two", "parameters": {"z": 1, "a": 2}, "description": "second"},
        {"name": "three"},
    ]
    assert list(functions[0]["parameters"]) == ["z", "a"]


def test_two_rows_of_one_function_are_both_saved(editor: Visitor) -> None:
    made = make_assistant(tools=[{"type": "function", "function": {"name": "one"}, "extra": 1}])
    page = editor.submit(editor.get(f"/assistants/{made.id}/edit"), FORM, button="Add a function")
    second = {"functions-1-source": "0", "functions-1-description": "typed"}
    page = editor.submit(page, FORM, **second, **{"functions-0-description": "first", "functions-1-name": "t w o"})
    assert page.soup.select_one("#functions-1-name-error") is not None
    editor.submit(page, FORM, **{"functions-1-name": "one"})
    assert now(made).tools == [
        {"type": "function", "function": {"name": "one", "description": "first"}, "extra": 1},
        {"type": "function", "function": {"name": "one", "description": "typed"}},
    ]


def test_adding_a_row_keeps_what_was_typed_and_saves_nothing(editor: Visitor) -> None:
    made = make_assistant(instructions="before")
    page = editor.get(f"/assistants/{made.id}/edit")
    page = editor.submit(page, FORM, button="Add a pair", instructions="\ntyped\n", note="why")
    assert page.form(FORM).select_one("textarea#instructions").get_text() == "\ntyped\n"
    assert page.form(FORM).select_one("#note")["value"] == "why"
    assert now(made).version == 1


def test_text_that_is_no_json_is_refused_beside_its_field(editor: Visitor) -> None:
    made = make_assistant(tools=[{"type": "function", "function": {"name": "f"}}])
    page = saved(editor, made, **{"functions-0-parameters": "{oops"})
    assert page.status == 400
    assert page.errors[0].startswith("Invalid 'tools[0].function.parameters': this is not valid JSON:")
    assert page.soup.select_one("#functions-0-parameters").get_text() == "{oops"


def test_two_pairs_of_one_key_are_refused(editor: Visitor) -> None:
    made = make_assistant(metadata={"a": "1", "b": "2"})
    page = saved(editor, made, **{"pairs-1-key": "a"})
    assert page.summary == ["Invalid 'metadata': 'a' appears twice. Use each key once."]


def test_several_faults_are_all_shown(editor: Visitor) -> None:
    page = saved(editor, make_assistant(), temperature="9", top_p="x", name="n" * 300)
    assert (page.status, len(page.summary), len(page.errors)) == (400, 3, 3)
    assert page.soup.title.get_text().startswith("Error: ")


def test_a_save_after_somebody_elses_is_not_written_until_the_person_says_so(editor: Visitor) -> None:
    made = make_assistant(instructions="base", name="old name")
    page = editor.get(f"/assistants/{made.id}/edit")
    service.update(made.id, {"instructions": "theirs", "name": "new name"}, actor=ADMIN, origin=Origin.API)
    page = editor.submit(page, FORM, instructions="mine")
    assert page.status == 409
    assert "Ada Admin saved version 2" in page.text
    assert "mine" in [view.get_text() for view in page.soup.select(".text-view")]
    assert now(made).instructions == "theirs"


def test_the_address_says_the_version_and_the_page_when_a_newer_one_was_saved(editor: Visitor) -> None:
    made = make_assistant(name="one")
    page = editor.get(f"/assistants/{made.id}/edit")
    assert page.path == f"/assistants/{made.id}/edit?version=1"
    assert "was saved in between" not in page.text
    service.update(made.id, {"name": "two"}, actor=ADMIN, origin=Origin.API)
    page = editor.get(page.path)
    assert "Version 2 was saved in between Ada Admin saved it" in page.text
    fields = {name: page.form(FORM).select_one(f"[name={name}]")["value"] for name in ("name", "version")}
    assert fields == {"name": "one", "version": "1"}
    assert editor.submit(page, FORM, description="mine").status == 409
    page = editor.get(page.link("Start from version 2 instead"))
    assert page.path == f"/assistants/{made.id}/edit?version=2"
    for query, status in (("version=3", 404), ("version=0", 404), ("version=x", 400), ("version=", 400)):
        assert editor.get(f"/assistants/{made.id}/edit?{query}").status == status


@pytest.mark.parametrize("version", ["", "x", "-1", "9999999999"])
def test_a_form_without_its_version_is_refused(editor: Visitor, version: str) -> None:
    made = make_assistant()
    page = editor.get(f"/assistants/{made.id}/edit")
    assert editor.submit(page, FORM, version=version, name="x").status in {400, 404}
    assert now(made).name == "Test assistant"


def test_a_copy_starts_from_everything_the_original_has(editor: Visitor) -> None:
    made = make_assistant(name="Original", instructions="a\r\nb", tools=[{"type": "file_search", "file_search": {}}])
    editor.submit(editor.get(f"/assistants/{made.id}/duplicate"), FORM)
    copy = service.get(service.list_page(service.Window()).items[0].id)
    db.session.expire_all()
    assert copy.id != made.id
    assert copy.spec().as_json() == made.spec().as_json() | {"name": "Copy of Original"}


@pytest.mark.parametrize("button", [None, "Add a pair", "Clean…", "Keep for later"])
def test_a_copy_of_what_went_to_the_trash_meanwhile_loses_nothing(editor: Visitor, button: str | None) -> None:
    made = make_assistant(instructions="a\r\nb\u200b", tools=[{"type": "file_search", "extra": 1}])
    page = editor.get(f"/assistants/{made.id}/duplicate")
    service.delete(made.id, actor=ADMIN)
    page = editor.submit(page, FORM, button=button, description="typed")
    if button:
        assert (page.status, page.h1) == (200, "Duplicate Test assistant")
        page = editor.submit(page, FORM)
    copy = service.get(page.path.rsplit("/", 1)[1])
    assert (copy.description, copy.instructions, copy.tools) == ("typed", made.instructions, made.tools)


def test_a_copy_of_what_is_gone_altogether_stands_by_itself(editor: Visitor) -> None:
    tools = [{"type": "function", "function": {"name": "find_order"}}]
    made = make_assistant(instructions="a\r\nb", tools=tools)
    page = editor.get(f"/assistants/{made.id}/duplicate")
    page = editor.submit(page, FORM, button="Add a pair", source="asst_gone", description="typed")
    assert page.h1 == "New assistant"
    page = editor.submit(editor.submit(page, FORM, button="Keep for later"), FORM)
    copy = service.get(page.path.rsplit("/", 1)[1])
    assert (copy.description, copy.instructions, copy.tools) == ("typed", "a\nb", tools)


def test_deleting_names_what_goes_and_where_it_can_be_got_back(editor: Visitor) -> None:
    made = make_assistant(name="Old", instructions="four")
    page = editor.get(f"/assistants/{made.id}/delete")
    assert "4 characters" in page.text
    assert page.link("trash") == "/trash"
    assert editor.submit(page).path == "/assistants"
    page = editor.submit(editor.get("/trash"), f"form[action='/trash/{made.id}/restore']")
    assert (page.h1, now(made).instructions) == ("Old", "four")


def test_deleting_what_has_changed_meanwhile_asks_again(editor: Visitor) -> None:
    made = make_assistant()
    page = editor.get(f"/assistants/{made.id}/delete")
    service.update(made.id, {"name": "changed"}, actor=ADMIN, origin=Origin.API)
    page = editor.submit(page)
    assert (page.status, now(made).deleted_at) == (409, None)
    assert editor.submit(page).status == 200
