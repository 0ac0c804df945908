"""The quick way says what the usual way says, to the letter, and takes nothing but what succeeds."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from app.assistants import service
from app.audit.models import AuditEntry
from app.config import Settings
from app.core.actors import Origin
from app.extensions import db
from app.http.addresses import BareBaseUrl
from app.http.quick import QuickWay
from app.keys import service as keys
from app.keys.models import ApiKey
from app.readers.models import AssistantRead
from app.readers.service import PENDING, SAMPLES
from tests import factories
from tests.conftest import Client, Gone
from tests.factories import bearer, make_assistant, make_key

LONG = "Answer in one sentence. " * 1_000
# They differ from one request to the next.
OWN = {"x-request-id", "openai-processing-ms"}


class Usual:
    """The usual way, which counts who comes by."""

    def __init__(self, usual: Any) -> None:
        self.usual = usual
        self.seen = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.seen += 1
        answer: Iterable[bytes] = self.usual(environ, start_response)
        return answer


@pytest.fixture
def ways(app: Flask) -> Iterator[tuple[Client, Client, Usual]]:
    """A client of the whole application, one that goes the usual way alone, and what counts who went it."""
    quick: QuickWay = app.wsgi_app.application  # type: ignore[attr-defined]
    usual = quick.usual = Usual(quick.usual)
    around = Flask("around")
    around.wsgi_app = BareBaseUrl(usual.usual)  # type: ignore[method-assign]
    try:
        yield Client(app, use_cookies=False), Client(around, use_cookies=False), usual
    finally:
        quick.usual = usual.usual


def alike(quick: TestResponse, usual: TestResponse) -> None:
    assert (quick.status, quick.data) == (usual.status, usual.data)
    assert facts(quick) == facts(usual)
    assert {name.lower() for name, _ in quick.headers} >= OWN


def facts(answer: TestResponse) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in answer.headers.items() if name.lower() not in OWN)


def test_what_succeeds_is_the_same(ways: tuple[Client, Client, Usual]) -> None:
    client, other, usual = ways
    short, long = make_assistant(instructions="Be kind. ü\n"), make_assistant(instructions=LONG)
    service.update(short.id, {"name": "New"}, actor=factories.EDITOR, origin=Origin.API)
    headers, one, many = bearer(make_key()), f"/v1/assistants/{short.id}", f"/v1/assistants/{long.id}"
    tag = client.get(many, headers=headers).headers["ETag"]
    usual.seen = 0
    for path, more in [
        (one, {}), (many, {}), ("/v1/assistants", {}), (f"{one}?version=1", {}), (f"{one}?bogus=1", {}),
        (many, {"If-None-Match": tag}), (many, {"If-None-Match": f'W/{tag}, "other"'}), (many, {"If-None-Match": "*"}),
        (many, {"If-None-Match": '"other"'}), (many, {"If-None-Match": "no tag at all"}),
        (f"{one}?version=2", {"If-None-Match": client.get(one, headers=headers).headers["ETag"]}),
        (many, {"Accept-Encoding": "gzip, deflate, br, zstd"}), (many, {"Accept-Encoding": "gzip;q=0.5, zstd;q=0"}),
        ("/v1/assistants", {"Accept-Encoding": "gzip"}),
        ("/v1/assistants?limit=1&order=asc", {}), (f"/v1/assistants?limit=1&after={long.id}", {}),
        ("/v1/assistants?limit=1&limit=2", {}), ("/v1/assistants?query=kind&metadata_key=", {}),
        ("/v1//assistants", {}), (f"/assistants/{short.id}", {}),
    ]:  # fmt: skip
        alike(client.get(path, headers=headers | more), other.get(path, headers=headers | more))
    for base in ("https://localhost", "http://localhost:8000"):
        alike(client.get(one, headers=headers, base_url=base), other.get(one, headers=headers, base_url=base))
    assert usual.seen == 0


def test_what_fails_or_is_out_of_the_ordinary_goes_the_usual_way(ways: tuple[Client, Client, Usual]) -> None:
    client, other, usual = ways
    headers, path = bearer(make_key()), f"/v1/assistants/{make_assistant().id}"
    requests: list[tuple[str, dict[str, Any]]] = [
        (path, {}), (path, {"headers": {"Authorization": "Basic abc"}}), (path, {"headers": bearer("gr_wrong")}),
        ("/v1/assistants/asst_none", {"headers": headers}), (f"{path}?version=9", {"headers": headers}),
        (f"{path}?version=x", {"headers": headers}), ("/v1/assistants?limit=0", {"headers": headers}),
        ("/v1/assistants?after=asst_none", {"headers": headers}), ("/v1/assistants?model=a%00b", {"headers": headers}),
        ("/v1/assistants?query=two%20words", {"headers": headers}), ("/v1/assistants/%C3%A4", {"headers": headers}),
        (path, {"headers": headers, "method": "HEAD"}), (path, {"headers": headers, "data": b"a body"}),
        (f"{path}/versions", {"headers": headers}), ("/v1/assistants/", {"headers": headers}),
        (path, {"headers": headers, "method": "PUT"}),
    ]  # fmt: skip
    for count, (address, how) in enumerate(requests, 1):
        alike(client.open(address, **how), other.open(address, **how))
        assert usual.seen == count, address


def test_a_revoked_key_is_refused_at_the_next_request(ways: tuple[Client, Client, Usual]) -> None:
    client = ways[0]
    keys.REFUSALS.due_again.clear()
    path, headers = f"/v1/assistants/{make_assistant().id}", bearer(make_key())
    assert client.get(path, headers=headers).status_code == 200
    key = db.session.scalars(select(ApiKey)).one()
    keys.revoke(key.id, actor=factories.ADMIN)
    assert client.get(path, headers=headers).status_code == 401
    refused = select(AuditEntry.verb).where(AuditEntry.verb == "key.refused")
    assert db.session.scalars(refused).all() == ["key.refused"]


def test_the_log_says_the_same(ways: tuple[Client, Client, Usual], caplog: pytest.LogCaptureFixture) -> None:
    client, other, _ = ways
    caplog.set_level(logging.INFO)
    path, headers = f"/v1/assistants/{make_assistant().id}", bearer(make_key())
    for way in (client, other):
        way.get(path, headers=headers)
        way.get("/v1/assistants/asst_none", headers=headers)
    lines = [record.greenroom_fields for record in caplog.records if hasattr(record, "greenroom_fields")]
    told = [{name: value for name, value in line.items() if name not in {"request_id", "ms"}} for line in lines]
    assert [line["status"] for line in told] == [200, 404, 200, 404]
    assert told[:2] == told[2:]
    assert json.loads(json.dumps(told[0]["actor"])) == {"kind": "key", "id": 1}


def test_who_reads_is_noted(ways: tuple[Client, Client, Usual]) -> None:
    SAMPLES.due_again.clear()
    PENDING.take()
    PENDING.next_writing = 0
    made = make_assistant()
    ways[0].get(f"/v1/assistants/{made.id}", headers=bearer(make_key())).close()
    assert db.session.scalars(select(AssistantRead.assistant_id)).all() == [made.id]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_limits_names_and_metrics_hold_there_too(settings: Settings) -> None:
    app = create_app(replace(settings, key_limit="2 per minute", hosts=("ours.example",), metrics_token="secret"))
    app.test_client_class = Client
    with app.app_context():
        path, headers, client = f"/v1/assistants/{make_assistant().id}", bearer(make_key()), app.test_client()
        assert client.get(path, headers=headers, base_url="http://evil.example").status_code == 400
        answers = [client.get(path, headers=headers, base_url="http://ours.example") for _ in range(3)]
        counted = client.get("/metrics", headers=bearer("secret")).text
        db.session.remove()
        db.engine.dispose()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining-requests"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].headers["Retry-After"]
    assert 'method="GET",route="/v1/assistants/<assistant_id>",status="200"} 2.0' in counted


def test_the_database_away_is_told_once(ways: tuple[Client, Client, Usual], without_database: Gone) -> None:
    client, other, _ = ways
    path, headers = f"/v1/assistants/{make_assistant().id}", bearer(make_key())
    with without_database():
        alike(client.get(path, headers=headers), other.get(path, headers=headers))
        assert client.get(path, headers=headers).status_code == 503
    assert client.get(path, headers=headers).status_code == 200
