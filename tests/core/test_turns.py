"""The queue for SQLite's one place to write: who waits gets it, and nobody waits for longer than they should."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.outages import Busy
from app.core.turns import Queue

LONG, SHORT = 30.0, 0.05


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], sqlite3.Connection]:
    """Connections to one database."""

    def open_one() -> sqlite3.Connection:
        return sqlite3.connect(tmp_path / "one.db", isolation_level=None, check_same_thread=False)

    return open_one


def test_every_thread_gets_its_turn_alone() -> None:
    queue, inside, most = Queue(LONG), [], []

    def write(number: int) -> None:
        with queue.turn():
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 16


def test_who_waits_too_long_is_told_and_the_next_one_gets_in() -> None:
    queue = Queue(SHORT)
    with queue.turn(), pytest.raises(Busy), queue.turn():
        pytest.fail("Two are in front")
    with queue.turn():
        assert queue.last is not None


def test_a_turn_that_fails_is_over() -> None:
    queue = Queue(SHORT)
    with pytest.raises(ZeroDivisionError), queue.turn():
        raise ZeroDivisionError
    with queue.turn():
        assert queue.last is not None


def test_the_place_of_another_process_is_taken_once_it_is_free(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(LONG)
    other.execute("BEGIN IMMEDIATE")
    began: list[bool] = []
    waiting = threading.Thread(target=lambda: began.append(queue.begin(mine)))
    waiting.start()
    assert began == []
    other.execute("COMMIT")
    waiting.join()
    assert began == [True]
    assert mine.in_transaction


def test_the_place_of_another_process_is_not_waited_for_without_end(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(SHORT)
    other.execute("BEGIN IMMEDIATE")
    assert not queue.begin(mine)
    assert not mine.in_transaction
    # What else this connection asks waits as before.
    assert mine.execute("PRAGMA busy_timeout").fetchone() == (50,)


def test_waiting_in_the_queue_counts(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(LONG)
    other.execute("BEGIN IMMEDIATE")
    with queue.turn():
        queue.last = time.monotonic()
        assert not queue.begin(mine)
