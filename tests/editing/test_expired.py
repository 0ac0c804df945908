"""A form sent after the sign-in has ended: through signing in and back, with every character, and nothing saved."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.accounts import service as accounts
from app.accounts.models import Person
from app.assistants import service, versions
from app.assistants.models import Assistant
from app.core.actors import COMMAND_LINE, Origin, Role
from app.editing import service as working_copies
from app.extensions import db
from app.texts.text import as_browser_sends
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import ADMIN, PASSWORD, make_assistant, make_person
from tests.pages import Page, Visitor

EDIT, NEW, MERGE = "main form[action$=edit]", "main form[action$=new]", "main form[action$=merge]"
SIGN_IN = "main form[action$=sign-in]"
HERE = "Your text is here. It is not saved yet."


@pytest.fixture
def ed() -> Person:
    return make_person(email="ed@example.org", name="Ed", role=Role.EDITOR)


def signed_in(app: Flask, person: Person) -> Visitor:
    visitor = Visitor(app.test_client())
    signs_in(visitor, visitor.get("/sign-in"), person)
    return visitor


def signs_in(visitor: Visitor, page: Page, person: Person, password: str = PASSWORD) -> Page:
    return visitor.submit(page, SIGN_IN, email=person.email, password=password)


def cookie_goes(visitor: Visitor) -> None:
    visitor.client.delete_cookie("greenroom_session")


def expired(visitor: Visitor, assistant: Assistant, **typed: Any) -> Page:
    """The answer to an edit form that was sent after the session was gone."""
    page = visitor.get(f"/assistants/{assistant.id}/edit")
    cookie_goes(visitor)
    return visitor.submit(page, EDIT, **typed)


def state(assistant: Assistant) -> tuple[int, str | None]:
    db.session.rollback()
    db.session.expire_all()
    found = service.get(assistant.id)
    return found.version, found.instructions


def kept(person: Person, assistant: Assistant | None) -> Any:
    db.session.rollback()
    return working_copies.working_copy(person.id, assistant.id if assistant else None)


def instructions(page: Page) -> str:
    return str(page.soup.select_one("textarea#instructions").get_text())


def test_through_signing_in_and_back(app: Flask, ed: Person) -> None:
    made = make_assistant(instructions="base")
    visitor = signed_in(app, ed)
    page = expired(visitor, made, instructions="\nmine\n", note="why")
    assert (page.status, page.h1) == (403, "Sign in")
    assert "Your text is not lost" in page.text
    assert kept(ed, made) is None, "nothing is written for anybody who hasn't signed in"
    page = signs_in(visitor, page, ed)
    assert page.path == f"/assistants/{made.id}/edit?continue=1&version=1"
    assert HERE in page.text
    assert instructions(page) == "\nmine\n"
    assert page.soup.select_one("#note")["value"] == "why"
    assert state(made) == (1, "base")
    visitor.submit(page, EDIT)
    assert state(made) == (2, "\nmine\n")
    assert versions.get(service.get(made.id), 2).note == "why"
    assert kept(ed, made) is None


def test_a_session_that_was_ended_elsewhere(app: Flask, ed: Person) -> None:
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    accounts.change_password(ed.id, PASSWORD, "another long password")
    page = visitor.submit(page, EDIT, instructions="mine")
    assert page.status == 403
    assert instructions(signs_in(visitor, page, ed, "another long password")) == "mine"


def test_a_wrong_password_and_too_many_keep_the_text(app: Flask, ed: Person) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit="1 per 15 minutes")
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = expired(visitor, made, instructions="mine\n\n")
    carried = page.soup.select_one("[name=carried]")["value"]
    for status in (400, 429):
        page = signs_in(visitor, page, ed, "not the password")
        assert (page.status, page.soup.select_one("[name=carried]")["value"]) == (status, carried)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit="99 per 14 minutes")
    assert instructions(signs_in(visitor, page, ed)) == "mine\n\n"


def test_a_sign_in_page_from_before_keeps_the_text_too(app: Flask, ed: Person) -> None:
    """Its own token is another session's by the time it is sent."""
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = expired(visitor, made, instructions="mine")
    cookie_goes(visitor)
    again = signs_in(visitor, page, ed)
    assert again.status == 403
    assert instructions(signs_in(visitor, again, ed)) == "mine"


def test_signed_in_meanwhile_in_another_window(app: Flask, ed: Person) -> None:
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = expired(visitor, made, instructions="mine")
    signs_in(visitor, visitor.get("/sign-in"), ed)
    page = signs_in(visitor, page, ed)
    assert (page.status, instructions(page)) == (400, "mine")
    assert visitor.submit(page, EDIT).path == f"/assistants/{made.id}"
    assert state(made) == (2, "mine")


def test_a_form_of_another_session_is_drawn_again(app: Flask, ed: Person) -> None:
    made = make_assistant(tools=[{"type": "function", "function": {"name": "f"}}])
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    page = visitor.submit(page, EDIT, button="Add a pair")
    visitor.submit(page, ".site-person form")
    signs_in(visitor, visitor.get("/sign-in"), ed)
    page = visitor.submit(page, EDIT, instructions="\nmine", **{"pairs-0-key": "k", "functions-0-name": "g"})
    assert (page.status, instructions(page)) == (400, "\nmine")
    assert "This form was opened before the present sign-in" in page.text
    assert state(made)[0] == 1
    assert kept(ed, made) is None
    visitor.submit(page, EDIT)
    assert state(made) == (2, "\nmine")
    assert (service.get(made.id).pairs, service.get(made.id).tools[0]["function"]["name"]) == ({"k": ""}, "g")


def test_a_new_assistant(app: Flask, ed: Person) -> None:
    visitor = signed_in(app, ed)
    page = visitor.get("/assistants/new")
    cookie_goes(visitor)
    page = visitor.submit(page, NEW, name="Refunds", instructions="mine", model="gpt-4o")
    page = signs_in(visitor, page, ed)
    assert (page.path, instructions(page)) == ("/assistants/new?continue=1", "mine")
    assert visitor.submit(page, NEW).h1 == "Refunds"
    assert kept(ed, None) is None


def test_a_new_assistant_of_another_session(app: Flask, ed: Person) -> None:
    visitor = signed_in(app, ed)
    page = visitor.get("/assistants/new")
    cookie_goes(visitor)
    signs_in(visitor, visitor.get("/sign-in"), ed)
    page = visitor.submit(page, NEW, name="Refunds", model="gpt-4o")
    assert page.status == 400
    assert visitor.submit(page, NEW).h1 == "Refunds"


def test_a_copy_still_knows_what_it_is_a_copy_of(app: Flask, ed: Person) -> None:
    made = make_assistant(name="Original", tools=[{"type": "file_search", "file_search": {}, "extra": 1}])
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/duplicate")
    cookie_goes(visitor)
    page = signs_in(visitor, visitor.submit(page, NEW, instructions="mine"), ed)
    shown = visitor.submit(page, NEW)
    assert shown.h1 == "Copy of Original"
    assert service.get(shown.path.rsplit("/", 1)[1]).tools == made.tools


def test_somebody_else_signs_in(app: Flask, ed: Person) -> None:
    made, flo = make_assistant(), make_person(name="Flo", role=Role.EDITOR)
    visitor = signed_in(app, ed)
    page = signs_in(visitor, expired(visitor, made, instructions="Ed's"), flo)
    assert "Ed opened this form, and you are signed in as Flo." in page.text
    assert instructions(page) == "Ed's"
    assert (kept(ed, made), kept(flo, made).form["instructions"]) == (None, "Ed's")


def test_a_viewer_gets_the_text_to_copy(app: Flask, ed: Person) -> None:
    made, viv = make_assistant(instructions="base"), make_person(role=Role.VIEWER)
    visitor = signed_in(app, ed)
    page = signs_in(visitor, expired(visitor, made, instructions="\nmine"), viv)
    assert page.status == 403
    assert "You are not allowed to change anything here" in page.text
    assert "\nmine" in [area.get_text() for area in page.soup.select("textarea[readonly]")]
    assert (state(made), kept(viv, made)) == ((1, "base"), None)


def test_an_assistant_deleted_meanwhile(app: Flask, ed: Person) -> None:
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = expired(visitor, made, instructions="mine")
    service.delete(made.id, actor=COMMAND_LINE)
    page = signs_in(visitor, page, ed)
    assert page.status == 404
    assert "mine" in [area.get_text() for area in page.soup.select("textarea[readonly]")]


def test_an_assistant_deleted_while_the_form_was_open(app: Flask, ed: Person) -> None:
    made = make_assistant(instructions="base")
    visitor = signed_in(app, ed)
    edit = visitor.get(f"/assistants/{made.id}/edit")
    second = visitor.get(f"/assistants/{made.id}/edit")
    service.update(made.id, {"instructions": "theirs"}, actor=ADMIN, origin=Origin.API)
    merge = visitor.submit(second, EDIT, instructions="mine")
    service.delete(made.id, actor=COMMAND_LINE)
    for page in (
        visitor.submit(edit, EDIT, instructions="mine"),
        visitor.submit(merge, MERGE, button="Save the merge"),
    ):
        assert page.status == 404
        assert "mine" in [area.get_text() for area in page.soup.select("textarea[readonly]")]


def test_somebody_whose_role_was_lowered_meanwhile(app: Flask, ed: Person) -> None:
    made = make_assistant(instructions="base")
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    make_person(role=Role.ADMIN)
    accounts.change_person(ed.id, name="Ed", role=Role.VIEWER, actor=ADMIN)
    page = visitor.submit(page, EDIT, instructions="mine")
    assert page.status == 403
    assert "mine" in [area.get_text() for area in page.soup.select("textarea[readonly]")]


def test_other_unsaved_changes_of_the_same_person_stay(app: Flask, ed: Person) -> None:
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    working_copies.keep(ed.id, made.id, {"instructions": "elsewhere"}, base_version=1, revision=None)
    cookie_goes(visitor)
    page = signs_in(visitor, visitor.submit(page, EDIT, instructions="mine"), ed)
    assert (page.status, instructions(page)) == (200, "mine")
    assert HERE in page.text
    assert kept(ed, made).form["instructions"] == "elsewhere"
    visitor.submit(page, EDIT)
    assert state(made) == (2, "mine")


def test_the_page_that_merges_comes_back_with_its_choices(app: Flask, ed: Person) -> None:
    made = make_assistant(instructions="base", name="base")
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    service.update(made.id, {"instructions": "theirs", "name": "Theirs"}, actor=ADMIN, origin=Origin.API)
    page = visitor.submit(page, EDIT, instructions="mine", name="Mine")
    assert page.status == 409
    cookie_goes(visitor)
    page = visitor.submit(page, MERGE, button="Save the merge", **{"place-0": "theirs"})
    page = signs_in(visitor, page, ed)
    assert page.h1.startswith("Put the changes together")
    assert page.soup.select_one("#place-0-theirs").has_attr("checked")
    assert instructions(visitor.get(page.link("Back to your text"))) == "mine"
    visitor.submit(page, MERGE, button="Save the merge", **{"place-1": "mine"})
    assert state(made) == (3, "mine")
    assert kept(ed, made) is None


@pytest.mark.parametrize("drawn", ["", "made up", None])
def test_text_that_another_site_sends_is_not_carried(app: Flask, ed: Person, drawn: str | None) -> None:
    made = make_assistant()
    visitor = signed_in(app, ed)
    page = visitor.get(f"/assistants/{made.id}/edit")
    cookie_goes(visitor)
    page = visitor.submit(page, EDIT, instructions="planted", drawn=drawn)
    assert (page.status, page.soup.select_one("[name=carried]")) == (400, None)


def test_a_form_is_only_carried_to_where_it_was_drawn_for(app: Flask, ed: Person) -> None:
    one, other = make_assistant(), make_assistant()
    visitor = signed_in(app, ed)
    drawn = visitor.get(f"/assistants/{one.id}/edit").soup.select_one("[name=drawn]")["value"]
    page = visitor.get(f"/assistants/{other.id}/edit")
    cookie_goes(visitor)
    assert visitor.submit(page, EDIT, drawn=drawn).soup.select_one("[name=carried]") is None


@pytest.mark.parametrize("packed", ["{", "[]", "[1, 2]", '["x", [["a", 1]]]', '["x", {}]', "[" * 100_000])
def test_a_sign_in_form_with_something_else_in_it_just_signs_in(visitor: Visitor, ed: Person, packed: str) -> None:
    token = visitor.get("/sign-in").soup.select_one("[name=csrf_token]")["value"]
    data = {"csrf_token": token, "email": ed.email, "password": PASSWORD, "carried": packed}
    assert visitor.post("/sign-in", data).location == "/assistants"


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_come_back_exactly(app: Flask, ed: Person, text: str) -> None:
    made = make_assistant(instructions="base")
    visitor = signed_in(app, ed)
    typed = as_browser_sends(text)
    page = signs_in(visitor, expired(visitor, made, instructions=typed), ed)
    assert instructions(page) == typed
    visitor.submit(page, EDIT)
    assert state(made) == (2, typed or None)


def test_the_text_is_carried_without_a_newline_that_a_browser_could_change(app: Flask, ed: Person) -> None:
    page = expired(signed_in(app, ed), make_assistant(), instructions="a\nb\r\nc")
    packed = page.soup.select_one("[name=carried]")["value"]
    assert "\n" not in packed
    assert dict(json.loads(packed)[1])["instructions"] == "a\r\nb\r\nc"
