"""Promise 7 for those who were in, or nearly are: each route treats them as it treats somebody signed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import one_time_codes, second_factor, sessions
from app.accounts.models import BrowserSession, Person
from app.core.actors import COMMAND_LINE, Role
from app.core.database import utc_now
from app.extensions import db
from tests.factories import PASSWORD, make_person
from tests.house.roles import PAGES
from tests.house.test_roles import cells, fill
from tests.pages import Visitor

# What the second step of signing in is, and what would end it.
OF_SIGNING_IN = {"/sign-in/code", "/sign-out"}
# Which state somebody is in doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def sign_in(visitor: Visitor, person: Person) -> None:
    visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD)


def half_signed_in(visitor: Visitor, person: Person) -> None:
    secret = one_time_codes.new_secret()
    second_factor.add(person.id, secret, one_time_codes.pyotp.TOTP(secret).now())
    sign_in(visitor, person)
    assert visitor.get("/sign-in/code").h1 == "Your code"


def signed_out_elsewhere(visitor: Visitor, person: Person) -> None:
    sign_in(visitor, person)
    sessions.end_others(person.id, 0, actor=COMMAND_LINE)


def expired(visitor: Visitor, person: Person) -> None:
    sign_in(visitor, person)
    db.session.execute(update(BrowserSession).values(last_seen_at=utc_now() - timedelta(days=15)))
    db.session.commit()


# Deactivated, or with an old password: `house/test_gone`.
STATES = (half_signed_in, signed_out_elsewhere, expired)


@pytest.mark.soak
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_route_takes_them_for_signed_out(
    app: Flask, visitor: Visitor, state: Callable[[Visitor, Person], None]
) -> None:
    make_person(role=Role.ADMIN)
    person = make_person(role=Role.ADMIN)
    state(visitor, person)
    token = visitor.get("/sign-in").soup.select_one("[name=csrf_token]")["value"]
    wrong = []
    for method, path, who, expected in cells(PAGES):
        if who != "signed-out" or path in OF_SIGNING_IN:
            continue
        answer = visitor.client.open(
            fill(path, None), method=method, data={"csrf_token": token} if method == "POST" else None
        )
        answer.close()
        led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
        fits = led_away if expected == "sign-in" else answer.status_code in _allowed(expected)
        if not fits:
            wrong.append((method, path, expected, answer.status_code))
    assert wrong == []
    assert db.session.scalar(select(Person.active).where(Person.id == person.id))


def _allowed(expected: str) -> set[int]:
    return {200, 303, 400} if expected == "ok" else {int(expected)}
