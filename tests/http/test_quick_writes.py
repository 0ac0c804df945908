"""Creating and modifying by the quick way: as the usual way does it, once, and nothing where something is wrong."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.assistants import service
from app.assistants.models import Assistant, AssistantVersion
from app.audit.models import AuditEntry
from app.core.actors import Scope
from app.extensions import db
from tests.conftest import Client
from tests.factories import bearer, make_assistant, make_key
from tests.http.test_quick import Usual, alike, facts, ways

__all__ = ["ways"]
Ways = tuple[Client, Client, Usual]
LONG = "Answer in one sentence. ü\n" * 1_000
BODY = {
    "model": "gpt-4o",
    "name": "Ann",
    "instructions": LONG,
    "tools": [{"type": "file_search"}],
    "metadata": {"a": "ß"},
}
# Chosen at random.
OWN = {"id", "created_at"}


def counts() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(each)) or 0 for each in (Assistant, AssistantVersion)]


def test_what_succeeds_is_the_same(ways: Ways) -> None:
    client, other, usual = ways
    headers = bearer(make_key(Scope.WRITE))
    usual.seen = 0
    for path, more in [
        ("/v1/assistants", {}),
        ("/assistants", {"X-Greenroom-Note": "Na%C3%AFve", "Accept-Encoding": "gzip"}),
        ("/v1//assistants", {"If-Match": '"ignored"'}),
    ]:
        quick, slow = (way.post(path, json=BODY, headers=headers | more) for way in (client, other))
        assert facts(quick) == facts(slow)
        found = [{name: value for name, value in way.json.items() if name not in OWN} for way in (quick, slow)]
        assert found[0] == found[1]
    quick_id, slow_id = (way.post("/v1/assistants", json=BODY, headers=headers).json["id"] for way in (client, other))
    tag = client.get(f"/v1/assistants/{quick_id}", headers=headers).headers["ETag"]
    for change, more in [
        ({"temperature": 0.5}, {"If-Match": tag, "X-Greenroom-Note": "Warmer"}),
        ({"instructions": f"{LONG}!"}, {}),
        ({"instructions": f"{LONG}!"}, {}),
        ({}, {}),
        ({"metadata": {"labels": "Önë"}, "tools": []}, {"If-Match": "*"}),
    ]:
        quick, slow = (
            way.post(f"/v1/assistants/{assistant_id}", json=change, headers=headers | more)
            for way, assistant_id in ((client, quick_id), (other, slow_id))
        )
        assert (quick.status_code, facts(quick)) == (200, facts(slow)), change
    assert usual.seen == 0
    kept = [
        db.session.execute(
            select(
                AssistantVersion.number, AssistantVersion.note, AssistantVersion.origin, AssistantVersion.fingerprint
            )
            .where(AssistantVersion.assistant_seq == service.get(assistant_id).seq)
            .order_by(AssistantVersion.number)
        ).all()
        for assistant_id in (quick_id, slow_id)
    ]
    assert kept[0] == kept[1]
    assert [(each.number, each.note) for each in kept[0]] == [(1, None), (2, "Warmer"), (3, None), (4, None)]
    deeds = select(AuditEntry.verb, AuditEntry.address, AuditEntry.details).order_by(AuditEntry.id)
    told = [db.session.execute(deeds.where(AuditEntry.subject_id == each)).all() for each in (quick_id, slow_id)]
    assert told[0] == told[1]
    assert len(told[0]) == 4


def test_what_is_wrong_goes_the_usual_way_and_changes_nothing(ways: Ways) -> None:
    client, other, usual = ways
    writing, reading = bearer(make_key(Scope.WRITE)), bearer(make_key(Scope.READ))
    one, many = f"/v1/assistants/{make_assistant().id}", "/v1/assistants"
    good, before = json.dumps({"model": "gpt-4o"}), counts()
    requests: list[tuple[str, str | bytes, dict[str, str], str]] = [
        (many, good, {}, "application/json"),
        (many, good, bearer("gr_wrong"), "application/json"),
        (many, good, reading, "application/json"),
        (one, good, reading, "application/json"),
        (many, "{", writing, "application/json"),
        (many, "[]", writing, "application/json"),
        (many, "", writing, "application/json"),
        (many, '{"model": "\\ud800"}', writing, "application/json"),
        (many, '{"model": "gpt-4o", "temperature": 3, "bogus": 1}', writing, "application/json"),
        (many, good, writing, "text/plain"),
        (many, good, writing | {"X-Greenroom-Note": "%ff"}, "application/json"),
        (f"{many}/asst_none", good, writing, "application/json"),
        (one, good, writing | {"If-Match": '"9-other"'}, "application/json"),
        (one, '{"model": 1}', writing, "application/json"),
        (one, f'{{"instructions": "{"a" * 256_001}"}}', writing, "application/json"),
    ]
    for count, (path, content, headers, kind) in enumerate(requests, 1):
        quick, slow = (way.post(path, data=content, headers=headers, content_type=kind) for way in (client, other))
        alike(quick, slow)
        assert quick.status_code >= 400, path
        assert usual.seen == count, content
    assert counts() == before


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/problem+json"])
def test_what_is_said_otherwise_goes_the_usual_way(ways: Ways, kind: str) -> None:
    client, other, usual = ways
    headers, body = bearer(make_key(Scope.WRITE)), json.dumps({"model": 1})
    alike(*(way.post("/v1/assistants", data=body, headers=headers, content_type=kind) for way in (client, other)))
    assert usual.seen == 1


def test_a_body_that_ends_early_creates_nothing(ways: Ways) -> None:
    client, _, _ = ways
    headers, content, before = bearer(make_key(Scope.WRITE)), b'{"model": "gpt-4o"}', counts()
    environ: dict[str, Any] = EnvironBuilder(
        "/v1/assistants", method="POST", headers=headers, data=content, content_type="application/json"
    ).get_environ()
    environ |= {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content) + 1)}
    _, status, _ = run_wsgi_app(client.application, environ)
    assert status.startswith("400")
    assert counts() == before
