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
        assert queue.front is not None
    assert queue.front is None


def test_a_turn_that_fails_is_over() -> None:
    queue = Queue(SHORT)
    with pytest.raises(ZeroDivisionError), queue.turn():
        raise ZeroDivisionError
    with queue.turn():
        assert queue.front is not None


def test_who_can_go_on_with_an_open_transaction_gets_it_and_nobody_else() -> None:
    queue, told = Queue(LONG), []

    def wait(joins: bool) -> threading.Thread:
        thread = threading.Thread(target=lambda: (queue.enter(joins=joins), told.append(joins)))
        thread.start()
        return thread

    def until(waiting: int) -> None:
        while len(queue._waiting) < waiting:
            time.sleep(0)

    queue.enter(joins=True)
    assert not queue.hand_on()
    threads = [wait(joins=True)]
    until(1)
    threads.append(wait(joins=False))
    until(2)
    assert queue.hand_on()
    threads[0].join()
    assert told == [True]
    assert not queue.hand_on()
    queue.leave()
    threads[1].join()
    assert told == [True, False]


def test_the_place_of_another_process_is_taken_once_it_is_free(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(LONG)
    other.execute("BEGIN IMMEDIATE")
    waiting = threading.Thread(target=queue.begin, args=[mine])
    waiting.start()
    assert not mine.in_transaction
    other.execute("COMMIT")
    waiting.join()
    assert mine.in_transaction


def test_the_place_of_another_process_is_not_waited_for_without_end(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(SHORT)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        queue.begin(mine)
    assert not mine.in_transaction
    # What else this connection asks waits as before.
    assert mine.execute("PRAGMA busy_timeout").fetchone() == (50,)


def test_waiting_in_the_queue_counts(opened: Callable[[], sqlite3.Connection]) -> None:
    other, mine, queue = opened(), opened(), Queue(LONG)
    other.execute("BEGIN IMMEDIATE")
    with queue.turn():
        assert queue.front
        queue.front.last = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            queue.begin(mine)
