"""The session's cookie: one that was read before is read again with less work, and counts no longer for that."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.http.security import _verified
from tests.pages import Visitor

NAME = "greenroom_session"


def sent(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie(NAME)
    assert cookie is not None
    return cookie.value


@pytest.fixture
def plain(app: Flask) -> FlaskClient:
    """Sends the cookie it is told to, whatever an answer sets."""
    return app.test_client(use_cookies=False)


def ask(plain: FlaskClient, value: str) -> tuple[int, str]:
    answer = plain.get("/account", headers={"Cookie": f"{NAME}={value}"})
    return answer.status_code, answer.get_data(as_text=True)


def test_one_that_was_read_is_not_verified_again(viewer: Visitor, plain: FlaskClient) -> None:
    assert ask(plain, sent(viewer))[0] == 200
    before = _verified.cache_info()
    assert ask(plain, sent(viewer))[0] == 200
    after = _verified.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_one_that_was_changed_is_refused_also_beside_the_right_one(viewer: Visitor, plain: FlaskClient) -> None:
    right = sent(viewer)
    for _ in range(2):
        assert ask(plain, right)[0] == 200
        for wrong in (right[:-2] + ("aa" if right[-2:] != "aa" else "bb"), "x" + right, right[1:], ".", "é"):
            assert ask(plain, wrong)[0] == 303


def test_one_is_refused_once_it_is_too_old(
    app: Flask, viewer: Visitor, plain: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, now = sent(viewer), time.time()
    assert ask(plain, right)[0] == 200
    lasts = app.permanent_session_lifetime.total_seconds()
    for later, status in ((lasts - 60, 200), (lasts + 60, 303), (-60, 303), (0, 200)):
        monkeypatch.setattr("app.http.security.time.time", lambda later=later: now + later)
        assert ask(plain, right)[0] == status


def test_what_a_request_does_to_its_session_stays_there(app: Flask, viewer: Visitor, plain: FlaskClient) -> None:
    """A message is shown as often as the cookie that holds it is sent, and nothing is added to it meanwhile."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    held = signer.loads(sent(viewer)) | {"_flashes": [("saved", "Kept for once.")]}
    cookie = signer.dumps(held)
    for _ in range(3):
        status, page = ask(plain, cookie)
        assert (status, page.count("Kept for once.")) == (200, 1)


def test_signing_out_ends_it_wherever_it_was_copied_to(viewer: Visitor, plain: FlaskClient) -> None:
    copied = sent(viewer)
    assert ask(plain, copied)[0] == 200
    viewer.submit(viewer.get("/assistants"), ".site-person form")
    assert ask(plain, copied)[0] == 303
