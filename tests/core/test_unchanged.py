"""The mark of the database: the same while nothing is committed, another one as soon as anything is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from app.assistants import service
from app.core.replica import FollowedReader
from app.core.unchanged import mark_of
from app.extensions import db, mark, reader
from tests.factories import ADMIN, make_assistant

pytestmark = pytest.mark.usefixtures("app")


def test_it_stays_while_things_are_only_read() -> None:
    made = make_assistant()
    before = mark()
    assert before is not None
    assert service.count_live() == 1
    assert service.place_of(made.id, "after")
    assert mark() == before


def test_it_changes_with_every_commit_and_never_comes_back() -> None:
    marks = [mark()]
    for _ in range(3):
        made = make_assistant()
        marks.append(mark())
        service.delete(made.id, actor=ADMIN)
        marks.append(mark())
    assert len(set(marks)) == len(marks)


def test_what_somebody_else_writes_changes_it_when_it_is_committed() -> None:
    """While it isn't, nobody sees it; a mark of that time stands for what was there before."""
    make_assistant()
    elsewhere = create_engine(db.engine.url)
    with elsewhere.connect() as connection:
        connection.execute(text("UPDATE assistants SET updated_by = 'Somebody'"))
        during = mark()
        connection.commit()
    elsewhere.dispose()
    assert mark() != during


def test_threads_share_one() -> None:
    tell = mark_of(reader())
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _number: tell(), range(50)))) == 1


def test_connections_that_were_closed_leave_none_behind() -> None:
    """SQLite counts anew for each connection, and a server's time of starting would tell that it is another one."""
    before = mark()
    db.engine.dispose()
    assert (mark() == before) is (db.engine.dialect.name == "postgresql")


def test_it_is_unknown_where_a_replica_is_read() -> None:
    assert mark_of(FollowedReader(db.engine, db.engine))() is None
