"""Many questions on the sample, answered by reading every text: both doors of both engines give the same assistants."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.core.actors import COMMAND_LINE
from app.exchange import service as exchange
from tests.factories import bearer, make_key
from tests.pages import Page, Visitor
from tests.sample import samples
from tests.search.scan import QUESTIONS, Row, matching, plain_fields

# More results than this are walked through by the API alone, page after page of 100.
FEW = 45


def rows(page: Page) -> list[str]:
    """The ids on a page of the list, in order."""
    links = page.soup.select("table.data th > a:not(.passage)")
    return [str(link["href"]).rsplit("/", 1)[1].split("?")[0] for link in links]


def walk(visitor: Visitor, page: Page) -> list[str]:
    """The ids on this page and all that its next links lead to."""
    seen = rows(page)
    while (link := page.soup.select_one("a[rel=next]")) is not None:
        page = visitor.get(str(link["href"]))
        seen += rows(page)
    return seen


def api_walk(client: FlaskClient, headers: dict[str, str], **asked: Any) -> list[str]:
    """The ids of every page that `after` leads to, as the SDK goes."""
    seen: list[str] = []
    while True:
        body = client.get(f"/v1/assistants?{urlencode(asked)}", headers=headers).get_json()
        seen += [each["id"] for each in body["data"]]
        if not body["has_more"]:
            return seen
        asked["after"] = body["last_id"]


@pytest.fixture
def sample(app: object) -> dict[str, list[str]]:
    """The plain texts of every row of the sample, by id, imported."""
    found: dict[str, Row] = {}
    for _, page in samples():
        report = exchange.run(page["data"], actor=COMMAND_LINE)
        written = {row.id for row in report.rows if row.verdict in {"created", "changed"}}
        found |= {row["id"]: row for row in page["data"] if row["id"] in written}
    return {each: plain_fields(row) for each, row in found.items()}


def test_every_question_has_the_answer_of_a_scan(
    sample: dict[str, list[str]], viewer: Visitor, api_client: FlaskClient
) -> None:
    headers = bearer(make_key())
    answered = 0
    for asked in QUESTIONS:
        expected = matching(sample, asked)
        answered += bool(expected)
        by_api = api_walk(api_client, headers, query=asked.typed, limit=100)
        assert (set(by_api), len(by_api)) == (expected, len(expected)), asked.typed
        page = viewer.get(f"/assistants?{urlencode({'query': asked.typed})}")
        assert rows(page) == by_api[:20], asked.typed
        if expected:
            assert f"{len(expected)} assistant" in page.text
        if len(expected) <= FEW:
            assert walk(viewer, page) == by_api, asked.typed
    assert answered >= 20
