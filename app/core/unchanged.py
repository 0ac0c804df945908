"""Whether anything has been committed: a mark of the database that stays the same until then, told in one short read.

What was made from the database after a mark was taken is right for as long as the mark is the same. It is taken anew at
each use, so there is nothing to expire and no node has to tell another.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from sqlalchemy import Engine, Text, event, literal_column, select

from app.core.reading import Prepared, Reader
from app.core.replica import FollowedReader

# Of None nothing is known, so nothing may be kept under it.
Mark = Hashable | None
# Which transactions a reader sees now; and since when the server runs, as another one counts them by itself.
SEEN = Prepared(
    select(
        literal_column("CAST(pg_current_snapshot() AS text)", Text).label("transactions"),
        literal_column("CAST(pg_postmaster_start_time() AS text)", Text).label("since"),
    )
)


def mark_of(reader: Reader) -> Callable[[], Mark]:
    """What tells the mark of the database that this one reads."""
    if isinstance(reader, FollowedReader):
        # A replica comes after its primary, so the mark of neither speaks for both.
        return lambda: None
    if reader.engine.dialect.name == "sqlite":
        return Watch(reader.engine).mark
    return lambda: reader.rows(SEEN)[0]


class Watch:
    """A connection to SQLite that only asks whether others have committed, shared by all threads of a process.

    The engine's answer is a number that counts for this one connection, so a mark names that, too.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Any = None
        self._lock = Lock()
        event.listen(engine, "engine_disposed", self._close)

    def mark(self) -> Mark:
        """None where SQLite fails: what is read instead fails, too, and says how."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                (number,) = self._connection.execute("PRAGMA data_version").fetchone()
            except self.engine.dialect.loaded_dbapi.Error:
                self._forget()
                return None
            return self._connection, number

    def _connect(self) -> Any:
        pooled = self.engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        return connection

    def _close(self, _engine: Engine) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
