"""Styles and scripts: kept for a year under an address that changes with them, found under every other address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.http import assets
from tests.pages import Visitor

sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
IMPORT = re.compile(r"""(?:from|import)\s*\(?["']([^"']+)["']""")


@sqlite
def test_pages_name_the_fingerprint_and_browsers_keep_what_it_leads_to(visitor: Visitor) -> None:
    page = visitor.get("/sign-in")
    addresses = [tag.get("href") or tag.get("src") for tag in page.soup.select("head link, head script")]
    assert len(addresses) > 5
    for address in addresses:
        assert address.startswith(f"{assets.address()}/")
        answer = visitor.client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        answer.close()


@sqlite
def test_scripts_import_each_other_under_the_same_fingerprint(api_client: FlaskClient) -> None:
    imported = 0
    for script in (assets.FOLDER / "js").glob("*.js"):
        for target in IMPORT.findall(script.read_text(encoding="utf-8")):
            address = urljoin(f"{assets.address()}/js/{script.name}", target)
            assert address.startswith(f"{assets.address()}/"), f"{script.name} imports {target}: make it relative."
            with api_client.get(address) as answer:
                assert answer.status_code == 200, f"{script.name} imports {target}"
            imported += 1
    assert imported > 10


@pytest.mark.parametrize("address", ["/static/css/base.css", "/static/0123456789abcdef/css/base.css"])
@sqlite
def test_another_fingerprint_or_none_leads_to_what_there_is_and_is_not_kept(
    api_client: FlaskClient, address: str
) -> None:
    with api_client.get(address) as answer:
        assert (answer.status_code, answer.data) == (200, (assets.FOLDER / "css" / "base.css").read_bytes())
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
    with api_client.get(address, headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["css/none.css", "../app/config.py", "css", "..%2fwsgi.py"])
@sqlite
def test_what_is_not_there_is_not_found_and_not_kept(api_client: FlaskClient, name: str) -> None:
    for folder in (assets.address(), "/static"):
        answer = api_client.get(f"{folder}/{name}")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers["Cache-Control"]


def test_the_fingerprint_changes_with_a_name_and_with_a_content(tmp_path: Path) -> None:
    seen = set()
    for name, content in (("a.css", b"1"), ("a.css", b"2"), ("b.css", b"2"), ("b.css", b"2")):
        for left_over in tmp_path.iterdir():
            left_over.unlink()
        (tmp_path / name).write_bytes(content)
        seen.add(assets.fingerprint(tmp_path))
    assert len(seen) == 3


@sqlite
def test_who_works_on_the_files_sees_each_change(app: Flask, api_client: FlaskClient) -> None:
    app.debug = True
    try:
        with api_client.get(f"{assets.address()}/css/base.css") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
    finally:
        app.debug = False
