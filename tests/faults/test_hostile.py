"""Hostile texts in addresses, headers, names of files and downloads. Browsers read them in `tests/browser`."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from itertools import cycle
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, bearer, make_assistant, make_key, make_person
from tests.faults.hostile import HOSTILE
from tests.house.roles import PAGES
from tests.house.test_roles import cells, fill, token
from tests.pages import Page, Visitor, lint

# Whether a text is only a text doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
TEXTS = list(HOSTILE.values())
ASKED = (
    "query",
    "label",
    "after",
    "before",
    "from",
    "to",
    "find",
    "show",
    "on",
    "sentence",
    "next",
    "token",
    "verb",
    "id",
)
ALIVE = (
    "<script>alert",
    "<img src=x",
    "<svg xmlns",
    '<iframe src="http',
    '<a href="javascript',
    "<base",
    "<meta http-eq",
)


def harmless(answer: TestResponse) -> None:
    """Nothing of it is alive, nothing leads elsewhere, and nothing has become a header."""
    assert answer.status_code < 500
    assert "evil" not in str(answer.headers.getlist("Set-Cookie"))
    if answer.location:
        assert urlsplit(answer.location).netloc in {"", "localhost"}
    elif answer.mimetype == "text/html":
        html = answer.get_data(as_text=True)
        assert [sign for sign in ALIVE if sign in html] == []
        lint(Page(answer.request.path, answer))
    answer.close()


def asked_pages(admin: Visitor, texts: list[str]) -> None:
    """Every page, with one of the texts for each thing an address may ask for."""
    values = cycle(texts)
    opened = {path for method, path, who, ok in cells(PAGES) if (method, who, ok) == ("GET", "admin", "ok")}
    for path in sorted(path for path in opened if "static" not in path and "." not in path):
        query = {name: next(values) for name in ASKED}
        harmless(admin.client.get(fill(path, admin), query_string=query))


def test_in_addresses(admin: Visitor) -> None:
    make_assistant(name=TEXTS[0], instructions="\n".join(TEXTS))
    asked_pages(admin, TEXTS)
    for text in TEXTS:
        harmless(admin.client.get(f"/{quote(text)}"))
        harmless(admin.client.get(f"/assistants/{quote(text, safe='')}"))


@pytest.mark.soak
def test_each_in_every_address(admin: Visitor) -> None:
    make_assistant(name=TEXTS[0], instructions="\n".join(TEXTS))
    for text in TEXTS:
        asked_pages(admin, [text])


def test_signing_in_never_leads_elsewhere(app: Flask) -> None:
    person = make_person()
    addresses = ("//evil.example", "/\\evil.example", "https:evil.example", "/%0d%0aLocation:http://evil.example")
    for text in (*TEXTS, *addresses):
        visitor = Visitor(app.test_client())
        data = {"csrf_token": token(visitor), "next": text, "email": person.email, "password": PASSWORD}
        answer = visitor.post("/sign-in", data)
        assert answer.status_code == 303
        assert answer.location.startswith("/")
        assert not answer.location.startswith(("//", "/\\"))
        harmless(answer)


def test_in_names_of_downloads(admin: Visitor) -> None:
    for text in TEXTS:
        made = make_assistant(name=text.replace("\r\n", " "))
        for ending in ("json", "py"):
            answer = admin.client.get(f"/assistants/{made.id}/responses.{ending}")
            disposition = answer.headers["Content-Disposition"]
            assert disposition.startswith("attachment; filename=")
            assert not {"\r", "\n", "/", "\\"} & set(disposition.partition("filename=")[2].partition(";")[0].strip('"'))
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            harmless(answer)


def test_in_names_of_files(admin: Visitor) -> None:
    for text in TEXTS:
        make_assistant(name=text.replace("\r\n", " "))
    answer = admin.client.get("/export/folder.zip")
    with zipfile.ZipFile(BytesIO(answer.get_data())) as made:
        paths = [PurePosixPath(name) for name in made.namelist()]
    assert len(paths) > len(TEXTS)
    for path in paths:
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert len(path.parts) <= 3


def test_in_uploads(admin: Visitor) -> None:
    row = {"id": "asst_1", "object": "assistant", "created_at": 1, "model": "m"}
    for text in TEXTS:
        content = json.dumps({"object": "list", "data": [row | {"name": text, "id": text}, row, text]}).encode()
        data = {"csrf_token": token(admin), "file": FileStorage(BytesIO(content), text, content_type="text/html")}
        answer = admin.post("/import", data, multipart=True, follow_redirects=True)
        harmless(answer)


def test_in_headers(api_client: FlaskClient, app: Flask) -> None:
    headers = bearer(make_key())
    for text in TEXTS:
        for name in ("X-Greenroom-Note", "If-Match", "If-None-Match", "X-Request-Id", "Accept", "Origin", "Referer"):
            sent = headers | {name: quote(text)}
            answer = api_client.post("/v1/assistants", json={"model": "m", "name": text}, headers=sent)
            assert answer.status_code < 500
            assert "Set-Cookie" not in answer.headers
        app.test_client().get("/sign-in", headers={"Host": quote(text), "X-Forwarded-Host": "evil.example"}).close()
        strange = app.test_client().get("/sign-in", headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in strange.get_data(as_text=True)
