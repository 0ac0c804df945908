"""Reading from a server that follows the primary by streaming replication, wherever it is new enough for who asks.

What a client needs to see is in `core.freshness`. The primary is read from instead while the replica hasn't come that
far, and while it can't be reached.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Engine, literal_column, select
from sqlalchemy.exc import DBAPIError

from app.core import freshness
from app.core.database import Record
from app.core.reading import Line, Prepared, Reader, Reading

log = logging.getLogger(__name__)

# How far the primary's log goes: whatever was committed before lies below. And how far of it a replica has come; a
# server that follows nobody says NULL.
WRITTEN = literal_column("CAST(pg_current_wal_insert_lsn() - '0/0' AS bigint)", BigInteger)
REPLAYED = "SELECT CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint)"
POSITION = Prepared(select(WRITTEN.label("position")))
# Seconds. After a failure the replica is left alone for a while; then one request tries it.
RETRY = 5.0
# No reader is shown anything older than this, also if the replica has lost its primary without a word.
OLDEST = 30.0
STEP = 5.0

_wanted: ContextVar[int] = ContextVar("greenroom_wanted", default=0)


class Behind(Exception):
    """The replica hasn't come as far as is needed."""


class Replica(Reader):
    """The connections to a replica. Each knows how far its server had come, which only grows."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._replayed: WeakKeyDictionary[Line, int] = WeakKeyDictionary()

    def rows_as_of(self, position: int, prepared: Prepared, values: dict[str, Any]) -> list[Record]:
        """What the statement finds on a server that has come as far as `position`; raises `Behind`."""
        token = _wanted.set(position)
        try:
            return self.rows(prepared, **values)
        finally:
            _wanted.reset(token)

    def _ask(self, connection: Line, compiled: Reading, bound: Any) -> list[Any]:
        if self._replayed.get(connection, 0) < _wanted.get():
            # Asked by a statement of its own: within the same one, what was replayed after its snapshot would count.
            try:
                (replayed,) = connection.driver.execute(REPLAYED).fetchone()
            except BaseException as failure:
                raise self._gone_wrong(failure, connection, compiled) from failure
            self._replayed[connection] = replayed or 0
            if self._replayed[connection] < _wanted.get():
                self._idle.append(connection)
                raise Behind
        return super()._ask(connection, compiled, bound)


class FollowedReader(Reader):
    """Reads from the replica what may be read there, and from the primary everything else."""

    def __init__(self, engine: Engine, replica: Engine) -> None:
        super().__init__(engine)
        # The key is read where it was written, what it asks for elsewhere.
        self.looks_ahead = False
        self.replica = Replica(replica)
        # A driver's own failure comes from connecting, SQLAlchemy's from asking.
        self._failures = (DBAPIError, replica.dialect.loaded_dbapi.Error)
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._positions: deque[tuple[float, int]] = deque()
        self._next_position = 0.0

    def follows(self) -> bool:
        """Whether the server to read from is there and follows another; raises `DBAPIError`."""
        with self.replica.engine.connect() as connection:
            return connection.exec_driver_sql(REPLAYED).scalar() is not None

    def rows(self, prepared: Prepared, **values: Any) -> list[Record]:
        # What the replica doesn't know of may have been made by somebody else a moment ago: a cursor, an id passed on.
        return self._from_replica(prepared, values) or super().rows(prepared, **values)

    def _from_replica(self, prepared: Prepared, values: dict[str, Any]) -> list[Record]:
        """Nothing, if the replica isn't to be asked."""
        needed = freshness.needed()
        if needed is None or not self._may_try():
            return []
        try:
            found = self.replica.rows_as_of(max(needed, self._oldest()), prepared, values)
        except Behind:
            found = []
        except self._failures as failure:
            log.warning("The replica can't be read from now, so the primary is: %s", str(failure).partition("\n")[0])
            self._away_until = time.monotonic() + RETRY
            return []
        self._away_until = 0.0
        return found

    def _may_try(self) -> bool:
        """Whether the replica is there, as far as is known. One that was away is tried by one request at a time."""
        with self._lock:
            if self._away_until and time.monotonic() >= self._away_until:
                self._away_until = time.monotonic() + RETRY
                return True
            return not self._away_until

    def _oldest(self) -> int:
        """How far the primary's log went some time ago, or when this process first asked."""
        now = time.monotonic()
        with self._lock:
            is_due = now >= self._next_position
            if is_due:
                self._next_position = now + STEP
            while len(self._positions) > 1 and self._positions[1][0] <= now - OLDEST:
                self._positions.popleft()
        if is_due or not self._positions:
            self._positions.append((now, super().rows(POSITION)[0].position))
        return self._positions[0][1]
