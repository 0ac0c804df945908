"""One's own account: changing the password ends every other session at once."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Person
from app.core.actors import COMMAND_LINE
from app.extensions import db
from tests.factories import PASSWORD, make_person
from tests.pages import Page, Visitor

NEW = "a new and longer password"


def signed_in(app: Flask, person: Person) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD)
    return visitor


def change(visitor: Visitor, current: str = PASSWORD, new: str = NEW) -> Page:
    return visitor.submit(visitor.get("/account"), "#change-password", current_password=current, new_password=new)


def test_it_says_who_one_is_and_what_one_may_do(viewer: Visitor) -> None:
    own = db.session.scalars(select(Person)).one()
    page = viewer.get(viewer.get("/assistants").link(f"Signed in as {own.name}"))
    assert page.path == "/account"
    assert own.name in page.text
    assert own.email in page.text
    assert "Viewer. Reads every assistant and exports them." in page.text


def test_a_new_password_ends_every_other_session(app: Flask) -> None:
    person = make_person()
    here, elsewhere = signed_in(app, person), signed_in(app, person)
    copied = here.client.get_cookie("greenroom_session").value
    page = change(here)
    assert page.path == "/account"
    assert "Your password is changed." in page.text
    assert elsewhere.get("/account").h1 == "Sign in"
    thief = Visitor(app.test_client())
    thief.client.set_cookie("greenroom_session", copied)
    assert thief.get("/account").h1 == "Sign in"
    assert here.get("/account").h1 == "Your account"
    assert service.authenticate(person.email, PASSWORD) is None
    assert service.authenticate(person.email, NEW) is not None


def test_a_new_password_ends_links_to_choose_one(app: Flask, visitor: Visitor) -> None:
    person = make_person()
    token = service.new_link(person.id, actor=COMMAND_LINE)
    change(signed_in(app, person))
    assert visitor.get(f"/welcome?token={token}").status == 404


def test_the_current_password_is_asked_for(app: Flask) -> None:
    person = make_person()
    visitor = signed_in(app, person)
    page = change(visitor, current="not the password")
    assert page.status == 400
    assert page.errors == page.summary == ["This isn't your current password."]
    assert not [field for field in page.soup.select("[type=password]") if field.get("value")]
    assert service.authenticate(person.email, PASSWORD) is not None


def test_the_new_password_has_to_be_a_good_one(app: Flask) -> None:
    person = make_person(name="Somebody With A Name")
    visitor = signed_in(app, person)
    page = change(visitor, new="short")
    assert page.errors == ["Choose a password of 12 to 200 characters."]
    assert page.soup.select_one("#new_password")["aria-invalid"] == "true"
    page = change(visitor, new="somebody with a name")
    assert page.errors == ["Choose a password that isn't made of the name or the email address."]


def test_guessing_the_current_password_is_limited_as_sign_in_is(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit="2 per 15 minutes")
    person = make_person()
    visitor = signed_in(app, person)
    for _ in range(3):
        assert change(visitor, new="short").status == 400
    for _ in range(2):
        assert change(visitor, current="not the password").status == 400
    page = change(visitor)
    assert page.status == 429
    assert page.summary == ["There were too many failed attempts. Try again in 15 minutes."]
    assert "Retry-After" in page.response.headers
    assert service.authenticate(person.email, PASSWORD) is not None


def test_a_session_cookie_nobody_made_is_nobody(app: Flask) -> None:
    make_person()
    for session_id in ("", "1", "1:1", "made up", "\udcff"):
        visitor = Visitor(app.test_client())
        with visitor.client.session_transaction() as session:
            session["_user_id"] = session_id
        assert visitor.get("/account").h1 == "Sign in"
