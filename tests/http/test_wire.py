"""What goes over the wire: names Greenroom answers to, proxies it believes, headers of every answer, a key's limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import select

from app import create_app
from app.audit.models import AuditEntry
from app.config import SettingRefused, Settings
from app.extensions import COUNTERS, db
from tests.conftest import Client
from tests.factories import bearer, make_assistant, make_key, make_person
from tests.pages import Visitor

Greenroom = Callable[..., AbstractContextManager[FlaskClient]]
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}
ENVELOPE = {"message", "type", "param", "code"}


@pytest.fixture
def greenroom(settings: Settings) -> Greenroom:
    """A client of a Greenroom with these settings besides."""

    @contextmanager
    def made(**environment: str) -> Iterator[FlaskClient]:
        own = {
            "INSTANCE_PATH": str(settings.instance_path),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
        }
        given = {f"GREENROOM_{name}": value for name, value in (own | environment).items()}
        app: Flask = create_app(Settings.from_environment(given))
        app.test_client_class = Client
        with app.app_context():
            yield app.test_client()
            db.session.remove()
            db.engine.dispose()

    return made


sqlite_alone = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@sqlite_alone
def test_https_is_remembered_and_http_is_not(greenroom: Greenroom) -> None:
    with greenroom() as client:
        for path in ("/sign-in", "/v1/assistants", "/nope", "/static/favicon.svg"):
            with client.get(path, base_url="https://localhost") as answer:
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            with client.get(path) as answer:
                assert "Strict-Transport-Security" not in answer.headers
        headers = client.get("/sign-in").headers
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "unsafe" not in headers["Content-Security-Policy"]


KNOWN = [
    "greenroom.example",
    "GREENROOM.example:8000",
    "greenroom.example.",
    "a.below.example",
    "127.0.0.1:1",
    "[::1]:80",
]
STRANGE = [
    "evil.example",
    "greenroom.example.evil.example",
    "below.example",
    "greenroom.example@evil.example",
    "[::1",
    "",
]


@sqlite_alone
@pytest.mark.parametrize("host", KNOWN + STRANGE)
def test_only_known_names_are_answered(greenroom: Greenroom, host: str) -> None:
    with greenroom(HOSTS="greenroom.example, .below.example") as client:
        for path in ("/sign-in", "/v1/assistants", "/static/favicon.svg"):
            with client.get(path, headers={"Host": host}) as answer:
                assert (answer.status_code == 400) is (host in STRANGE)
                assert ("go by the name you asked for" in answer.get_data(as_text=True)) is (host in STRANGE)
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@sqlite_alone
def test_the_public_address_is_a_known_name(greenroom: Greenroom) -> None:
    with greenroom(PUBLIC_URL="https://greenroom.example:8443/") as client:
        assert client.get("/sign-in", headers={"Host": "greenroom.example"}).status_code == 200
        assert client.get("/v1/models", headers={"Host": "evil.example"}).json["error"].keys() == ENVELOPE
    with greenroom() as client:
        assert client.get("/sign-in", headers={"Host": "whatever.example"}).status_code == 200


def test_settings_that_can_not_work(tmp_path: Path) -> None:
    for name, value in [("HOSTS", "https://x"), ("PROXIES", "-1"), ("KEY_LIMIT", "many")]:
        with pytest.raises(SettingRefused, match=f"GREENROOM_{name} must be"):
            Settings.from_environment({"GREENROOM_INSTANCE_PATH": str(tmp_path), f"GREENROOM_{name}": value})


@sqlite_alone
@pytest.mark.parametrize(("proxies", "address"), [("0", "127.0.0.1"), ("1", "198.51.100.7"), ("2", "203.0.113.9")])
def test_proxies_are_believed_as_far_as_they_are_known(greenroom: Greenroom, proxies: str, address: str) -> None:
    with greenroom(PROXIES=proxies) as client:
        make_person(email="ed@example.org")
        visitor = Visitor(client)
        page = visitor.get("/sign-in", headers=FORWARDED)
        answer = client.post(
            "/sign-in",
            data={
                "email": "ed@example.org",
                "password": "wrong",
                "csrf_token": page.form().select_one("[name=csrf_token]")["value"],
            },
            headers=FORWARDED | {"Referer": "https://evil.example/sign-in"},
        )
        assert answer.status_code == 400
        assert ("Strict-Transport-Security" in answer.headers) is (proxies == "1")
        found = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "sign-in.failed")).one()
        assert found.address == address


@sqlite_alone
def test_a_key_has_a_limit_of_its_own(greenroom: Greenroom) -> None:
    with greenroom(KEY_LIMIT="3 per minute") as client:
        first, second = bearer(make_key()), bearer(make_key())
        left = [client.get("/v1/models", headers=first).headers["x-ratelimit-remaining-requests"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        answer = client.get("/v1/assistants/asst_none", headers=first)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["x-ratelimit-limit-requests"] == "3"
        assert answer.headers["x-ratelimit-reset-requests"] == f"{answer.headers['Retry-After']}s"
        error = answer.json["error"]
        assert (error["type"], error["code"], error.keys()) == ("requests", "rate_limit_exceeded", ENVELOPE)
        assert error["message"].startswith("Rate limit reached for this key: 3 per minute. Please try again in ")
        assert client.get("/v1/models", headers=second).status_code == 200
        assert client.get("/v1/models", headers=bearer("wrong")).status_code == 401


@sqlite_alone
def test_scripts_go_on_when_nobody_can_count(greenroom: Greenroom, monkeypatch: pytest.MonkeyPatch) -> None:
    with greenroom(KEY_LIMIT="1 per minute") as client:
        headers = bearer(make_key())
        away = FixedWindowRateLimiter(storage_from_string("redis://127.0.0.1:1"))
        monkeypatch.setitem(client.application.extensions, COUNTERS, away)
        assert [client.get("/v1/models", headers=headers).status_code for _ in range(3)] == [200, 200, 200]


@sqlite_alone
def test_without_a_setting_nothing_is_counted(greenroom: Greenroom) -> None:
    with greenroom() as client:
        make_assistant()
        answer = client.get("/v1/assistants", headers=bearer(make_key()))
        assert not [name for name, _ in answer.headers if name.lower().startswith("x-ratelimit")]
