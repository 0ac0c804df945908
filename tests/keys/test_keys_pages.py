"""The pages of API keys: making one, seeing it once, the list, revoking."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.actors import COMMAND_LINE, Scope
from app.core.database import utc_now
from app.extensions import db
from app.keys import service
from app.keys.models import ApiKey
from tests.factories import bearer, make_key
from tests.pages import Page, Visitor


def make(admin: Visitor, **values: str) -> Page:
    return admin.submit(admin.get("/keys/new"), **{"name": "Night job", "scope": "read", "expiry": "never", **values})


def shown(page: Page, label: str) -> str:
    return str(page.soup.select_one(f'pre[aria-label="{label}"] code').get_text())


def row(admin: Visitor, name: str) -> str:
    rows = admin.get("/keys").soup.select("tbody tr")
    return next(" ".join(row.get_text(" ").split()) for row in rows if name in row.get_text())


def the_key() -> ApiKey:
    return db.session.scalars(select(ApiKey).execution_options(populate_existing=True)).one()


def test_a_new_key_is_shown_once_and_works(admin: Visitor, api_client: FlaskClient) -> None:
    page = make(admin)
    assert page.path == "/keys/created"
    assert page.response.headers["Cache-Control"] == "no-store"
    secret = shown(page, "The key")
    assert secret.startswith("gr_")
    assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 200
    again = admin.get("/keys/created")
    assert again.path == "/keys"
    assert secret not in again.response.text
    with admin.client.session_transaction() as session:
        assert secret not in str(dict(session))
    kept = {column.name: getattr(the_key(), column.name) for column in ApiKey.__table__.columns}
    assert secret not in str(kept)


def test_the_program_shown_fits_the_key(admin: Visitor) -> None:
    reading = make(admin, scope="read")
    assert f'api_key="{shown(reading, "The key")}"' in shown(reading, "first.py")
    assert "create(" not in shown(reading, "first.py")
    compile(shown(reading, "first.py"), "first.py", "exec")
    assert "create(" in shown(make(admin, scope="write"), "first.py")


def test_the_list_says_what_is_known_of_a_key(admin: Visitor) -> None:
    page = make(admin, name="Night job", scope="write", expiry="90")
    secret = shown(page, "The key")
    line = row(admin, "Night job")
    assert line.startswith(f"Night job {secret[:6]}…{secret[-4:]} Reads and writes Active")
    assert "by Admin" in line
    assert " Never " in line
    key = the_key()
    assert key.expires_at - key.created_at <= timedelta(days=90)
    assert key.expires_at - key.created_at > timedelta(days=89, hours=23)
    make_key(Scope.READ, name="From a terminal")
    assert "Reads Active" in row(admin, "From a terminal")
    assert "by the command line" in row(admin, "From a terminal")


def test_a_key_expires_when_it_was_said(admin: Visitor) -> None:
    choices = [("never", None), ("30", 30), ("90", 90), ("365", 365), ("other", 1), ("other", 3650)]
    for expiry, days in choices:
        page = make(admin, expiry=expiry, expires_in_days=str(days) if expiry == "other" else "")
        assert page.path == "/keys/created"
        newest = service.list_all()[0]
        left = None if newest.expires_at is None else round((newest.expires_at - utc_now()) / timedelta(days=1))
        assert left == days


NAME = "Give the key a name of 1 to 100 characters on one line."
WHOLE = "Give the number of days as a whole number."
RANGE = "A key lasts from 1 to 3,650 days, or doesn't expire."
REFUSALS = [
    ({"name": " "}, NAME),
    ({"name": "x" * 101}, NAME),
    ({"name": "tab\there"}, NAME),
    ({"scope": "everything"}, "Choose what the key may do."),
    ({"expiry": "soon"}, "Choose when the key expires."),
    ({"expiry": "other", "expires_in_days": ""}, WHOLE),
    ({"expiry": "other", "expires_in_days": "ten"}, WHOLE),
    ({"expiry": "other", "expires_in_days": "0"}, RANGE),
    ({"expiry": "other", "expires_in_days": "3651"}, RANGE),
    ({"expiry": "other", "expires_in_days": "9" * 5000}, RANGE),
]


def test_a_refused_form_keeps_what_was_typed(admin: Visitor) -> None:
    for changes, sentence in REFUSALS:
        page = make(admin, **changes)
        assert page.status == 400
        assert page.errors == page.summary == [sentence]
        for name in changes.keys() & {"name", "expires_in_days"}:
            assert page.soup.select_one(f"[name={name}]")["value"] == changes[name]
    assert db.session.scalar(select(ApiKey)) is None


def test_revoking_asks_first_and_counts_at_once(admin: Visitor, api_client: FlaskClient) -> None:
    secret = make_key(name="Night job")
    assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 200
    ask = admin.get(admin.get("/keys").link("Revoke"))
    assert ask.h1 == "Revoke Night job"
    assert "It was last used" in ask.text
    assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 200
    page = admin.submit(ask)
    assert page.path == "/keys"
    assert "The key “Night job” is revoked." in page.text
    assert "Revoked" in row(admin, "Night job")
    assert page.soup.find("a", string="Revoke") is None
    assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 401


def test_revoking_again_changes_nothing(admin: Visitor) -> None:
    make_key()
    first = service.revoke(the_key().id, actor=COMMAND_LINE).revoked_at
    assert admin.submit(admin.get(f"/keys/{the_key().id}/revoke")).status == 200
    assert the_key().revoked_at == first


def test_an_expired_key_is_called_that(admin: Visitor) -> None:
    make_key(name="Old", expires_in_days=1)
    db.session.execute(update(ApiKey).values(expires_at=utc_now()))
    db.session.commit()
    assert "Expired" in row(admin, "Old")


def test_before_the_first_key(admin: Visitor) -> None:
    page = admin.get("/keys")
    assert "No keys yet" in page.text
    assert "Greenroom keeps only a hash of each key" in page.text


def test_a_key_that_does_not_exist(admin: Visitor) -> None:
    for path in ("/keys/999999/revoke", "/keys/99999999999999999999/revoke"):
        assert admin.get(path).status == 404


def test_keys_do_not_exist_for_those_who_do_not_manage_them(viewer: Visitor, editor: Visitor, visitor: Visitor) -> None:
    for path in ("/keys", "/keys/new", "/keys/created", "/keys/1/revoke"):
        assert viewer.get(path).status == editor.get(path).status == 404
        assert visitor.get(path).h1 == "Sign in"
