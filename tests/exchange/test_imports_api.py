"""`POST /v1/imports`: a batch with ids and dates, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import text

from app.assistants import service as assistants
from app.assistants import versions
from app.config import Settings
from app.core.actors import COMMAND_LINE, Scope
from app.exchange import service
from app.exchange.batch import CHANGED_HERE, OVERTAKEN
from app.exchange.judging import IN_TRASH, UNKNOWN_BASE
from app.exchange.report import Verdict
from app.extensions import db
from app.openapi.document import document
from tests.exchange.folders import change_here
from tests.exchange.racing import overtaken
from tests.exchange.saved import NOON, SAMPLE_NAMES, SAMPLES, exported, row
from tests.factories import bearer, make_key


@pytest.fixture
def headers(app: Any) -> dict[str, str]:
    return bearer(make_key(Scope.WRITE))


def fingerprint(assistant_id: str) -> str:
    return assistants.get(assistant_id).fingerprint


def verdicts(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.json
    described = Draft202012Validator(document() | {"$ref": "#/components/schemas/Import"})
    described.validate(answer.json)
    return [(line["id"], line["verdict"]) for line in answer.json["data"]]


def test_the_verdicts_are_described() -> None:
    described = document()["components"]["schemas"]["Import"]["properties"]["data"]["items"]["properties"]
    # Only an import in steps, on a page, can be stopped and skip the rest.
    assert described["verdict"]["enum"] == [verdict for verdict in Verdict if verdict is not Verdict.SKIPPED]


@pytest.mark.parametrize("page", SAMPLES, ids=SAMPLE_NAMES)
def test_a_whole_registry(api_client: FlaskClient, headers: dict[str, str], page: dict[str, Any]) -> None:
    body = {"assistants": page["data"][::-1]}
    told = api_client.post("/v1/imports", json=body | {"dry_run": True}, headers=headers)
    assert {verdict for _, verdict in verdicts(told)} == {"created"}
    assert exported()["data"] == []
    done = api_client.post("/v1/imports", json=body, headers=headers)
    assert done.json == told.json | {"dry_run": False}
    assert exported() == page
    again = api_client.post("/v1/imports", json=body, headers=headers)
    assert {verdict for _, verdict in verdicts(again)} == {"unchanged"}


def test_changes_and_the_trash_in_one(api_client: FlaskClient, headers: dict[str, str]) -> None:
    service.run([row(number, name=f"N{number}") for number in range(4)], actor=COMMAND_LINE)
    body = {
        "assistants": [row(1, name="Uno"), row(9, name="New")],
        "based_on": {"asst_1": fingerprint("asst_1")},
        "delete": {"asst_2": fingerprint("asst_2"), "asst_none": "0"},
    }
    answer = api_client.post("/v1/imports", json=body, headers=headers | {"X-Greenroom-Note": "Caf%C3%A9"})
    assert verdicts(answer) == [
        ("asst_1", "changed"), ("asst_9", "created"), ("asst_2", "removed"), ("asst_none", "unchanged"),
    ]  # fmt: skip
    assert answer.json["data"][0]["fields"] == ["name"]
    assert [each["name"] for each in exported()["data"]] == ["New", "N0", "Uno", "N3"]
    one = assistants.get("asst_1")
    assert (versions.get(one, 2).note, one.updated_by, one.updated_via) == ("Café", "Test key", "import")


def test_one_refusal_refuses_all(api_client: FlaskClient, headers: dict[str, str]) -> None:
    service.run([row(number, name=f"N{number}") for number in range(120)], actor=COMMAND_LINE)
    bases = {f"asst_{number}": fingerprint(f"asst_{number}") for number in range(120)}
    change_here("asst_119", name="Faster")
    assistants.delete("asst_118", actor=COMMAND_LINE)
    before, entries = exported(), db.session.scalar(text("SELECT count(*) FROM audit_entries"))
    body: dict[str, Any] = {
        "assistants": [row(number, name="x") for number in range(1, 120)],
        "based_on": bases,
        "delete": {"asst_0": bases["asst_0"]},
    }
    told = api_client.post("/v1/imports", json=body | {"dry_run": True}, headers=headers)
    assert [each for each in verdicts(told) if each[1] == "refused"] == [
        ("asst_118", "refused"), ("asst_119", "refused"),
    ]  # fmt: skip
    answer = api_client.post("/v1/imports", json=body, headers=headers)
    assert answer.status_code == 412
    message = answer.json["error"]["message"]
    assert message.startswith(f"Nothing was written. asst_118 (x): {IN_TRASH}; asst_119 (x): It has been changed here")
    assert exported() == before
    assert db.session.scalar(text("SELECT count(*) FROM audit_entries")) == entries
    del body["assistants"][117]
    assert api_client.post("/v1/imports", json=body | {"force": True}, headers=headers).status_code == 200
    assert {each["name"] for each in exported()["data"]} == {"x"}


def test_what_differs_needs_to_say_from_where(api_client: FlaskClient, headers: dict[str, str]) -> None:
    service.run([row(1, name="One")], actor=COMMAND_LINE)
    for body, words in (
        ({"assistants": [row(1, name="x")]}, UNKNOWN_BASE),
        ({"assistants": [row(1, name="x")], "based_on": {"asst_1": "0"}}, "It has been changed here"),
        ({"delete": {"asst_1": "0"}}, CHANGED_HERE),
    ):
        answer = api_client.post("/v1/imports", json=body, headers=headers)
        assert answer.status_code == 412
        assert words in answer.json["error"]["message"]
    assert exported()["data"][0]["name"] == "One"


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("body", [{"assistants": [row(1, name="Mine")]}, {"delete": {"asst_1": ""}}])
def test_somebody_else_may_be_faster_in_between(
    api_client: FlaskClient, headers: dict[str, str], settings: Settings, body: dict[str, Any]
) -> None:
    """After it was judged and before it is written. The embedded database has one writer at a time, so not there."""
    service.run([row(1), row(2)], actor=COMMAND_LINE)
    body = {"assistants": [row(2, name="Also"), *body.get("assistants", [])], "delete": body.get("delete", {})}
    body["based_on"] = {each: fingerprint(each) for each in ("asst_1", "asst_2")}
    body["delete"] = dict.fromkeys(body["delete"], fingerprint("asst_1"))
    with overtaken(settings, "asst_1"):
        answer = api_client.post("/v1/imports", json=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["message"]) == (412, OVERTAKEN)
    assert [each["name"] for each in exported()["data"]] == [None, None]


BAD: list[tuple[Any, str | None, str]] = [
    ([], None, "invalid_type"),
    ({"assistants": {}}, "assistants", "invalid_type"),
    ({"assistants": [7]}, "assistants[0]", "invalid_type"),
    ({"assistants": [row(1), row(2, temperature=3)]}, "assistants[1].temperature", "decimal_above_max_value"),
    ({"assistants": [{"model": "m"}]}, "assistants[0].id", "missing_required_parameter"),
    ({"assistants": [row(1, name="\x00")]}, "assistants[0].name", "invalid_value"),
    ({"assistants": [row(1), row(1)]}, "assistants[1].id", "invalid_value"),
    ({"assistants": [row(1)], "delete": {"asst_1": "x"}}, "assistants[0].id", "invalid_value"),
    ({"delete": ["asst_1"]}, "delete", "invalid_type"),
    ({"delete": {"a\x00": "x"}}, "delete", "invalid_value"),
    ({"based_on": {"a": 1}}, "based_on.a", "invalid_type"),
    ({"force": 1}, "force", "invalid_type"),
    ({"dryrun": True}, "dryrun", "unknown_parameter"),
]


@pytest.mark.parametrize(("body", "param", "code"), BAD)
def test_bad_bodies(api_client: FlaskClient, headers: dict[str, str], body: Any, param: str | None, code: str) -> None:
    answer = api_client.post("/v1/imports", json=body, headers=headers)
    assert answer.status_code == 400, answer.json
    assert (answer.json["error"]["param"], answer.json["error"]["code"]) == (param, code)
    assert answer.json["error"]["message"].endswith(("'", ".", "?"))
    assert exported()["data"] == []


def test_an_empty_batch(api_client: FlaskClient, headers: dict[str, str]) -> None:
    assert api_client.post("/v1/imports", json={}, headers=headers).json == {
        "object": "import", "dry_run": False, "data": [],
    }  # fmt: skip


def test_dates_are_kept(api_client: FlaskClient, headers: dict[str, str]) -> None:
    api_client.post("/v1/imports", json={"assistants": [row(1, created_at=1), row(2)]}, headers=headers)
    assert [each["created_at"] for each in exported()["data"]] == [NOON, 1]
