"""Changing many for scripts, from the dry run to the undo, as described in `/openapi.json`."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app.assistants import service as assistants
from app.core.actors import Origin, Scope
from app.openapi.document import document
from tests.factories import ADMIN, bearer, make_assistant, make_key

REFUND = {"type": "replace", "find": "14 days", "replacement": "30 days"}


class Script:
    """A program with a key. Every answer is as described."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.headers = bearer(make_key(Scope.WRITE))
        self.described = document()

    def call(self, method: str, path: str, schema: str, status: int = 200, **options: Any) -> Any:
        headers = self.headers | options.pop("headers", {})
        answer = self.client.open(f"/v1{path}", method=method, headers=headers, **options)
        assert answer.status_code == status, answer.json
        name = schema if status == 200 else "Error"
        Draft202012Validator(self.described | {"$ref": f"#/components/schemas/{name}"}).validate(answer.json)
        return answer.json

    def prepare(self, change: dict[str, Any], **scope: Any) -> Any:
        body = {"change": change, **scope}
        Draft202012Validator(self.described | {"$ref": "#/components/schemas/PrepareBulkChangeRequest"}).validate(body)
        return self.call("POST", "/bulk_changes", "BulkChange", json=body)


@pytest.fixture
def script(app: Flask, api_client: FlaskClient) -> Script:
    return Script(api_client)


def test_from_the_dry_run_to_the_undo(script: Script) -> None:
    first = make_assistant(name="First", instructions="Within 14 days\nor 14 days")
    second = make_assistant(name="Second", instructions="14 days")
    change = script.prepare(REFUND)
    assert (change["is_complete"], change["found"], change["included"], change["places"]) == (True, 2, 2, 3)
    path = f"/bulk_changes/{change['id']}"
    rows = script.call("GET", f"{path}/assistants", "BulkChangeAssistantList")
    assert [row["name"] for row in rows["data"]] == ["Second", "First"]
    places = rows["data"][1]["places"]
    assert [(place["line"], place["before"], place["after"]) for place in places] == [
        (1, "Within 14 days", "Within 30 days"),
        (2, "or 14 days", "or 30 days"),
    ]
    row = script.call("POST", f"{path}/assistants/{first.id}", "BulkChangeAssistant", json={"left_out": [0]})
    assert [place["included"] for place in row["places"]] == [False, True]
    script.call("POST", f"{path}/assistants/{second.id}", "BulkChangeAssistant", json={"included": False})
    assert script.call("GET", path, "BulkChange")["places"] == 1
    assert assistants.get(first.id).version == 1
    batch = script.call("POST", f"{path}/confirm", "Batch", headers={"X-Greenroom-Note": "New%20terms"})
    assert (batch["id"], batch["size"], batch["note"], batch["change"]["find"]) == (
        "batch_1",
        1,
        "New terms",
        "14 days",
    )
    assert batch["author"]["kind"] == "key"
    assert script.call("POST", f"{path}/confirm", "Batch")["id"] == "batch_1"
    headers = script.headers
    assert script.client.get(f"/v1/assistants/{first.id}", headers=headers).json["instructions"] == (
        "Within 14 days\nor 30 days"
    )
    items = script.call("GET", "/batches/batch_1/assistants", "BatchAssistantList")
    (item,) = items["data"]
    assert (item["id"], item["version_before"], item["version_after"]) == (first.id, 1, 2)
    script.call("DELETE", path, "BulkChangeDeleted")
    undo = script.call("POST", "/batches/batch_1/undo", "Batch")
    assert (undo["undoes"], undo["left_alone"]) == ("batch_1", [])
    assert script.call("GET", "/batches/batch_1", "Batch")["undone_by"] == "batch_2"
    listed = script.call("GET", "/batches?limit=1&after=batch_2", "BatchList")
    assert ([row["id"] for row in listed["data"]], listed["has_more"]) == (["batch_1"], False)
    assert "undone already" in script.call("POST", "/batches/batch_1/undo", "", 412)["error"]["message"]


def test_what_changed_meanwhile_is_412_and_nothing_is_written(script: Script) -> None:
    first, second = (make_assistant(name=name, instructions="14 days") for name in ("First", "Second"))
    path = f"/bulk_changes/{script.prepare(REFUND)['id']}"
    assistants.update(second.id, {"name": "Other"}, actor=ADMIN, origin=Origin.PAGE)
    refused = script.call("POST", f"{path}/confirm", "", 412)
    assert refused["error"]["message"] == "Changed since the preview: “Other”. Nothing was written."
    row = script.call("GET", f"{path}/assistants/{second.id}", "BulkChangeAssistant")
    assert (row["has_changed"], row["places"]) == (True, [])
    assert assistants.get(first.id).version == 1


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({}, 3),
        ({"matching": {"model": "m1"}}, 2),
        ({"matching": {"query": "special"}}, 1),
        ({"matching": {}}, 3),
    ],
)
def test_who_is_meant(script: Script, scope: dict[str, Any], found: int) -> None:
    make_assistant(model="m0", instructions="14 days special")
    for _ in range(2):
        make_assistant(model="m1", instructions="14 days")
    assert script.prepare(REFUND, **scope)["found"] == found


def test_the_named_ones_and_fields(script: Script) -> None:
    first, second = (make_assistant(name=name) for name in ("First", "Second"))
    change = script.prepare({"type": "temperature", "temperature": 0.5}, assistants=[second.id])
    row = script.call("GET", f"/bulk_changes/{change['id']}/assistants", "BulkChangeAssistantList")["data"][0]
    assert (row["id"], row["before"], row["after"], row["hits"]) == (second.id, "1", "0.5", 1)
    script.call("DELETE", f"/bulk_changes/{change['id']}", "BulkChangeDeleted")
    script.call("GET", f"/bulk_changes/{change['id']}", "", 404)
    assert assistants.get(first.id).version == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "change"),
        ({"change": "replace"}, "change"),
        ({"change": {}}, "change.type"),
        ({"change": {"type": "all"}}, "change.type"),
        ({"change": {"type": "replace"}}, "change.find"),
        ({"change": REFUND | {"find": ""}}, "change.find"),
        ({"change": REFUND | {"match_case": "yes"}}, "change.match_case"),
        ({"change": REFUND | {"more": 1}}, "change.more"),
        ({"change": REFUND, "assistant": []}, "assistant"),
        ({"change": REFUND, "assistants": "asst"}, "assistants"),
        ({"change": REFUND, "assistants": []}, "assistants"),
        ({"change": REFUND, "assistants": ["a\x00"]}, "assistants"),
        ({"change": REFUND, "assistants": ["a\ud800"]}, "assistants"),
        ({"change": REFUND, "assistants": ["a"], "matching": {}}, "matching"),
        ({"change": REFUND, "matching": {"modle": "m"}}, "matching.modle"),
        ({"change": REFUND, "matching": {"changed_since": "yesterday"}}, "changed_since"),
    ],
)
def test_what_is_refused_names_its_parameter(script: Script, body: dict[str, Any], param: str) -> None:
    refused = script.call("POST", "/bulk_changes", "", 400, json=body)
    assert refused["error"]["param"] == param


def test_ticks_of_the_wrong_type(script: Script) -> None:
    made = make_assistant(instructions="14 days")
    path = f"/bulk_changes/{script.prepare(REFUND)['id']}/assistants/{made.id}"
    for body in ({"included": 1}, {"left_out": 3}, {"left_out": [True]}, {"other": 1}):
        script.call("POST", path, "", 400, json=body)
    assert script.call("POST", path, "BulkChangeAssistant", json={"left_out": [7, -1]})["left_out"] == []
    script.call("GET", "/batches/12", "", 404)
    script.call("GET", "/batches?after=12", "", 400)


def test_another_key_does_not_see_a_change_that_waits(script: Script) -> None:
    make_assistant(instructions="14 days")
    change = script.prepare(REFUND)
    script.headers = bearer(make_key(Scope.WRITE))
    script.call("GET", f"/bulk_changes/{change['id']}", "", 404)
