"""What a key opens: its scope, its end, and noting its use at most once a minute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from app.core.actors import COMMAND_LINE, Scope
from app.core.database import utc_now
from app.extensions import db
from app.keys import service
from app.keys.models import ApiKey
from tests.factories import bearer, make_assistant, make_key

ENVELOPE = {"message", "type", "param", "code"}


def the_key() -> ApiKey:
    return db.session.scalars(select(ApiKey).execution_options(populate_existing=True)).one()


def test_a_reading_key_reads(api_client: FlaskClient) -> None:
    assistant = make_assistant()
    headers = bearer(make_key(Scope.READ))
    for path in ("/v1/assistants", f"/v1/assistants/{assistant.id}", "/v1/models"):
        assert api_client.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("POST", "/{id}"), ("DELETE", "/{id}")])
def test_a_reading_key_does_not_write(api_client: FlaskClient, method: str, path: str) -> None:
    assistant = make_assistant(name="As it was")
    answer = api_client.open(
        "/v1/assistants" + path.format(id=assistant.id),
        method=method,
        headers=bearer(make_key(Scope.READ)),
        json={"model": "gpt-4o", "name": "Changed"} if method == "POST" else None,
    )
    assert answer.status_code == 403
    assert set(answer.json["error"]) == ENVELOPE
    assert answer.json["error"]["type"] == "invalid_request_error"
    listed = api_client.get("/v1/assistants", headers=bearer(make_key(Scope.READ))).json["data"]
    assert [item["name"] for item in listed] == ["As it was"]


@pytest.mark.parametrize("end", ["revoked", "expired", "unknown"])
def test_a_key_that_has_ended_opens_nothing(api_client: FlaskClient, end: str) -> None:
    secret = make_key(expires_in_days=1)
    if end == "revoked":
        service.revoke(the_key().id, actor=COMMAND_LINE)
    elif end == "expired":
        db.session.execute(update(ApiKey).values(expires_at=utc_now()))
        db.session.commit()
    else:
        secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    answer = api_client.get("/v1/assistants", headers=bearer(secret))
    assert answer.status_code == 401
    assert set(answer.json["error"]) == ENVELOPE
    assert answer.json["error"]["code"] == "invalid_api_key"
    assert secret not in answer.text


def test_a_key_does_not_open_the_pages(api_client: FlaskClient) -> None:
    answer = api_client.get("/keys", headers=bearer(make_key()))
    assert answer.status_code == 404
    assert answer.json["error"]["message"] == "Invalid URL (GET /v1/keys)"


def test_use_is_noted_at_most_once_a_minute(api_client: FlaskClient) -> None:
    headers = bearer(make_key(Scope.READ))
    assert the_key().last_used_at is None
    api_client.get("/v1/assistants", headers=headers)
    first = the_key().last_used_at
    assert first is not None
    writes: list[str] = []

    def watch(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("UPDATE"):
            writes.append(statement)

    event.listen(db.engine, "before_cursor_execute", watch)
    api_client.get("/v1/assistants", headers=headers)
    assert (the_key().last_used_at, writes) == (first, [])
    db.session.execute(update(ApiKey).values(last_used_at=first - timedelta(seconds=61)))
    db.session.commit()
    writes.clear()
    service.USES.due_again.clear()
    api_client.get("/v1/assistants", headers=headers)
    assert the_key().last_used_at >= first
    assert len(writes) == 1


def test_a_refused_key_was_not_used(api_client: FlaskClient) -> None:
    secret = make_key()
    service.revoke(the_key().id, actor=COMMAND_LINE)
    api_client.get("/v1/assistants", headers=bearer(secret))
    assert the_key().last_used_at is None
