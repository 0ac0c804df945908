"""What those who run Greenroom see: alive, ready, measured, and one line a request that gives nothing away."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.audit import service as audit
from app.config import SettingRefused, Settings
from app.extensions import db
from app.http.logs import JsonLines
from tests.conftest import Client, Gone
from tests.factories import bearer, make_assistant, make_key, make_person
from tests.pages import Visitor

TOKEN = "only for Prometheus"


def test_alive_and_ready(api_client: FlaskClient, without_database: Gone) -> None:
    for path in ("/healthz", "/readyz"):
        answer = api_client.get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    with without_database():
        assert api_client.get("/healthz").status_code == 200
        answer = api_client.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json == {"status": "unavailable", "reason": "The database can't be reached."}
    assert api_client.get("/readyz").status_code == 200


@pytest.mark.parametrize(("revision", "words"), [("9999", "a later Greenroom"), ("0001", "Run 'flask db upgrade'")])
def test_not_ready_on_other_tables(api_client: FlaskClient, revision: str, words: str) -> None:
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    set_revision(revision)
    try:
        answer = api_client.get("/readyz")
    finally:
        set_revision(str(head))
    assert answer.status_code == 503
    assert words in answer.json["reason"]


def set_revision(revision: str) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    db.session.commit()


@pytest.fixture
def measured(settings: Settings) -> Iterator[Flask]:
    app = create_app(replace(settings, metrics_token=TOKEN))
    app.test_client_class = Client
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    audit.HEARERS.clear()


def metrics(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics", headers=bearer(TOKEN))
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_metrics_count_what_happens(measured: Flask) -> None:
    client = measured.test_client(use_cookies=False)
    assistant = make_assistant()
    before = metrics(client)
    headers = bearer(make_key())
    path = f"/v1/assistants/{assistant.id}"
    client.get(path, headers=headers)
    client.post(path, json={"name": "New"}, headers=headers)
    client.open("/nope", method="MADE-UP")
    Visitor(measured.test_client()).get("/sign-in")
    after = metrics(client)
    routed = 'greenroom_requests_total{method="GET",route="/v1/assistants/<assistant_id>",status="200"}'
    assert after[routed] - before.get(routed, 0) == 1
    assert 'greenroom_requests_total{method="other",route="none",status="404"}' in after
    assert after['greenroom_request_seconds_count{route="/sign-in"}'] == 1
    assert after["greenroom_database_seconds_count"] > before["greenroom_database_seconds_count"]
    written = 'greenroom_deeds_total{verb="assistant.updated"}'
    assert after[written] - before.get(written, 0) == 1
    assert (after["greenroom_assistants"], after["greenroom_versions"], after["greenroom_working_copies"]) == (1, 2, 0)
    assert after["greenroom_database_up"] == 1
    assert assistant.id not in client.get("/metrics", headers=bearer(TOKEN)).text


def test_statements_past_the_session_are_timed_too(measured: Flask) -> None:
    client, headers = measured.test_client(use_cookies=False), bearer(make_key())
    path = f"/v1/assistants/{make_assistant().id}"
    # The first one also notes that the key was used, by the session.
    client.get(path, headers=headers)
    counts = [metrics(client)["greenroom_database_seconds_count"] for _ in range(2)]
    client.get(path, headers=headers)
    counts.append(metrics(client)["greenroom_database_seconds_count"])
    # The key and the assistant, on one way where there is a way, besides what the page of metrics asks itself.
    ways = 1 if db.engine.dialect.name == "postgresql" else 2
    assert counts[2] - counts[1] == counts[1] - counts[0] + ways


def test_a_deed_that_was_not_done_is_not_counted(measured: Flask) -> None:
    client = measured.test_client(use_cookies=False)
    headers = bearer(make_key())
    assert client.post("/v1/assistants", json={"model": ""}, headers=headers).status_code == 400
    make_person(email="ed@example.org")
    with pytest.raises(Exception, match="already somebody"):
        make_person(email="ed@example.org")
    found = metrics(client)
    assert found['greenroom_deeds_total{verb="person.created"}'] == 1
    assert 'greenroom_deeds_total{verb="assistant.created"}' not in found


def test_metrics_are_for_the_token_alone(measured: Flask, app: Flask) -> None:
    client = measured.test_client(use_cookies=False)
    for headers in ({}, bearer("wrong"), {"Authorization": "Basic b25seTpmb3I="}, bearer("ö")):
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, "greenroom_" in answer.text) == (401, False)
    assert app.test_client().get("/metrics", headers=bearer(TOKEN)).status_code == 404


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = JsonLines()
    return [formatter.format(record) for record in caplog.records if record.name.startswith("app")]


def test_a_request_is_one_line(
    app: Flask, editor: Visitor, api_client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assistant, secret = make_assistant(), make_key()
    caplog.set_level(logging.INFO)
    answer = api_client.get(f"/v1/assistants/{assistant.id}?version=1", headers=bearer(secret))
    editor.get("/assistants")
    api_client.get(f"/v1/assistants/{secret}", headers=bearer(secret))
    for path in ("/healthz", "/readyz", "/static/favicon.svg"):
        api_client.get(path).close()
    told = [json.loads(line) for line in lines(caplog)]
    assert len(told) == 3
    first, second, third = told
    assert (first["request_id"], first["status"]) == (answer.headers["x-request-id"], 200)
    assert (first["method"], first["route"]) == ("GET", "/v1/assistants/<assistant_id>")
    assert first["path"] == f"/v1/assistants/{assistant.id}"
    assert (first["actor"]["kind"], second["actor"]["kind"]) == ("key", "person")
    assert first["ms"] > 0
    assert third["path"] == "/v1/assistants/gr_…"


def test_no_line_holds_a_secret_or_a_text(
    app: Flask, visitor: Visitor, api_client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make_person(email="ed@example.org")
    secret = make_key()
    visitor.submit(visitor.get("/sign-in?next=/hidden-in-a-query"), email="ed@example.org", password="wrong-password")
    visitor.submit(visitor.get("/sign-in"), email="ed@example.org", password="a long enough password")
    visitor.get("/setup?token=hidden-token")
    api_client.post("/v1/assistants", json={"model": "m", "instructions": "hidden-text"}, headers=bearer(secret))
    db.session.execute(text("ALTER TABLE assistant_versions RENAME TO elsewhere"))
    db.session.commit()
    try:
        body = {"model": "m", "instructions": "hidden-text"}
        assert api_client.post("/v1/assistants", json=body, headers=bearer(secret)).status_code == 500
    finally:
        db.session.rollback()
        db.session.execute(text("ALTER TABLE elsewhere RENAME TO assistant_versions"))
        db.session.commit()
    said = "\n".join(lines(caplog))
    assert said.count("\n") > 5
    for hidden in (secret, "hidden-", "wrong-password", "a long enough", "ed@example.org"):
        assert hidden not in said
    assert all(isinstance(json.loads(line), dict) for line in said.splitlines())


def test_settings_of_the_log(tmp_path: object) -> None:
    where = {"GREENROOM_INSTANCE_PATH": str(tmp_path)}
    assert not Settings.from_environment(where | {"GREENROOM_LOG_REQUESTS": "no"}).log_requests
    with pytest.raises(SettingRefused, match="GREENROOM_LOG_FORMAT must be json or text, not 'xml'"):
        Settings.from_environment(where | {"GREENROOM_LOG_FORMAT": "xml"})
