"""Signing in and out: who gets in, where it leads, what the cookie is like, and when it is too often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Person
from app.audit.models import AuditEntry
from app.config import SettingRefused, Settings
from app.core.actors import COMMAND_LINE, Role
from app.extensions import db
from tests.factories import PASSWORD, make_person
from tests.pages import Page, Visitor

WRONG = "The email address or the password is wrong."


def sign_in(visitor: Visitor, email: str, password: str = PASSWORD, path: str = "/sign-in") -> Page:
    return visitor.submit(visitor.get(path), email=email, password=password)


def csrf_token(page: Page) -> str:
    return str(page.soup.select_one("[name=csrf_token]")["value"])


def allow(app: Flask, rate: str) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit=rate)


def test_the_right_password_leads_to_the_assistants(visitor: Visitor) -> None:
    person = make_person(email="Ada@Example.org ", name="Ada")
    page = sign_in(visitor, " ADA@example.ORG")
    assert page.path == "/assistants"
    assert "Signed in as Ada" in page.text
    db.session.refresh(person)
    assert person.last_sign_in_at is not None
    assert person.email == "ada@example.org"


def test_it_leads_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    person = make_person()
    asked = visitor.get("/account?from=a%20letter")
    assert asked.h1 == "Sign in"
    page = visitor.submit(asked, email=person.email, password=PASSWORD)
    assert page.path == "/account?from=a%20letter"
    assert visitor.get("/sign-in?next=/account").path == "/account"


def test_it_never_leads_to_another_site(app: Flask) -> None:
    person = make_person()
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "evil", "/\t/evil"):
        visitor = Visitor(app.test_client())
        token = csrf_token(visitor.get("/sign-in"))
        data = {"csrf_token": token, "next": elsewhere, "email": person.email, "password": PASSWORD}
        assert visitor.post("/sign-in", data).location == "/assistants"


def test_every_refusal_has_the_same_words_and_keeps_the_address(visitor: Visitor) -> None:
    person = make_person()
    gone = make_person()
    service.deactivate(gone.id, actor=COMMAND_LINE)
    invited, _ = service.invite("new@example.org", "New", Role.VIEWER, actor=COMMAND_LINE)
    for email, password in [
        (person.email, "not the password"),
        ("nobody@example.org", PASSWORD),
        (gone.email, PASSWORD),
        (invited.email, ""),
        ("", ""),
    ]:
        page = sign_in(visitor, email, password)
        assert page.status == 400
        assert page.summary == [WRONG]
        assert page.soup.select_one("[name=email]")["value"] == email
        assert not page.soup.select_one("[name=password]").get("value")
    assert visitor.get("/account").h1 == "Sign in"


def test_an_address_that_no_engine_keeps_is_nobodys(app: Flask) -> None:
    page = sign_in(Visitor(app.test_client()), "nobody\0@example.org")
    assert page.status == 400
    assert WRONG in page.text


def test_sign_ins_are_written_down(visitor: Visitor) -> None:
    person = make_person()
    sign_in(visitor, person.email, "not the password")
    sign_in(visitor, "nobody@example.org")
    sign_in(visitor, person.email)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "sign-in").order_by(AuditEntry.id))
    assert [(entry.verb, entry.subject_id, entry.actor_id) for entry in entries] == [
        ("sign-in.failed", str(person.id), None),
        ("sign-in.failed", "unknown", None),
        ("sign-in.succeeded", str(person.id), person.id),
    ]


def test_a_hash_made_with_old_parameters_is_renewed(visitor: Visitor) -> None:
    person = make_person()
    person.password_hash = old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    db.session.commit()
    assert sign_in(visitor, person.email).path == "/assistants"
    renewed = db.session.scalar(select(Person.password_hash).where(Person.id == person.id))
    assert renewed != old
    visitor.submit(visitor.get("/account"), ".site-person form")
    assert sign_in(visitor, person.email).path == "/assistants"


def test_the_session_is_renewed_at_sign_in(visitor: Visitor) -> None:
    """What somebody planted in the browser before, a session or a token of their own, is worth nothing after."""
    person = make_person()
    planted = csrf_token(visitor.get("/sign-in"))
    with visitor.client.session_transaction() as session:
        session["planted"] = "by a stranger"
    sign_in(visitor, person.email)
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent
    refused = visitor.post("/sign-out", {"csrf_token": planted})
    assert refused.status_code == 400
    assert visitor.get("/account").h1 == "Your account"


def test_no_form_is_taken_without_its_token(admin: Visitor) -> None:
    for path in ("/sign-in", "/sign-out", "/setup", "/welcome", "/account", "/people/new", "/keys/new"):
        answer = admin.post(path, {"email": "x@example.org", "name": "X", "password": PASSWORD, "role": "viewer"})
        assert answer.status_code == 400
        assert "This form was opened before you signed in" in answer.text
        assert admin.get("/account").h1 == "Your account"
    assert len(list(db.session.scalars(select(Person)))) == 1


@pytest.mark.parametrize(("base_url", "secure"), [("http://localhost", False), ("https://localhost", True)])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask, base_url: str, secure: bool) -> None:
    client = app.test_client()
    cookie = client.get("/sign-in", base_url=base_url).headers["Set-Cookie"]
    attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in cookie.split(";")}
    assert "HttpOnly" in attributes
    assert attributes["SameSite"] == "Lax"
    assert ("Secure" in attributes) is secure


def test_signing_out(editor: Visitor) -> None:
    page = editor.submit(editor.get("/account"), ".site-person form")
    assert page.path == "/sign-in"
    assert "You are signed out." in page.text
    assert editor.get("/account").h1 == "Sign in"


def test_signing_out_takes_a_button(editor: Visitor) -> None:
    assert editor.get("/sign-out").status == 405
    assert editor.get("/account").h1 == "Your account"


def test_too_many_failed_attempts_on_an_account(app: Flask, visitor: Visitor) -> None:
    allow(app, "3 per 15 minutes")
    person, other = make_person(), make_person()
    for _ in range(3):
        assert sign_in(visitor, person.email, "not the password").status == 400
    page = sign_in(visitor, person.email.upper())
    assert page.status == 429
    assert page.summary == ["There were too many failed attempts. Try again in 15 minutes."]
    assert 0 < int(page.response.headers["Retry-After"]) <= 15 * 60
    assert page.soup.select_one("[name=email]")["value"] == person.email.upper()
    assert visitor.get("/account").h1 == "Sign in"
    assert sign_in(visitor, other.email).path == "/assistants"


def test_too_many_failed_attempts_from_an_address(app: Flask, visitor: Visitor) -> None:
    allow(app, "1 per minute")
    person = make_person()
    for number in range(10):
        assert sign_in(visitor, f"nobody{number}@example.org").status == 400
    page = sign_in(visitor, person.email)
    assert page.status == 429
    assert page.summary == ["There were too many failed attempts. Try again in 1 minute."]
    elsewhere = Visitor(app.test_client())
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert sign_in(elsewhere, person.email).path == "/assistants"


def test_good_attempts_do_not_count(app: Flask) -> None:
    allow(app, "1 per 15 minutes")
    person = make_person()
    for _ in range(12):
        assert sign_in(Visitor(app.test_client()), person.email).path == "/assistants"
    assert sign_in(Visitor(app.test_client()), person.email, "not the password").status == 400
    assert sign_in(Visitor(app.test_client()), person.email).status == 429


def test_the_sign_in_page_says_when_nobody_is_set_up(visitor: Visitor) -> None:
    assert "Greenroom waits for its first administrator" in visitor.get("/sign-in").text
    make_person()
    assert "Greenroom waits" not in visitor.get("/sign-in").text


@pytest.mark.parametrize("rate", ["lots", "10", "0.5 per minute", "10 per fortnight"])
def test_a_limit_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path, rate: str) -> None:
    environment = {"GREENROOM_INSTANCE_PATH": str(tmp_path), "GREENROOM_SIGN_IN_LIMIT": rate}
    with pytest.raises(
        SettingRefused, match=f"GREENROOM_SIGN_IN_LIMIT must be like '10 per 15 minutes', not '{rate}'."
    ):
        Settings.from_environment(environment)
