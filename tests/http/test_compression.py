"""Large answers are made smaller for who asks, are the same after unpacking, and pages never are."""

from __future__ import annotations

import zlib

import pytest
import zstandard
from flask.testing import FlaskClient

from app.assistants import service
from app.core.actors import Origin
from app.http import assets
from tests import factories
from tests.factories import bearer, make_assistant, make_key
from tests.pages import Visitor

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
UNPACK = {
    "gzip": lambda data: zlib.decompress(data, wbits=31),
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
}
TEXT = "Answer in one sentence. " * 2_000


@pytest.mark.parametrize("encoding", UNPACK)
@pytest.mark.parametrize("path", ["/v1/assistants/{id}", "/v1/assistants?limit=5", "/openapi.json"])
def test_large_json_is_the_same_after_unpacking(api_client: FlaskClient, path: str, encoding: str) -> None:
    path = path.replace("{id}", make_assistant(instructions=TEXT).id)
    headers = bearer(make_key())
    plain = api_client.get(path, headers=headers)
    for _ in range(2):
        small = api_client.get(path, headers=headers | {"Accept-Encoding": f"br, {encoding}"})
        assert small.headers["Content-Encoding"] == encoding
        assert len(small.data) == int(small.headers["Content-Length"]) < len(plain.data) / 3
        assert UNPACK[encoding](small.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in small.headers["Vary"]
    assert small.headers.get("ETag") == plain.headers.get("ETag")


def test_what_is_kept_compressed_follows_every_change(api_client: FlaskClient) -> None:
    made, headers = make_assistant(instructions=TEXT), bearer(make_key()) | {"Accept-Encoding": "gzip"}
    for text in (TEXT, "a" * 30_000, TEXT):
        service.update(made.id, {"instructions": text}, actor=factories.EDITOR, origin=Origin.API)
        for _ in range(2):
            answer = api_client.get(f"/v1/assistants/{made.id}", headers=headers)
            plain = api_client.get(f"/v1/assistants/{made.id}", headers=bearer(make_key()))
            assert UNPACK["gzip"](answer.data) == plain.data


@pytest.mark.parametrize("asked", ["", "identity", "br", "gzip;q=0", "deflate"])
def test_who_does_not_ask_gets_it_as_it_is(api_client: FlaskClient, asked: str) -> None:
    path = f"/v1/assistants/{make_assistant(instructions=TEXT).id}"
    answer = api_client.get(path, headers=bearer(make_key()) | {"Accept-Encoding": asked})
    assert "Content-Encoding" not in answer.headers
    assert answer.json["instructions"] == TEXT


def test_small_answers_and_refusals_stay_as_they_are(api_client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    path = f"/v1/assistants/{make_assistant(instructions='short').id}"
    assert "Content-Encoding" not in api_client.get(path, headers=bearer(make_key()) | headers).headers
    assert "Content-Encoding" not in api_client.get(path, headers=headers).headers


def test_styles_are_made_smaller_and_pages_are_not(editor: Visitor) -> None:
    sheet = assets.FOLDER / "css" / "components.css"
    for address in (f"{assets.address()}/css/components.css", "/static/css/components.css"):
        for _ in range(2):
            with editor.client.get(address, headers={"Accept-Encoding": "gzip, zstd"}) as answer:
                assert answer.headers["Content-Encoding"] == "zstd"
                assert UNPACK["zstd"](answer.data) == sheet.read_bytes()
    page = editor.client.get("/assistants", headers={"Accept-Encoding": "gzip, zstd"})
    assert "Content-Encoding" not in page.headers
