"""Counting failed sign-ins, by account and by address, and saying how long to wait after too many.

What counts is made in `extensions`. Without `GREENROOM_REDIS_URL` each worker process keeps its own in memory, so that
with several workers somebody may get that many times the attempts.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from flask import current_app, request

from app.extensions import counters
from app.texts.text import fingerprint

if TYPE_CHECKING:
    from limits import RateLimitItem

# An office shares one address, and nobody there should be shut out by a colleague's bad memory.
ADDRESS_FACTOR = 10


def begin(account: str) -> int | None:
    """Count an attempt on this account; the seconds to wait when it is one too many, else None.

    It counts before the password is checked, so that attempts side by side can't slip through; `succeeded` takes
    it back. What is refused by address doesn't count on the account.
    """
    for limit, key in _counters(account):
        if not counters().hit(limit, *key):
            return _seconds_left(limit, key)
    return None


def succeeded(account: str) -> None:
    """The attempt was a good one and doesn't count."""
    for limit, key in _counters(account):
        counters().hit(limit, *key, cost=-1)


def too_many(wait: int) -> str:
    """The sentence for somebody who has to wait so many seconds."""
    minutes = math.ceil(wait / 60)
    return f"There were too many failed attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}."


def _counters(account: str) -> list[tuple[RateLimitItem, tuple[str, str]]]:
    from limits import parse

    limit = parse(current_app.config["SETTINGS"].sign_in_limit)
    wider = type(limit)(limit.amount * ADDRESS_FACTOR, limit.multiples, limit.namespace)
    return [
        (wider, ("sign-in address", request.remote_addr or "")),
        (limit, ("sign-in account", fingerprint(account))),
    ]


def _seconds_left(limit: RateLimitItem, key: tuple[str, str]) -> int:
    return max(1, math.ceil(counters().get_window_stats(limit, *key).reset_time - time.time()))
