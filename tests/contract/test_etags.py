"""`ETag`, `If-None-Match` and `If-Match`: how scripts avoid needless reading and silent overwriting."""

from __future__ import annotations

from typing import Any

import openai
import pytest


@pytest.fixture
def address(assistant: dict[str, Any]) -> str:
    return f"/v1/assistants/{assistant['id']}"


def test_the_tag_changes_with_the_assistant_and_only_then(wire, address: str) -> None:
    first = wire.get(address).headers["etag"]
    assert first.startswith('"')
    assert wire.get(address).headers["etag"] == first
    changed = wire.post(address, {"name": "other"})
    assert changed.headers["etag"] != first
    assert wire.get(address).headers["etag"] == changed.headers["etag"]
    # Back to the first text is a new version all the same.
    assert wire.post(address, {"name": "A name"}).headers["etag"] != first


def test_created_and_modified_tags_are_those_of_retrieve(wire) -> None:
    made = wire.create()
    assert wire.get(f"/v1/assistants/{made.json['id']}").headers["etag"] == made.headers["etag"]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_if_none_match_with_the_current_tag(wire, address: str, form: str) -> None:
    tag = wire.get(address).headers["etag"]
    answer = wire.get(address, If_None_Match=form.format(tag=tag))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("tag", ['"other"', "nonsense", '""'])
def test_if_none_match_with_another_tag(wire, address: str, assistant, tag: str) -> None:
    assert wire.get(address, If_None_Match=tag).json == assistant


def test_if_none_match_of_an_unknown_assistant(wire) -> None:
    assert wire.get("/v1/assistants/asst_nobody", If_None_Match="*").status == 404


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "*"])
def test_if_match_with_the_current_tag(wire, address: str, form: str) -> None:
    tag = wire.get(address).headers["etag"]
    assert wire.post(address, {"name": "x"}, If_Match=form.format(tag=tag)).json["name"] == "x"
    tag = wire.get(address).headers["etag"]
    assert wire.send("DELETE", address, If_Match=form.format(tag=tag)).json["deleted"] is True


@pytest.mark.parametrize("form", ['"other"', "nonsense", "W/{tag}", "{stale}", " ", ",", "{stale} {tag}"])
def test_if_match_with_another_tag(wire, address: str, form: str) -> None:
    stale = wire.get(address).headers["etag"]
    now = wire.post(address, {"name": "theirs"})
    sent = form.format(tag=now.headers["etag"], stale=stale)
    for answer in (wire.post(address, {"name": "mine"}, If_Match=sent), wire.send("DELETE", address, If_Match=sent)):
        assert answer.verdict == (412, None, None)
    assert wire.get(address).json == now.json


def test_without_if_match_the_last_write_wins(wire, address: str) -> None:
    assert wire.post(address, {"name": "first"}).status == 200
    assert wire.post(address, {"name": "second"}).json["name"] == "second"


def test_if_match_of_an_unknown_assistant(wire) -> None:
    assert wire.post("/v1/assistants/asst_nobody", {}, If_Match="*").status == 404
    assert wire.send("DELETE", "/v1/assistants/asst_nobody", If_Match='"1"').status == 404


def test_the_sdk_can_do_it_too(client: openai.OpenAI) -> None:
    raw = client.beta.assistants.with_raw_response.create(model="m")
    made, tag = raw.parse(), raw.headers["etag"]
    client.beta.assistants.update(made.id, name="mine", extra_headers={"If-Match": tag})
    with pytest.raises(openai.APIStatusError) as refusal:
        client.beta.assistants.update(made.id, name="again", extra_headers={"If-Match": tag})
    assert refusal.value.status_code == 412
    assert client.beta.assistants.retrieve(made.id).name == "mine"


def test_answers_are_not_kept_by_caches_without_asking(wire, address: str) -> None:
    for path in (address, "/v1/assistants", "/v1/models"):
        assert wire.get(path).headers["cache-control"] == "private, no-cache"
