"""How many requests a key may send in a time, where `GREENROOM_KEY_LIMIT` says so, and the headers SDKs wait by.

What counts is made in `extensions`: in Redis for all nodes together, or in each worker's own memory.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, g

from app.config import Settings
from app.core.errors import GreenroomError
from app.extensions import counters

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a key's limit, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": f"{self.reset}s",
        }


class TooManyRequests(GreenroomError):
    """The key has used up its limit. `retry_after` is in seconds."""

    def __init__(self, limit: str, retry_after: int) -> None:
        super().__init__(
            f"Rate limit reached for this key: {limit}. Please try again in {retry_after}s.", code="rate_limit_exceeded"
        )
        self.retry_after = retry_after


def count(key_id: int | None) -> None:
    """Count a request of this key; raises `TooManyRequests` for one too many."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.key_limit is None:
        return
    from limits import parse

    limit, counter = parse(settings.key_limit), ("key", str(key_id))
    try:
        allowed = counters().hit(limit, *counter)
        window = counters().get_window_stats(limit, *counter)
    except _failures() as refusal:
        # Scripts matter more than counting them.
        log.warning("Requests can't be counted now: %s", refusal)
        return
    reset = max(1, math.ceil(window.reset_time - time.time()))
    g.key_standing = Standing(limit.amount, window.remaining, reset)
    if not allowed:
        raise TooManyRequests(settings.key_limit, reset)


def _failures() -> tuple[type[Exception], ...]:
    """What the storage of counters raises when it is away, in its own words and its driver's."""
    from limits.errors import StorageError

    failures = counters().storage.base_exceptions
    return (StorageError, *(failures if isinstance(failures, tuple) else (failures,)))


def headers(known: Any) -> dict[str, str]:
    """What an answer says to a key about how much it has left; `known` is the `g` of its request."""
    standing: Standing | None = known.get("key_standing")
    return standing.headers() if standing else {}


def add_headers(response: Response) -> Response:
    response.headers.update(headers(g))
    return response
