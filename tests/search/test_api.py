"""The list of the API with a question in its address. Without one it is the contract's, as tests/contract says."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.assistants import service
from tests.factories import EDITOR, bearer, make_assistant, make_key
from tests.search.test_list import ODD
from tests.search.test_questions import api_walk


@pytest.fixture
def headers(app: object) -> dict[str, str]:
    return bearer(make_key())


def get(client: FlaskClient, headers: dict[str, str], **asked: Any) -> Any:
    return client.get("/v1/assistants", query_string=asked, headers=headers)


def ids(client: FlaskClient, headers: dict[str, str], **asked: Any) -> list[str]:
    answer = get(client, headers, **asked)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.get_json()["data"]]


def test_the_best_come_first_unless_an_order_is_asked(api_client: FlaskClient, headers: dict[str, str]) -> None:
    named = make_assistant(name="Refund").id
    other = make_assistant(name="Other", instructions="refund").id
    make_assistant(name="Neither")
    assert ids(api_client, headers, query="refund") == [named, other]
    assert ids(api_client, headers, query="refund", order="desc") == [other, named]
    assert ids(api_client, headers, query="refund", order="asc") == [named, other]
    assert ids(api_client, headers, query="-refund", limit=1) == ids(api_client, headers, limit=1)
    body = get(api_client, headers, query="nowhere").get_json()
    assert body == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


@pytest.mark.parametrize("order", [{}, {"order": "desc"}, {"order": "asc"}])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_cursors_lead_through_all_matches_and_back(
    api_client: FlaskClient, headers: dict[str, str], order: dict[str, str], limit: int
) -> None:
    made = [make_assistant(name="match" if number % 3 else "x", description="match").id for number in range(20)]
    make_assistant()
    # A deleted match is a cursor, too, and so is one that never matched.
    service.delete(made[5], actor=EDITOR)
    asked = {"query": "match", "limit": limit, **order}
    forwards = api_walk(api_client, headers, **asked)
    assert sorted(forwards) == sorted(set(made) - {made[5]})
    assert ids(api_client, headers, after=forwards[3], **asked) == forwards[4 : 4 + limit]
    backwards = ids(api_client, headers, before=forwards[9], **asked)
    assert backwards == forwards[max(0, 9 - limit) : 9]
    between = ids(api_client, headers, after=forwards[2], before=forwards[6], **asked)
    assert between == forwards[3:6][:limit]
    assert get(api_client, headers, after=made[5], **asked).status_code == 200


def test_filters_are_the_page_s(api_client: FlaskClient, headers: dict[str, str]) -> None:
    metadata = {"team": "sales", "labels": "urgent"}
    one = make_assistant(model="m", metadata=metadata, tools=[{"type": "file_search"}]).id
    make_assistant(model="m")
    for asked in (
        {"label": "urgent"},
        {"tool": "file_search", "model": "m"},
        {"metadata_key": "team"},
        {"metadata_key": "team", "metadata_value": "sales", "query": "test", "changed_by": "Ed Editor"},
        {"changed_since": "0", "label": "Urgent"},
    ):
        assert ids(api_client, headers, **asked) == [one]
    assert ids(api_client, headers, unsaved="true") == []
    assert len(ids(api_client, headers, unsaved="false", model="")) == 2


@pytest.mark.parametrize("typed", ODD, ids=range(len(ODD)))
def test_odd_input_is_words_and_never_an_error(api_client: FlaskClient, headers: dict[str, str], typed: str) -> None:
    make_assistant()
    answer = api_client.get("/v1/assistants", query_string={"query": typed.encode(errors="replace")}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"changed_since": "soon"}, "changed_since"),
        ({"metadata_value": "x"}, "metadata_value"),
        ({"query": "x", "after": "asst_unknown"}, "after"),
        ({"label": "a\x00"}, "label"),
        ({"unsaved": "null"}, "unsaved"),
        ({"retiring": "perhaps"}, "retiring"),
    ],
)
def test_what_can_not_be_asked(
    api_client: FlaskClient, headers: dict[str, str], asked: dict[str, str], param: str
) -> None:
    answer = get(api_client, headers, **asked)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["param"] == param
