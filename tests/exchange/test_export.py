"""The file that takes all assistants along."""

from __future__ import annotations

import json
import re

from flask import Flask

from app.assistants import service as assistants
from app.core.actors import COMMAND_LINE
from app.exchange import service
from app.exchange.formats import read_rows
from tests.exchange.saved import exported, row, verdicts
from tests.pages import Visitor


def test_an_empty_list(app: Flask) -> None:
    assert exported() == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_pages_join_without_a_seam(app: Flask) -> None:
    rows = [row(number, created_at=9_000 - number // 3) for number in range(201)]
    service.run(rows, actor=COMMAND_LINE)
    page = exported()
    assert [assistant["id"] for assistant in page["data"]] == [given["id"] for given in rows]
    assert (page["first_id"], page["last_id"], page["has_more"]) == ("asst_0", "asst_200", False)
    assert verdicts(service.plan(read_rows(json.dumps(page).encode()))) == ["unchanged"] * 201


def test_the_trash_stays_behind(app: Flask) -> None:
    service.run([row(1), row(2)], actor=COMMAND_LINE)
    assistants.delete("asst_1", actor=COMMAND_LINE)
    assert [assistant["id"] for assistant in exported()["data"]] == ["asst_2"]


def test_a_viewer_downloads_it(viewer: Visitor) -> None:
    service.run([row(1, name="Ünï", instructions="\n x \r\n"), row(2)], actor=COMMAND_LINE)
    page = viewer.get("/export")
    assert page.h1 == "Export assistants"
    assert "There are 2 assistants." in page.text
    response = viewer.client.get(page.link("Download the file"))
    assert response.mimetype == "application/json"
    assert re.fullmatch(
        r"attachment; filename=greenroom-assistants-\d{4}-\d\d-\d\d\.json", response.headers["Content-Disposition"]
    )
    assert response.get_json() == exported()


def test_the_page_counts_one(viewer: Visitor) -> None:
    service.run([row(1)], actor=COMMAND_LINE)
    assert "There is 1 assistant." in viewer.get("/export").text
