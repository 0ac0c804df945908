"""The queue for SQLite's one place to write.

SQLite lets a writer who finds the place taken sleep for ever longer stretches, while whoever comes by in between gets
it. Here the threads of a process queue, and are woken one after the other. The one in front looks again and again,
because the place may be another process's, and nothing tells when that gives it back.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from app.core.outages import Busy

# Seconds between two looks at the place. A save takes longer.
PAUSE = 0.0005


@dataclass(slots=True)
class Queue:
    """The writers of this process. `patience` is in seconds; `last` is the moment up to which the front one waits."""

    patience: float
    last: float | None = None
    front: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The front of the queue; raises `Busy`."""
        last = time.monotonic() + self.patience
        if not self.front.acquire(timeout=self.patience):
            raise Busy
        self.last = last
        try:
            yield
        finally:
            self.last = None
            self.front.release()

    def begin(self, connection: sqlite3.Connection) -> bool:
        """Begin a transaction that writes, as soon as no other process does; whether that succeeded in time."""
        last = time.monotonic() + self.patience if self.last is None else self.last
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as refusal:
                    if refusal.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= last:
                        return False
                    time.sleep(PAUSE)
                else:
                    return True
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(self.patience * 1000)}")


_queues: WeakKeyDictionary[Any, Queue] = WeakKeyDictionary()


def queue_of(engine: Any, patience: float) -> Queue:
    """A queue of its own for those who write through this engine, each of whom waits so many seconds at most."""
    return _queues.setdefault(engine, Queue(patience))


@contextmanager
def of(engine: Any) -> Iterator[None]:
    """A turn to write, at once where there is no queue."""
    queue = _queues.get(engine)
    with queue.turn() if queue else nullcontext():
        yield
