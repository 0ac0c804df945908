"""Keys and the forms they come in, base addresses as people paste them, and the API's own description."""

from __future__ import annotations

import openai
import pytest

BASES = ["", "/", "/v1", "/v1/", "//v1/", "/v1//", "//"]
NO_KEY = "You didn't provide an API key."


@pytest.mark.parametrize("base", BASES)
def test_every_base_address_people_paste(server, base: str) -> None:
    """Also for POST, which no redirect may turn into a GET."""
    with openai.OpenAI(base_url=server.url + base, api_key=server.write_key, max_retries=0) as client:
        made = client.beta.assistants.create(model="m", name=base)
        assert client.beta.assistants.update(made.id, name="x").name == "x"
        assert client.beta.assistants.retrieve(made.id).name == "x"
        assert made.id in [each.id for each in client.beta.assistants.list().data]
        assert client.beta.assistants.delete(made.id).deleted
        assert client.models.retrieve("gpt-4o").id == "gpt-4o"
        with pytest.raises(openai.NotFoundError) as refusal:
            client.beta.threads.create()
        assert refusal.value.body["message"] == "Invalid URL (POST /v1/threads)"  # type: ignore[index]


@pytest.mark.parametrize("base", BASES)
def test_a_bad_key_is_told_at_every_base_address(server, base: str) -> None:
    with openai.OpenAI(base_url=server.url + base, api_key="gr_wrong", max_retries=0) as client:
        for call in (client.beta.assistants.list, lambda: client.beta.assistants.create(model="m"), client.models.list):
            with pytest.raises(openai.AuthenticationError) as refusal:
                call()
            assert refusal.value.code == "invalid_api_key"


@pytest.mark.parametrize("path", ["/v1//assistants", "//v1/assistants", "/v1/assistants/", "/v1//assistants//"])
def test_stray_slashes_are_no_redirect(wire, anonymous, path: str) -> None:
    assert wire.get(path).json["object"] == "list"
    assert wire.post(path, {"model": "m"}).json["object"] == "assistant"
    assert anonymous.get(path).verdict == (401, None, None)
    assert anonymous.post(path, {"model": "m"}).verdict == (401, None, None)


@pytest.mark.parametrize("header", ["OpenAI_Beta", "X_Stainless_Lang"])
def test_the_sdk_without_a_key_reads_why(anonymous, header: str) -> None:
    """At the bare address browsers are sent to sign in; a script is told that its key is missing."""
    for path in ("/assistants", "/models", "/v1/assistants"):
        answer = anonymous.get(path, **{header: "assistants=v2"})
        assert answer.verdict == (401, None, None)
        assert answer.error["message"].startswith(NO_KEY)


@pytest.mark.parametrize("form", ["", "Bearer", "Bearer ", "Basic Z3I6eA==", "{key}", "Token {key}", "Bearer{key}"])
def test_headers_without_a_key(server, anonymous, form: str) -> None:
    sent = form.format(key=server.write_key)
    for method, path in (("GET", "/v1/assistants"), ("POST", "/v1/assistants"), ("DELETE", "/v1/assistants/asst_x")):
        answer = anonymous.send(method, path, b"not even JSON" if method == "POST" else None, Authorization=sent)
        assert answer.verdict == (401, None, None)
        assert answer.error["message"].startswith(NO_KEY)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("form", ["Bearer {key}", "bearer {key}", "BEARER {key}", "Bearer   {key}  "])
def test_headers_with_a_key(server, anonymous, form: str) -> None:
    assert anonymous.get("/v1/assistants", Authorization=form.format(key=server.read_key)).status == 200


@pytest.mark.parametrize("wrong", ["x", "gr_", "sk-proj-" + "a1b2c3d4" * 8, "gr_" + "Z" * 40, "gr_é", "q" * 4_000])
def test_a_wrong_key_is_never_shown_whole(server, anonymous, wrong: str) -> None:
    for key in (wrong, wrong + server.write_key):
        answer = anonymous.get("/v1/assistants", Authorization=f"Bearer {key}")
        assert answer.verdict == (401, "invalid_api_key", None)
        assert answer.error["message"].startswith("Incorrect API key provided: ")
        assert "****" in answer.error["message"]
        assert key not in answer.error["message"] or len(key) == 1
        shown = answer.error["message"].removeprefix("Incorrect API key provided: ").split(". ")[0]
        assert len(shown.replace("*", "")) <= 8


def test_a_read_key_may_not_write(server, reader, wire, assistant) -> None:
    address = f"/v1/assistants/{assistant['id']}"
    assert reader.get(address).json == assistant
    assert reader.get("/v1/assistants").status == 200
    for answer in (
        reader.create(),
        reader.post("/v1/assistants", b"not JSON"),
        reader.post(address, {"name": "x"}),
        reader.send("DELETE", address),
    ):
        assert answer.verdict == (403, None, None)
    assert wire.get(address).json == assistant
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.read_key, max_retries=0)
    with client, pytest.raises(openai.PermissionDeniedError):
        client.beta.assistants.create(model="m")


def test_every_answer_has_a_request_id(wire, anonymous) -> None:
    answers = [
        wire.get("/v1/assistants"),
        wire.get("/v1/nope"),
        wire.send("PATCH", "/v1/assistants", b"{}"),
        wire.post("/v1/assistants", b"{"),
        wire.post("/v1/assistants", b"{}", Content_Type="text/plain"),
        anonymous.get("/v1/assistants"),
        anonymous.get("/openapi.json"),
        anonymous.get("/sign-in"),
        anonymous.get("/no-such-page"),
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(each.startswith("req_") for each in ids)
    assert len(set(ids)) == len(ids)


def test_the_description_is_public(anonymous, wire) -> None:
    for sender in (anonymous, wire):
        answer = sender.get("/openapi.json")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["openapi"].startswith("3.1")
    assert anonymous.get("/openapi.json", If_None_Match=answer.headers["etag"]).status == 304


def test_the_start_shows_the_set_up_link(server, anonymous) -> None:
    """Nobody has been added to this database yet, so the first administrator is invited."""
    printed = server.log.read_text()
    links = [word for word in printed.split() if word.startswith(f"{server.url}/setup?token=")]
    assert len(links) == 1, printed
    assert anonymous.get(links[0].removeprefix(server.url)).status == 200


def test_pages_stay_pages(anonymous) -> None:
    answer = anonymous.get("/assistants")
    assert answer.status == 303
    assert answer.headers["location"].startswith("/sign-in")
