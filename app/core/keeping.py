"""Bytes that were dear to make, kept in memory while there is room; what was asked for longest ago goes first.

What they are kept under has to change with them: nothing here is ever told that something is out of date.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock


class Keep:
    """At most `room` bytes, shared by all threads of a process."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        with self._lock:
            # Taken out and put back at the end: a long key is hashed twice by this, not three times.
            found = self._kept.pop(key, None)
            if found is not None:
                self._kept[key] = found
            return found

    def put(self, key: Hashable, made: bytes) -> None:
        with self._lock:
            self._size += len(made) - len(self._kept.pop(key, b""))
            self._kept[key] = made
            while self._size > self.room:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
