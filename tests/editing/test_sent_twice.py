"""A form that is sent twice, by a double click or a step back: the second sending finds its text saved, and says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.assistants import service
from app.assistants.identifiers import new_id
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.editing.models import WorkingCopy
from app.extensions import db
from tests.factories import ADMIN, EDITOR, make_assistant
from tests.pages import Page, Visitor
from tests.sample_values import OTHERS

EDIT, NEW, MERGE = "main form[action$=edit]", "main form[action$=new]", "main form[action$=merge]"


def now(assistant: Assistant) -> Assistant:
    """As it stands in the database; the requests wrote it in sessions of their own."""
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


def now_at(page: Page) -> Assistant:
    """The assistant whose page this is."""
    db.session.rollback()
    db.session.expire_all()
    return service.get(page.path.removeprefix("/assistants/"))


def change(assistant: Assistant, **changes: Any) -> None:
    service.update(assistant.id, changes, actor=ADMIN, origin=Origin.API)


def kept() -> list[WorkingCopy]:
    return list(db.session.scalars(select(WorkingCopy)))


def twice(visitor: Visitor, page: Page, form: str, **values: Any) -> Page:
    """The answer to the second of two equal sendings."""
    assert visitor.submit(page, form, follow=False, **values).status == 303
    return visitor.submit(page, form, **values)


def test_the_second_is_saved_too_and_keeps_nothing(editor: Visitor, admin: Visitor) -> None:
    made = make_assistant(instructions="base\r\n")
    page = twice(editor, editor.get(f"/assistants/{made.id}/edit"), EDIT, instructions="\nmine\n", note="why")
    assert (page.status, page.path) == (200, f"/assistants/{made.id}")
    assert "Saved as version 2." in page.text
    assert (now(made).version, now(made).instructions) == (2, "\r\nmine\r\n")
    assert kept() == []
    assert "unsaved changes" not in admin.get(f"/assistants/{made.id}").text


def fill_new(visitor: Visitor, page: Page, **values: Any) -> Page:
    return visitor.submit(page, NEW, **{"model": "gpt-4o", "name": "New", "instructions": "mine\n"} | values)


def test_a_new_assistant_is_made_once(editor: Visitor) -> None:
    form = editor.get("/assistants/new")
    first, second = fill_new(editor, form), fill_new(editor, form)
    assert (second.path, second.status) == (first.path, 200)
    assert "“New” is saved as version 1." in second.text
    assert service.count_all() == 1
    service.update(first.path.removeprefix("/assistants/"), {"name": "Later"}, actor=ADMIN, origin=Origin.API)
    assert fill_new(editor, form).path == first.path
    assert service.count_all() == 1


def test_a_copy_is_made_once_also_after_it_was_drawn_again(editor: Visitor) -> None:
    made = make_assistant(instructions="base")
    page = editor.submit(editor.get(f"/assistants/{made.id}/duplicate"), NEW, button="Add a pair")
    assert editor.submit(page, NEW).path == editor.submit(page, NEW).path
    assert service.count_all() == 2


def test_a_text_that_was_kept_has_the_id_it_was_drawn_with(editor: Visitor) -> None:
    form = editor.get("/assistants/new")
    kept_form = editor.submit(form, NEW, button="Keep for later", instructions="mine\n")
    assert kept_form.path == "/assistants/new?continue=1"
    assert fill_new(editor, kept_form).path == fill_new(editor, form).path


def test_other_text_from_the_same_form_is_another_assistant(editor: Visitor) -> None:
    form = editor.get("/assistants/new")
    first, second = fill_new(editor, form), fill_new(editor, form, instructions="other\n")
    found = [now_at(page).instructions for page in (first, second)]
    assert found == ["mine\n", "other\n"]
    assert service.count_all() == 2


def test_what_went_to_the_trash_meanwhile_is_made_anew(editor: Visitor) -> None:
    form = editor.get("/assistants/new")
    first = fill_new(editor, form)
    service.delete(now_at(first).id, actor=ADMIN)
    second = fill_new(editor, form)
    assert (now_at(second).instructions, second.path != first.path) == ("mine\n", True)


@pytest.mark.parametrize("given", [None, "", "asst_", "x" * 70, "asst_\x00"])
def test_a_form_without_an_id_we_drew_is_saved_under_a_new_one(editor: Visitor, given: str | None) -> None:
    page = fill_new(editor, editor.get("/assistants/new"), new_id=given)
    assert now_at(page).instructions == "mine\n"


def test_of_sendings_at_the_same_moment_one_makes_it(app: Flask) -> None:
    spec, drawn = AssistantSpec.parse({"model": "gpt-4o", "instructions": "mine"}), new_id()

    def send(_: int) -> str:
        with app.app_context():
            made = service.create_once(spec, id=drawn, actor=EDITOR, origin=Origin.PAGE).id
            db.session.remove()
        return made

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) == {drawn}
    assert service.count_all() == 1


@pytest.mark.parametrize("field", AssistantSpec.model_fields)
def test_what_somebody_changed_since_is_a_conflict_in_every_field(editor: Visitor, field: str) -> None:
    made = make_assistant(instructions="base", tools=[{"type": "code_interpreter"}, {"type": "file_search"}])
    form = editor.get(f"/assistants/{made.id}/edit")
    assert editor.submit(form, EDIT, instructions="mine", follow=False).status == 303
    change(made, **{field: OTHERS[field]})
    page = editor.submit(form, EDIT, instructions="mine")
    assert (page.status, page.h1) == (409, f"Put the changes together: {now(made).title}")
    assert now(made).version == 3
    assert [copy.form["instructions"] for copy in kept()] == ["mine"]


def test_a_merge_that_is_sent_twice_is_saved_once(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    form = editor.get(f"/assistants/{made.id}/edit")
    change(made, instructions="theirs\n")
    merge = editor.submit(form, EDIT, instructions="mine\n")
    page = twice(editor, merge, MERGE, **{"place-0": "both"})
    assert (page.status, page.path) == (200, f"/assistants/{made.id}")
    assert "Saved as version 3." in page.text
    assert (now(made).version, now(made).instructions) == (3, "mine\ntheirs\n")
    assert kept() == []


def test_a_merge_that_was_overtaken_after_it_was_saved_is_a_conflict(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    form = editor.get(f"/assistants/{made.id}/edit")
    change(made, instructions="theirs\n")
    merge = editor.submit(form, EDIT, instructions="mine\n")
    assert editor.submit(merge, MERGE, follow=False, **{"place-0": "both"}).status == 303
    change(made, metadata={"team": "another"})
    assert editor.submit(merge, MERGE, **{"place-0": "both"}).status == 409
    assert now(made).version == 4
