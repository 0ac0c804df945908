"""Reads underneath PostgreSQL's driver: prepared once for each connection, interrupted and refused as by the driver."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Boolean, Double, bindparam, cast, func, literal_column, null, select
from sqlalchemy.exc import DBAPIError

from app.assistants import wire
from app.assistants.statements import live
from app.core.database import JsonText, UtcDateTime, utc_now
from app.core.libpq import Direct
from app.core.outages import Busy, outage_of
from app.core.reading import Prepared
from app.extensions import db, reader
from tests.factories import make_assistant

pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.parametrize("settings", ["postgresql"], indirect=True),
]
KINDS = {
    "number": BigInteger(), "share": Double(), "truth": Boolean(), "moment": UtcDateTime(), "pairs": JsonText()
}  # fmt: skip
EACH_KIND = Prepared(
    select(
        *(cast(bindparam(name, type_=kind), kind).label(name) for name, kind in KINDS.items()),
        null().label("nothing"),
        literal_column("'100 %'").label("text"),
    )
)
SLEEPING = Prepared(select(func.pg_sleep(bindparam("seconds", type_=Double())).label("slept")))
KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM assistants%'"


def line() -> Direct:
    """The only connection that reads."""
    (found,) = reader()._idle
    assert isinstance(found, Direct)
    return found


def under_way() -> int:
    """How many others ask the database something now."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with db.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"{others} AND state = 'active'").scalar())


@contextmanager
def interrupted(after: float) -> Iterator[None]:
    """As by Ctrl-C, so many seconds from now."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_values_of_each_kind_come_back_in_whatever_order_they_are_given() -> None:
    for number in (1, 40_000, 2**40, -(2**63)):
        values: dict[str, Any] = {
            "number": number, "share": number / 3, "truth": number > 1, "moment": utc_now(), "pairs": {"ü": [1, None]}
        }  # fmt: skip
        for given in (values, dict(reversed(values.items())), dict.fromkeys(values)):
            (row,) = reader().rows(EACH_KIND, **given)
            assert tuple(row) == (*(given[name] for name in KINDS), None, "100 %")


def test_a_statement_is_prepared_once_for_each_connection_and_keeps_no_row() -> None:
    made = [make_assistant(name=name).id for name in ("One", "Other")]
    for assistant_id, name in zip(made * 3, ("One", "Other") * 3, strict=True):
        assert reader().one(live(wire.SHORT_COLUMNS), id=assistant_id).name == name
    assert line().driver.execute(KEPT).fetchone() == (1,)
    assert {known.columns.pgresult for known in line()._known.values()} == {None}


def test_behind_a_pooler_nothing_is_prepared() -> None:
    made = make_assistant(name="One")
    reader().rows(EACH_KIND, **dict.fromkeys(KINDS))
    # What `database.tune` says once it has recognised one.
    driver = line().driver
    driver.execute("DEALLOCATE ALL")
    driver.prepare_threshold = None
    reader()._idle[:] = [Direct(driver)]
    for _ in range(8):
        assert reader().one(live(wire.SHORT_COLUMNS), id=made.id).name == "One"
    assert driver.execute(KEPT).fetchone() == (0,)


def test_an_interruption_ends_the_wait_and_the_statement() -> None:
    assert threading.current_thread() is threading.main_thread()
    began = time.monotonic()
    with interrupted(after=0.2), pytest.raises(KeyboardInterrupt):
        reader().rows(SLEEPING, seconds=30.0)
    assert time.monotonic() - began < 10
    assert (under_way(), reader()._idle) == (0, [])
    assert reader().rows(SLEEPING, seconds=0.0)


def test_a_statement_that_takes_too_long_is_told_as_such(app: Flask) -> None:
    reader().rows(SLEEPING, seconds=0.0)
    line().driver.execute("SET statement_timeout = 50")
    with pytest.raises(DBAPIError) as failure:
        reader().rows(SLEEPING, seconds=30.0)
    assert isinstance(outage_of(failure.value), Busy)
    assert reader().rows(SLEEPING, seconds=0.1)
