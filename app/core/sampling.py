"""Doing a thing at most so often for each of many: for what would cost more to write down each time than it tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


class Sampler:
    """Remembers in this process when each thing was last due. It holds `most` of them and forgets the oldest first.

    Threads may share one.
    """

    def __init__(self, step: timedelta, most: int) -> None:
        self.step = step.total_seconds()
        self.most = most
        self.due_again: dict[Hashable, float] = {}
        self.lock = threading.Lock()

    def is_due(self, thing: Hashable) -> bool:
        """Whether it is time again for this; if so, the next time is a step away."""
        return bool(self.due_of([thing]))

    def due_of(self, things: Iterable[T]) -> list[T]:
        """Those of these for which it is time again. The next time of each is a step away."""
        now = time.monotonic()
        with self.lock:
            due = [thing for thing in things if self.due_again.get(thing, now) <= now]
            for thing in due:
                # Taken out first, so that the order of the dictionary is the order of time.
                self.due_again.pop(thing, None)
                self.due_again[thing] = now + self.step
            while len(self.due_again) > self.most:
                self.due_again.pop(next(iter(self.due_again)), None)
        return due
