"""The table of roles for who no longer is anybody, and for things that aren't theirs: every route, each as it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.core.actors import COMMAND_LINE, Role, Scope
from app.core.database import utc_now
from app.extensions import db
from app.keys import service as keys
from app.keys.models import ApiKey
from tests.factories import PASSWORD, bearer, make_key, make_person
from tests.house.roles import API, NOBODY_S, PAGES
from tests.house.test_roles import cells, fill, prepared_change, stored_draft, token
from tests.pages import Visitor

COOKIE = "greenroom_session"
# Who may do what doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def deactivated(_app: Flask, person_id: int) -> None:
    make_person(role=Role.ADMIN)
    accounts.deactivate(person_id, actor=COMMAND_LINE)


def with_another_password(_app: Flask, person_id: int) -> None:
    accounts.change_password(person_id, PASSWORD, "another long password")


def expired(app: Flask, _person_id: int) -> None:
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=-1)


def signed_in(app: Flask) -> tuple[int, Visitor]:
    person = make_person(role=Role.ADMIN)
    visitor = Visitor(app.test_client())
    assert visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD).status == 200
    return person.id, visitor


@pytest.mark.parametrize("end", [deactivated, with_another_password, expired])
def test_a_cookie_copied_before_is_nobody_s(app: Flask, end: Callable[[Flask, int], None]) -> None:
    person_id, visitor = signed_in(app)
    cookie, csrf = visitor.client.get_cookie(COOKIE), token(visitor)
    assert cookie is not None
    end(app, person_id)
    wrong = []
    for method, path, who, expected in cells(PAGES):
        if who != "signed-out":
            continue
        copied = app.test_client()
        copied.set_cookie(COOKIE, cookie.value)
        answer = copied.open(fill(path, None), method=method, data={"csrf_token": csrf} if method == "POST" else None)
        if not is_as_said(answer, method, path, expected):
            wrong.append((method, path, answer.status_code, answer.location))
        answer.close()
    assert wrong == []


def is_as_said(answer: TestResponse, method: str, path: str, expected: str) -> bool:
    led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
    if expected == "sign-in":
        # The token died with the session; a form that holds text leads to signing in and brings the text along.
        return led_away or (method == "POST" and answer.status_code in {400, 403})
    if expected == "ok":
        return answer.status_code in {200, 303, 400}
    return answer.status_code == int(expected) or (method == "POST" and answer.status_code == 400)


def revoked(key_id: int) -> None:
    keys.revoke(key_id, actor=COMMAND_LINE)


def past_its_day(key_id: int) -> None:
    key = db.session.get(ApiKey, key_id)
    assert key is not None
    key.expires_at = utc_now() - timedelta(seconds=1)
    db.session.commit()


@pytest.mark.parametrize("end", [revoked, past_its_day])
def test_a_key_that_has_ended_opens_nothing_from_the_next_request_on(
    api_client: FlaskClient, end: Callable[[int], None]
) -> None:
    headers = bearer(make_key(Scope.WRITE))
    assert api_client.get("/v1/models", headers=headers).status_code == 200
    end(keys.list_all()[0].id)
    for method, path, who, expected in cells(API):
        if who == "none":
            body = {"model": "m"} if method == "POST" else None
            answer = api_client.open(fill(path, None), method=method, json=body, headers=headers)
            assert answer.status_code == int(expected), path


def test_another_person_s_token_is_refused_on_every_form(admin: Visitor, editor: Visitor) -> None:
    theirs = token(editor)
    forms = sorted({path for method, path, _, _ in cells(PAGES) if method == "POST"})
    answers = {path: admin.post(fill(path, admin), {"csrf_token": theirs}).status_code for path in forms}
    assert answers == dict.fromkeys(forms, 400)


@pytest.mark.parametrize("who", ["viewer", "admin"])
def test_what_is_gone_or_somebody_else_s_does_not_exist(
    request: pytest.FixtureRequest, editor: Visitor, who: str
) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    csrf, wrong = token(visitor), []
    for method, path, asked_by, expected in cells(NOBODY_S):
        if asked_by == who:
            found = fill(somebody_else_s(path, editor), visitor)
            data = {"csrf_token": csrf} if method == "POST" else None
            status = visitor.client.open(found, method=method, data=data).status_code
            wrong += [(method, path, status)] if status != int(expected) else []
    assert wrong == []


def somebody_else_s(path: str, editor: Visitor) -> str:
    """The path with what this editor has prepared."""
    if "{others_draft}" in path:
        path = path.replace("{others_draft}", stored_draft(editor))
    if "{others_change}" in path:
        changed = fill("{assistant}", None)
        path = path.replace("{others_change}", prepared_change(editor)).replace("{changed}", changed)
    return path
