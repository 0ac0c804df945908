"""Searches are planned for the words that are asked for, however often they are asked on the same connection."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.core.paging import Window
from app.extensions import db
from app.search import service
from app.search.question import Question
from tests.factories import make_assistant

# The driver prepares a statement once it was asked five times.
OFTEN = 8


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("best_first", [True, False])
@pytest.mark.parametrize("since", ["", "2020-01-01"])
@pytest.mark.usefixtures("app")
def test_no_search_is_prepared(since: str, best_first: bool) -> None:
    made = make_assistant(instructions="seldom everywhere")
    for number in range(OFTEN):
        question = Question(query="seldom everywhere", changed_since=since)
        assert [one.id for one in service.list_page(question, Window(), best_first=best_first).items] == [made.id]
        assert service.count(question) == 1
        assert db.session.scalar(text("SELECT :number"), {"number": str(number)}) == str(number)
    prepared = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert [each for each in prepared if "@@" in each] == []
    assert [each for each in prepared if "FROM pg_prepared" not in each], "Others are, so the driver does prepare."
