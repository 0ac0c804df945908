"""The list: both orders, both cursors, ties, and what happens while others add and delete."""

from __future__ import annotations

from typing import Any

import openai
import pytest

ORDERS = ["asc", "desc"]
pytestmark = pytest.mark.usefixtures("empty")


@pytest.fixture
def made(client: openai.OpenAI) -> list[str]:
    """Nine assistants, oldest first. They are made within a second or two, so most dates tie."""
    return [client.beta.assistants.create(model="m", name=f"{number}").id for number in range(9)]


def in_order(made: list[str], order: str) -> list[str]:
    return made if order == "asc" else made[::-1]


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page.json["data"]]


def test_an_empty_list(wire) -> None:
    assert wire.get("/v1/assistants").json == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_the_default_page(client: openai.OpenAI, wire) -> None:
    """Twenty, the newest first."""
    made = [client.beta.assistants.create(model="m").id for _ in range(21)]
    page = wire.get("/v1/assistants")
    assert list(page.json) == ["object", "data", "first_id", "last_id", "has_more"]
    assert page.json["object"] == "list"
    assert ids(page) == made[:0:-1]
    assert (page.json["first_id"], page.json["last_id"], page.json["has_more"]) == (made[20], made[1], True)
    whole = client.beta.assistants.list(limit="21")  # type: ignore[arg-type]
    assert [each.id for each in whole.data] == made[::-1]
    assert whole.has_more is False
    assert whole.to_dict()["first_id"] == made[20]


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 100])
@pytest.mark.parametrize("order", ORDERS)
def test_the_sdk_walks_every_assistant_once(client: openai.OpenAI, made: list[str], order: str, limit: int) -> None:
    walked = [each.id for each in client.beta.assistants.list(order=order, limit=limit)]  # type: ignore[arg-type]
    assert walked == in_order(made, order)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 4, 9])
def test_previous_walks_back_over_the_same_pages(wire, made: list[str], order: str, limit: int) -> None:
    expected = in_order(made, order)
    cursor, walked = expected[-1], [expected[-1]]
    while True:
        page = wire.get("/v1/assistants", {"order": order, "limit": limit, "before": cursor})
        walked = ids(page) + walked
        if not page.json["has_more"]:
            break
        cursor = page.json["first_id"]
    assert walked == expected


@pytest.mark.parametrize("order", ORDERS)
def test_every_window(wire, made: list[str], order: str) -> None:
    """All pairs of cursors and limits, held against a plain list."""
    expected = in_order(made, order)
    places: list[int | None] = [None, 0, 3, 4, 8]
    for after in places:
        for before in places:
            low = 0 if after is None else after + 1
            high = len(expected) if before is None else before
            window = expected[low:high]
            for limit in (1, 2, 3, 9):
                shown = window[-limit:] if after is None and before is not None else window[:limit]
                query: dict[str, Any] = {"order": order, "limit": limit}
                query |= {"after": expected[after]} if after is not None else {}
                query |= {"before": expected[before]} if before is not None else {}
                page = wire.get("/v1/assistants", query).json
                assert [each["id"] for each in page["data"]] == shown, query
                assert page["has_more"] is (len(window) > limit), query
                assert page["first_id"] == (shown[0] if shown else None)
                assert page["last_id"] == (shown[-1] if shown else None)


def test_a_cursor_of_the_other_order_stays_valid(wire, made: list[str]) -> None:
    assert ids(wire.get("/v1/assistants", {"after": made[6], "order": "asc"})) == made[7:]
    assert ids(wire.get("/v1/assistants", {"after": made[6], "order": "desc"})) == made[5::-1]


def test_the_sdk_iterating_a_previous_page_ends(client: openai.OpenAI, made: list[str]) -> None:
    """It sends `before` and `after` together for its second request; that window is empty."""
    page = client.beta.assistants.list(before=made[3], order="asc", limit=2)
    assert [each.id for each in page] == made[1:3]


@pytest.mark.parametrize("order", ORDERS)
def test_a_loop_that_deletes_as_it_goes(client: openai.OpenAI, made: list[str], order: str) -> None:
    """The SDK's next cursor is an assistant that has just been deleted."""
    deleted = []
    for each in client.beta.assistants.list(limit=2, order=order):  # type: ignore[arg-type]
        client.beta.assistants.delete(each.id)
        deleted.append(each.id)
    assert deleted == in_order(made, order)
    assert client.beta.assistants.list().data == []


@pytest.mark.parametrize("cursor", ["after", "before"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_deleted_cursor_keeps_its_place(
    client: openai.OpenAI, wire, made: list[str], order: str, cursor: str
) -> None:
    expected = in_order(made, order)
    client.beta.assistants.delete(expected[4])
    page = wire.get("/v1/assistants", {cursor: expected[4], "order": order})
    assert ids(page) == (expected[5:] if cursor == "after" else expected[:4])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("cursor", ["after", "before"])
def test_a_walk_while_others_add_and_delete(
    client: openai.OpenAI, wire, made: list[str], order: str, cursor: str
) -> None:
    """Whoever survives is shown exactly once. New ones may show or not, but never twice."""
    expected = in_order(made, order)
    start = expected[0] if cursor == "after" else expected[-1]
    walked, doomed = [start], [expected[3], expected[6]]
    query = {"order": order, "limit": 2, cursor: start}
    while True:
        page = wire.get("/v1/assistants", query).json
        shown = [each["id"] for each in page["data"]]
        walked = walked + shown if cursor == "after" else shown + walked
        client.beta.assistants.create(model="m", name="late")
        if doomed:
            client.beta.assistants.delete(doomed.pop())
        if not page["has_more"] or len(walked) > 40:
            break
        query[cursor] = page["last_id"] if cursor == "after" else page["first_id"]
        if shown == [] or len(walked) >= len(expected) + 4:
            break
    assert len(walked) == len(set(walked))
    survivors = [each for each in expected if each not in {expected[3], expected[6]}]
    assert [each for each in walked if each in survivors] == survivors


def test_limits(client: openai.OpenAI, made: list[str]) -> None:
    assert len(client.beta.assistants.list(limit=1).data) == 1
    assert len(client.beta.assistants.list(limit=100).data) == len(made)


@pytest.mark.parametrize("cursor", ["after", "before"])
def test_unknown_cursors_never_fall_back_to_page_one(client: openai.OpenAI, made: list[str], cursor: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.beta.assistants.list(**{cursor: "asst_nobody"})  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.param) == ("invalid_value", cursor)


def test_an_empty_cursor_counts_as_none(client: openai.OpenAI, made: list[str]) -> None:
    assert [each.id for each in client.beta.assistants.list(after="", before="", order="asc")] == made


def test_lists_show_whole_assistants(client: openai.OpenAI) -> None:
    whole = client.beta.assistants.create(model="m", instructions="Long. " * 1_000, metadata={"z": "1", "a": "2"})
    assert client.beta.assistants.list().data[0].to_dict() == whole.to_dict()
