"""The history for scripts: the list, one version, restoring, `version` and `as_of`, and the note of a write."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app.assistants import versions
from app.core.actors import Scope
from app.openapi.document import document
from tests.factories import bearer, make_assistant, make_key
from tests.history.history_of import a_day_apart, day, live, make_history, text_of

KEYS = [
    "id", "object", "number", "created_at", "author", "origin", "note", "summary",
    "instructions_length", "instructions_sha256",
]  # fmt: skip


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    return bearer(make_key(Scope.WRITE))


@pytest.fixture
def address(app: Flask) -> str:
    """An assistant with seven versions, a day apart."""
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(number) for number in range(2, 8)])
    a_day_apart(assistant.id)
    return f"/v1/assistants/{assistant.id}"


def described(name: str, value: Any) -> None:
    Draft202012Validator(document() | {"$ref": f"#/components/schemas/{name}"}).validate(value)


def verdict(answer: Any) -> tuple[int, str | None, str | None]:
    return answer.status_code, answer.json["error"]["code"], answer.json["error"]["param"]


def test_the_list_and_its_cursors(api_client: FlaskClient, headers: dict[str, str], address: str) -> None:
    page = api_client.get(f"{address}/versions", headers=headers).json
    described("AssistantVersionList", page)
    assert [row["id"] for row in page["data"]] == [f"ver_{number}" for number in range(7, 0, -1)]
    assert list(page["data"][0]) == KEYS
    assert (page["first_id"], page["last_id"], page["has_more"]) == ("ver_7", "ver_1", False)
    assert page["data"][0]["author"] == {"kind": "person", "name": "Ed Editor"}
    assert page["data"][0]["created_at"] == int(day(7).timestamp())
    assert "in “Refunds”" in page["data"][0]["summary"]
    seen, after = [], ""
    while True:
        page = api_client.get(f"{address}/versions?order=asc&limit=3&after={after}", headers=headers).json
        seen += [row["number"] for row in page["data"]]
        after = page["last_id"]
        if not page["has_more"]:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    before = api_client.get(f"{address}/versions?limit=2&before=ver_3", headers=headers).json
    assert [row["number"] for row in before["data"]] == [5, 4]
    for query, found in (
        ("after=ver_8", (400, "invalid_value", "after")),
        ("before=3", (400, "invalid_value", "before")),
        ("after=asst_x", (400, "invalid_value", "after")),
        ("limit=0", (400, "integer_below_min_value", "limit")),
        ("order=up", (400, "invalid_value", "order")),
    ):
        assert verdict(api_client.get(f"{address}/versions?{query}", headers=headers)) == found
    assert api_client.get("/v1/assistants/asst_none/versions", headers=headers).status_code == 404


def test_one_version(api_client: FlaskClient, headers: dict[str, str], address: str) -> None:
    live_keys = api_client.get(address, headers=headers).json
    for name in ("3", "ver_3"):
        answer = api_client.get(f"{address}/versions/{name}", headers=headers)
        described("AssistantVersionWhole", answer.json)
        assert list(answer.json) == [*KEYS, "assistant"]
        assert list(answer.json["assistant"]) == list(live_keys)
        assert answer.json["assistant"] == live_keys | {"instructions": text_of(3)}
        assert answer.headers["X-Greenroom-Version"] == "3"
    for missing in ("8", "0", "-1", "latest", "9" * 30):
        assert api_client.get(f"{address}/versions/{missing}", headers=headers).status_code == 404


def test_retrieve_as_of_a_version_or_a_moment(api_client: FlaskClient, headers: dict[str, str], address: str) -> None:
    for query, number in (
        ("version=3", 3),
        ("version=7", 7),
        ("as_of=2026-03-04T10:00", 4),
        ("as_of=2026-03-04T10:00%2B01:00", 3),
        ("as_of=2026-03-04T10:00+01:00", 3),
        (f"as_of={int(day(5).timestamp())}", 5),
        (f"as_of={int(day(5).timestamp()) - 1}", 4),
        ("as_of=2031-01-01", 7),
    ):
        answer = api_client.get(f"{address}?{query}", headers=headers)
        assert answer.json["instructions"] == text_of(number), query
        tag = answer.headers["ETag"]
        assert tag.startswith(f'"{number}-')
        assert answer.headers["X-Greenroom-Version"] == str(number)
        same = api_client.get(f"{address}?{query}", headers=headers | {"If-None-Match": tag})
        assert (same.status_code, same.data) == (304, b"")
    assert tag == api_client.get(address, headers=headers).headers["ETag"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("version=8", (404, None, None)),
        ("version=0", (404, None, None)),
        ("version=-1", (404, None, None)),
        ("version=99999999999999999999", (404, None, None)),
        ("version=", (400, "invalid_type", "version")),
        ("version=two", (400, "invalid_type", "version")),
        ("version=1.0", (400, "invalid_type", "version")),
        ("as_of=2026-02-01", (404, None, None)),
        ("as_of=1", (404, None, None)),
        ("as_of=", (400, "invalid_type", "as_of")),
        ("as_of=soon", (400, "invalid_type", "as_of")),
        ("as_of=2026-02-30T00:00", (400, "invalid_type", "as_of")),
        ("version=1&as_of=2027-01-01", (400, "invalid_value", "as_of")),
    ],
)
def test_a_version_that_is_not_there_is_never_another(
    api_client: FlaskClient, headers: dict[str, str], address: str, query: str, expected: tuple[Any, ...]
) -> None:
    assert verdict(api_client.get(f"{address}?{query}", headers=headers)) == expected


def test_restoring(api_client: FlaskClient, headers: dict[str, str], address: str) -> None:
    old = api_client.get(address, headers=headers).headers["ETag"]
    answer = api_client.post(f"{address}/versions/2/restore", headers=headers | {"X-Greenroom-Note": "Back"})
    described("Assistant", answer.json)
    assert answer.json["instructions"] == text_of(2)
    assert answer.headers["X-Greenroom-Version"] == "8"
    newest = api_client.get(f"{address}/versions/8", headers=headers).json
    assert (newest["origin"], newest["note"], newest["author"]["kind"]) == ("restore", "Back", "key")
    refused = api_client.post(f"{address}/versions/3/restore", headers=headers | {"If-Match": old})
    assert refused.status_code == 412
    kept = api_client.post(f"{address}/versions/3/restore", headers=headers | {"If-Match": answer.headers["ETag"]})
    assert kept.json["instructions"] == text_of(3)
    assert api_client.post(f"{address}/versions/99/restore", headers=headers).status_code == 404
    reader = bearer(make_key(Scope.READ))
    assert api_client.post(f"{address}/versions/3/restore", headers=reader).status_code == 403


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Plain words", "Plain words"),
        ("5% off", "5% off"),
        (quote("Größer, 多い 👍"), "Größer, 多い 👍"),
        (quote("多" * 500), "多" * 500),
        ("  ", None),
    ],
)
def test_a_note_with_a_write(api_client: FlaskClient, headers: dict[str, str], sent: str, kept: str | None) -> None:
    noted = headers | {"X-Greenroom-Note": sent}
    made = api_client.post("/v1/assistants", json={"model": "m"}, headers=noted).json
    api_client.post(f"/v1/assistants/{made['id']}", json={"name": "Other"}, headers=noted)
    assistant = live(made["id"])
    assert [versions.get(assistant, number).note for number in (1, 2)] == [kept, kept]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("n" * 501, "string_above_max_length"),
        (quote("多" * 501), "string_above_max_length"),
        ("%ff", "invalid_value"),
        ("%00", "invalid_value"),
        ("Größe", "invalid_value"),
    ],
)
def test_a_note_that_is_refused(api_client: FlaskClient, headers: dict[str, str], sent: str, code: str) -> None:
    noted = headers | {"X-Greenroom-Note": sent}
    assistant = make_assistant()
    address = f"/v1/assistants/{assistant.id}"
    for answer in (
        api_client.post("/v1/assistants", json={"model": "m"}, headers=noted),
        api_client.post(address, json={"name": "Other"}, headers=noted),
        api_client.post(f"{address}/versions/1/restore", headers=noted),
    ):
        assert verdict(answer) == (400, code, "X-Greenroom-Note")
    assert live(assistant.id).version == 1
