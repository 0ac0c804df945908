"""The queue for SQLite's one place to write.

SQLite lets a writer who finds the place taken sleep for ever longer stretches, while whoever comes by in between gets
it. Here the threads of a process queue, and are called one after the other. The one in front looks again and again,
because the place may be another process's, and nothing tells when that gives it back.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from app.core.outages import Busy

# Seconds between two looks at the place. A save takes longer.
PAUSE = 0.0002


@dataclass(slots=True, eq=False)
class Turn:
    """A writer in the queue, who waits up to the moment `last`. One who `joins` can go on with an open transaction."""

    last: float
    joins: bool
    called: threading.Lock = field(default_factory=threading.Lock)


class Queue:
    """The writers of this process, who wait for `patience` seconds at most unless they say otherwise."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.front: Turn | None = None
        self._waiting: deque[Turn] = deque()
        self._lock = threading.Lock()

    def enter(self, *, joins: bool, patience: float | None = None) -> None:
        """Come to the front, within `patience` seconds if not the queue's; raises `Busy`."""
        patience = self.patience if patience is None else patience
        turn = Turn(time.monotonic() + patience, joins)
        with self._lock:
            if self.front is None:
                self.front = turn
                return
            turn.called.acquire()
            self._waiting.append(turn)
        if turn.called.acquire(timeout=patience):
            return
        with self._lock:
            # Called in the very last moment, it is in front all the same.
            if self.front is not turn:
                self._waiting.remove(turn)
                raise Busy

    def leave(self) -> None:
        """Give the front to the next one."""
        with self._lock:
            self._call_next()

    def hand_on(self) -> bool:
        """Give the front to the next one if that one joins; else stay there."""
        with self._lock:
            joins = bool(self._waiting) and self._waiting[0].joins
            if joins:
                self._call_next()
            return joins

    @contextmanager
    def turn(self, patience: float | None = None) -> Iterator[None]:
        """The front of the queue, for a transaction of one's own; as `enter`."""
        self.enter(joins=False, patience=patience)
        try:
            yield
        finally:
            self.leave()

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin a transaction that writes as soon as no other process does; raises SQLite's own error."""
        last = self.front.last if self.front else time.monotonic() + self.patience
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as refusal:
                    if refusal.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= last:
                        raise
                    time.sleep(PAUSE)
                else:
                    return
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(self.patience * 1000)}")

    def _call_next(self) -> None:
        self.front = self._waiting.popleft() if self._waiting else None
        if self.front:
            self.front.called.release()


_queues: WeakKeyDictionary[Any, Queue] = WeakKeyDictionary()


def queue_of(engine: Any, patience: float) -> Queue:
    """A queue of its own for those who write through this engine, each of whom waits so many seconds at most."""
    return _queues.setdefault(engine, Queue(patience))


def known_queue(engine: Any) -> Queue | None:
    """The queue of those who write through this engine, if they have one."""
    return _queues.get(engine)


@contextmanager
def of(engine: Any, patience: float | None) -> Iterator[None]:
    """A turn to write, at once where there is no queue; as `Queue.enter`."""
    queue = known_queue(engine)
    with queue.turn(patience) if queue else nullcontext():
        yield
