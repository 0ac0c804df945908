"""The machine's clock jumps back by a day: numbers and order hold, and every walk meets everything once."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.audit import service as audit
from app.core.paging import Window
from app.extensions import db
from app.history import verify
from tests.factories import bearer, make_key

DAY = timedelta(days=1)


class ADayBefore(datetime):
    """The clock after the jump."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) - DAY


def write(client: FlaskClient, headers: dict[str, str], rounds: int) -> list[str]:
    """New assistants, each changed, its first version restored; the ids in the order they were made."""
    made = []
    for number in range(rounds):
        answer = client.post("/v1/assistants", json={"model": "m", "name": f"{number}"}, headers=headers)
        made.append(answer.json["id"])
        path = f"/v1/assistants/{made[-1]}"
        for typed in ("One", "Two"):
            assert client.post(path, json={"instructions": typed}, headers=headers).status_code == 200
        assert client.post(f"{path}/versions/1/restore", headers=headers).status_code == 200
    return made


def walk(client: FlaskClient, headers: dict[str, str], order: str) -> list[str]:
    met, after = [], ""
    while True:
        page = client.get(f"/v1/assistants?limit=2&order={order}{after}", headers=headers).json
        met += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            return met
        after = f"&after={page['last_id']}"


def test_everything_holds(app: Flask, api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = bearer(make_key())
    before = write(api_client, headers, 3)
    with monkeypatch.context() as clock:
        clock.setattr("app.core.database.datetime", ADayBefore)
        earlier = write(api_client, headers, 3)
        path = f"/v1/assistants/{before[0]}"
        answer = api_client.post(path, json={"instructions": "Three"}, headers=headers)
        assert (answer.status_code, answer.headers["X-Greenroom-Version"]) == (200, "5")
        shown = api_client.get(f"{path}?version=5", headers=headers)
        assert shown.json["instructions"] == "Three"
        assert api_client.delete(f"/v1/assistants/{before[1]}", headers=headers).status_code == 200
    after = write(api_client, headers, 2)
    there = [*earlier, before[0], before[2], *after]
    # By the date each was given, and among equal dates as they were made.
    assert walk(api_client, headers, "asc") == there
    assert walk(api_client, headers, "desc") == there[::-1]
    for assistant_id in there:
        listed = api_client.get(f"/v1/assistants/{assistant_id}/versions?order=asc", headers=headers).json["data"]
        assert [version["number"] for version in listed] == list(range(1, len(listed) + 1))
        assert all(one["created_at"] <= next_one["created_at"] for one, next_one in pairwise(listed))
    assert [one.fault for one in verify.check_all() if one.fault] == []
    entries = activity()
    assert len(entries) == len(set(entries)) == db.session.scalar(text("SELECT count(*) FROM audit_entries"))


def activity() -> list[int]:
    """The numbers of all entries, read in pages of three."""
    met, after = [], None
    while True:
        page = audit.list_page(Window(after=after, limit=3), audit.Criteria())
        met += [entry.id for entry in page.items]
        if not page.has_more:
            return met
        after = (page.items[-1].at, page.items[-1].id)
