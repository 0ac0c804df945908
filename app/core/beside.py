"""Writing down, beside a request, what it doesn't depend on: when a key was used, who read what.

Reading goes on where writing doesn't, such as with a full disk or while somebody else writes for long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import scoped_session

from app.core.database import transaction
from app.core.outages import Outage

log = logging.getLogger(__name__)

# Seconds to wait for a turn to write what can as well be written a little later.
BRIEFLY = 0.05


def write_beside(
    scoped: scoped_session[Any], what: str, deed: Callable[[], object], *, patience: float | None = None
) -> bool:
    """Do this in a transaction; whether it was committed. An outage is told in the log, `what` at its beginning.

    It waits so many seconds for its turn, or as long as anybody.
    """

    def write() -> None:
        with transaction(scoped, patience=patience):
            deed()

    try:
        # In a context of its own: whoever asks has written nothing by it, and need not be read to from the primary.
        copy_context().run(write)
    except (DBAPIError, PoolTimeout, Outage) as failure:
        log.warning("%s can't be written down now: %s", what, getattr(failure, "orig", failure))
        return False
    return True
