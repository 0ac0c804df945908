"""The first start: a one-time link makes the first administrator and shows the first key once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.serving import make_server

from app.accounts import service
from app.accounts.models import OneTimeLink, Person
from app.core.database import utc_now
from app.extensions import db
from app.keys.models import ApiKey
from tests.factories import PASSWORD, bearer, make_person
from tests.pages import Page, Visitor

REFUSED = "This link doesn't work any more"


def link() -> str:
    token = service.new_set_up_link()
    assert token is not None
    return f"/setup?token={token}"


def fill_in(visitor: Visitor, path: str, **changes: str) -> Page:
    values = {"name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD, **changes}
    return visitor.submit(visitor.get(path), **values)


def shown(page: Page, label: str) -> str:
    return str(page.soup.select_one(f'pre[aria-label="{label}"] code').get_text())


@contextmanager
def served(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_link_makes_the_administrator_and_shows_a_key_that_works(visitor: Visitor, api_client: FlaskClient) -> None:
    page = fill_in(visitor, link())
    assert page.path == "/keys/created"
    assert page.h1 == "Your new API key"
    assert "Greenroom is set up, and you are signed in." in page.text
    person = db.session.scalar(select(Person))
    assert (person.email, person.name, person.role) == ("ada@example.org", "Ada Lovelace", "admin")
    assert person.last_sign_in_at is not None
    secret = shown(page, "The key")
    answer = api_client.post("/v1/assistants", headers=bearer(secret), json={"model": "gpt-4o"})
    assert answer.status_code == 200


def test_the_key_is_shown_once_and_only_its_hash_is_kept(visitor: Visitor) -> None:
    page = fill_in(visitor, link())
    assert page.response.headers["Cache-Control"] == "no-store"
    secret = shown(page, "The key")
    assert secret in shown(page, "first.py")
    assert 'base_url="http://localhost/v1"' in shown(page, "first.py")
    again = visitor.get("/keys/created")
    assert again.path == "/keys"
    assert "A key is shown once" in again.text
    assert secret not in again.response.text
    with visitor.client.session_transaction() as session:
        assert secret not in str(dict(session))
    key = db.session.scalar(select(ApiKey))
    assert (key.name, key.scope) == ("First key", "write")
    assert secret not in str({column.name: getattr(key, column.name) for column in ApiKey.__table__.columns})


def test_the_program_runs_as_pasted(app: Flask, tmp_path: Path) -> None:
    with served(app) as port:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_url=f"http://127.0.0.1:{port}")
        page = fill_in(Visitor(app.test_client()), link())
        program = tmp_path / "first.py"
        program.write_text(shown(page, "first.py"), encoding="utf-8")
        assert f'base_url="http://127.0.0.1:{port}/v1"' in program.read_text()
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        runs = [
            subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=True)
            for _ in range(2)
        ]
    assert runs[0].stdout.endswith(" My first assistant\n")
    assert runs[1].stdout == runs[0].stdout


def test_the_link_works_once(app: Flask, visitor: Visitor) -> None:
    path = link()
    form = Visitor(app.test_client()).get(path)
    fill_in(visitor, path)
    late = Visitor(app.test_client())
    page = late.get(path)
    assert page.status == 404
    assert page.h1 == REFUSED
    token = late.get("/sign-in").soup.select_one("[name=csrf_token]")["value"]
    answer = late.post(path, {"csrf_token": token, "name": "B", "email": "b@example.org", "password": PASSWORD})
    assert answer.status_code == 404
    assert form.h1 == "Set up Greenroom"
    assert len(list(db.session.scalars(select(Person)))) == 1


def test_looking_at_the_page_does_not_use_the_link_up(visitor: Visitor) -> None:
    path = link()
    assert visitor.get(path).h1 == visitor.get(path).h1 == "Set up Greenroom"
    assert fill_in(visitor, path).path == "/keys/created"


def test_a_made_up_link_says_how_to_get_one(visitor: Visitor) -> None:
    for query in ("", "?token=", "?token=made-up", "?token=%00%ff"):
        page = visitor.get(f"/setup{query}")
        assert page.status == 404
        assert page.h1 == REFUSED
        assert "Start Greenroom again, and it prints a new one." in page.text


def test_a_link_ends_after_a_day(visitor: Visitor) -> None:
    path = link()
    lasts = db.session.execute(select(OneTimeLink.created_at, OneTimeLink.expires_at)).one()
    assert lasts.expires_at - lasts.created_at == timedelta(hours=24)
    db.session.execute(update(OneTimeLink).values(expires_at=utc_now()))
    db.session.commit()
    assert visitor.get(path).h1 == REFUSED


def test_a_new_link_ends_the_one_before(visitor: Visitor) -> None:
    first, second = link(), link()
    assert visitor.get(first).h1 == REFUSED
    assert visitor.get(second).h1 == "Set up Greenroom"


def test_once_somebody_exists_there_is_no_set_up(visitor: Visitor) -> None:
    path = link()
    make_person()
    assert visitor.get(path).h1 == REFUSED
    assert "ask an administrator for a new link" in visitor.get(path).text
    assert service.new_set_up_link() is None


def test_only_a_hash_of_the_token_is_kept(app: Flask) -> None:
    token = service.new_set_up_link()
    kept = db.session.scalar(select(OneTimeLink.token_hash))
    assert len(token or "") >= 43
    assert token not in kept


NAME = "Give a name of 1 to 100 characters on one line."
EMAIL = "Give an email address like name@example.org, of at most 254 characters."
LENGTH = "Choose a password of 12 to 200 characters."
WORDS = "Choose a password that isn't made of the name or the email address."
REFUSALS = [
    ({"name": "  "}, NAME),
    ({"name": "x" * 101}, NAME),
    ({"name": "Ada\x00"}, NAME),
    ({"email": "ada"}, EMAIL),
    ({"email": "a@b@c"}, EMAIL),
    ({"email": "a b@c"}, EMAIL),
    ({"email": "a@" + "b" * 253}, EMAIL),
    ({"password": "x" * 11}, LENGTH),
    ({"password": "x" * 201}, LENGTH),
    ({"password": "ADA@example.org"}, WORDS),
    ({"password": "Ada Lovelace"}, WORDS),
]


def test_a_refused_form_keeps_what_was_typed(visitor: Visitor) -> None:
    path = link()
    for changes, sentence in REFUSALS:
        page = fill_in(visitor, path, **changes)
        assert page.status == 400
        assert page.errors == page.summary == [sentence]
        kept = {"name": "Ada Lovelace", "email": "ada@example.org"} | changes
        for name in ("name", "email"):
            assert page.soup.select_one(f"[name={name}]")["value"] == kept[name].replace("\x00", "\ufffd")
        assert not page.soup.select_one("[name=password]").get("value")
    assert fill_in(visitor, path, name="x" * 100, password=("éàüöñå" * 34)[:200]).path == "/keys/created"
