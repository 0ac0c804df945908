"""Writing beside a request: it is written, or told in the log, and whoever asks has written nothing by it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import freshness
from app.core.beside import write_beside
from app.core.outages import Unreachable
from app.extensions import db
from app.keys.models import ApiKey
from tests.factories import make_key


def rename() -> None:
    db.session.execute(update(ApiKey).values(name="Written"))


def names() -> list[str]:
    return list(db.session.scalars(select(ApiKey.name)))


def test_it_is_written_and_what_is_read_next_need_not_come_from_the_primary(app: Flask) -> None:
    make_key(name="Before")
    freshness.forget()
    freshness.asked_by_one_who_wrote_up_to(7)
    assert write_beside(db.session, "A name", rename)
    assert names() == ["Written"]
    assert (freshness.wrote(), freshness.needed()) == (False, 7)


def test_an_outage_is_told_and_nothing_is_written(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    make_key(name="Before")

    def write() -> None:
        rename()
        raise Unreachable

    assert not write_beside(db.session, "A name", write)
    assert names() == ["Before"]
    assert [record.getMessage() for record in caplog.records] == [f"A name can't be written down now: {Unreachable()}"]


def test_a_fault_of_our_own_is_not_taken_for_an_outage(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        write_beside(db.session, "A name", lambda: 1 / 0)
