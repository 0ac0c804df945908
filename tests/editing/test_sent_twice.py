"""A form that is sent twice, by a double click or a step back: the second sending finds its text saved, and says so."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.assistants import service
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.editing.models import WorkingCopy
from app.extensions import db
from tests.factories import ADMIN, make_assistant
from tests.pages import Page, Visitor

EDIT, MERGE = "main form[action$=edit]", "main form[action$=merge]"
# For every field, a value that is neither the factory's nor a default.
OTHERS: dict[str, Any] = {
    "model": "another",
    "name": "Another",
    "description": "another",
    "instructions": "another",
    "reasoning_effort": "low",
    "tools": [{"type": "code_interpreter"}],
    "tool_resources": {"code_interpreter": {"file_ids": ["file-1"]}},
    "metadata": {"team": "another"},
    "temperature": 0.3,
    "top_p": 0.3,
    "response_format": {"type": "text"},
}


def now(assistant: Assistant) -> Assistant:
    """As it stands in the database; the requests wrote it in sessions of their own."""
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


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
