"""How a write past the session begins and ends on each engine. What is asked in between is in `writing`.

On a server each has a connection of its own. On SQLite the threads of a process that write at the same time do so in
one transaction, one after the other: the disk is waited for once for all of them.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from app.core import turns
from app.core.database import PATIENCE
from app.core.drivers import is_lost, told
from app.core.outages import Uncertain
from app.core.statements import Send, Statement, Values
from app.core.turns import Queue

# What is done with all that was given for it in a transaction.
Deed: TypeAlias = Callable[[Send, list[Any]], None]


class Write:
    """One write under way, on a connection of the driver's."""

    def __init__(self, writer: Writer, connection: Any) -> None:
        self.writer, self.connection = writer, connection
        # What is done once it is committed.
        self.afterwards: list[Callable[[], None]] = []

    def send(self, statement: Statement, given: Values | Sequence[Values]) -> list[Any]:
        """Ask this of the database, for several rows where the values of several are given; the rows it answers."""
        compiled = statement.on(self.writer.engine.dialect)
        began = time.perf_counter() if self.writer.timed else 0.0
        try:
            if isinstance(given, Mapping):
                answer = self.connection.execute(compiled.text, compiled.bound(given))
                rows: list[Any] = answer.fetchall() if compiled.answers else []
            else:
                for text, values in compiled.of_rows(given):
                    ask = self.connection.cursor().executemany if isinstance(values, list) else self.connection.execute
                    ask(text, values)
                rows = []
        except self.writer.engine.dialect.loaded_dbapi.Error as failure:
            raise self.writer.told(failure, self.connection, compiled.text) from failure
        if self.writer.timed:
            self.writer.timed(time.perf_counter() - began)
        return rows

    def leave(self, deed: Deed, given: Any) -> None:
        """Do this with all that is given for it, which is this alone where nobody shares the transaction."""
        deed(self.send, [given])


class Writer:
    """Writes to a server, each on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Told the seconds of each statement, where they are measured.
        self.timed: Callable[[float], None] | None = None

    @contextmanager
    def write(self) -> Iterator[Write]:
        """One transaction; raises `Uncertain` where nobody can say whether it was committed."""
        # Psycopg's own modules, which only a server needs.
        from app.core.libpq import send_all

        pooled = self._connected()
        connection: Any = pooled.driver_connection
        commits = False
        try:
            # What answers nothing isn't waited for before the next statement, or the commit, is sent.
            with connection.pipeline():
                if patience := pooled.info.get(PATIENCE):
                    connection.execute(patience)
                yield Write(self, connection)
                send_all(connection)
                commits = True
                connection.commit()
        except self.engine.dialect.loaded_dbapi.Error as failure:
            # The answer got lost on its way, and with it whether there was a commit.
            if commits and is_lost(failure, self.engine, connection):
                raise Uncertain from failure
            raise self.told(failure, connection) from failure
        finally:
            # Whatever isn't committed by now is undone by it.
            pooled.close()

    def told(self, failure: BaseException, connection: Any = None, text: str | None = None) -> BaseException:
        """The failure of a statement, or of connecting, in SQLAlchemy's words."""
        lost = connection is not None and is_lost(failure, self.engine, connection)
        return told(failure, self.engine, text=text, lost=lost)

    def _connected(self) -> PoolProxiedConnection:
        try:
            return self.engine.raw_connection()
        except self.engine.dialect.loaded_dbapi.Error as failure:
            raise self.told(failure) from failure


class Part(Write):
    """A write that shares its transaction. What is left for the end is done there once, for all of them."""

    def __init__(self, writer: Writer, connection: Any) -> None:
        super().__init__(writer, connection)
        self.left: dict[Deed, list[Any]] = {}

    def leave(self, deed: Deed, given: Any) -> None:
        self.left.setdefault(deed, []).append(given)


class Group:
    """The writes that share a transaction. Once it `ended`, each of them knows whether it succeeded."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self.pooled = pooled
        self.connection: Any = pooled.driver_connection
        # What is done for all of them together, right before the commit, and what for.
        self.left: dict[Deed, list[Any]] = {}
        self.ended = threading.Event()
        self.failure: BaseException | None = None


class SharedWriter(Writer):
    """Writes to SQLite's one place. Whoever is through with their part hands the open transaction on to the next in
    the queue; the last of them commits it, and nobody is told of success before that.

    A part that fails is taken back alone. If the transaction fails, or what was left for its end, all of them do.
    """

    def __init__(self, engine: Engine, queue: Queue) -> None:
        super().__init__(engine)
        self.queue = queue
        # For whoever is in front alone.
        self._group: Group | None = None

    @contextmanager
    def write(self) -> Iterator[Write]:
        """A part of a transaction; raises `Busy` for a turn that doesn't come."""
        self.queue.enter(joins=True)
        try:
            group = self._group = self._group or self._begun()
        except BaseException:
            self.queue.leave()
            raise
        failure = None
        try:
            group.connection.execute("SAVEPOINT part")
            part = Part(self, group.connection)
            yield part
            group.connection.execute("RELEASE part")
            for deed, given in part.left.items():
                group.left.setdefault(deed, []).extend(given)
        except BaseException as own:
            failure = own
            self._take_back(group, own)
        if group.failure or not self.queue.hand_on():
            self._end(group)
            self.queue.leave()
        group.ended.wait()
        if group.failure:
            raise self.told(group.failure, group.connection) from failure
        if failure:
            # Its own, unless it is the driver's, such as of the savepoint.
            raise self.told(failure, group.connection)

    def _begun(self) -> Group:
        pooled = self._connected()
        connection: Any = pooled.driver_connection
        try:
            self.queue.begin(connection)
        except BaseException as failure:
            pooled.close()
            raise self.told(failure, connection) from failure
        return Group(pooled)

    def _take_back(self, group: Group, failure: BaseException) -> None:
        """Undo one part. An engine that is out of room, or of its disk, has undone all of them by itself."""
        try:
            if not group.connection.in_transaction:
                group.failure = _own(failure)
                return
            group.connection.execute("ROLLBACK TO part")
            group.connection.execute("RELEASE part")
        except sqlite3.Error as further:
            group.failure = further

    def _end(self, group: Group) -> None:
        self._group = None
        try:
            if not group.failure:
                whole = Write(self, group.connection)
                for deed, given in group.left.items():
                    deed(whole.send, given)
                group.connection.execute("COMMIT")
        except BaseException as failure:
            # Whatever it is, nobody may take it for success: `write` raises it for each of them.
            group.failure = _own(failure)
        finally:
            # What isn't committed by now is undone.
            group.pooled.close()
            group.ended.set()


def _own(failure: BaseException) -> BaseException:
    """The driver's failure, from what it was told in."""
    return failure.orig or failure if isinstance(failure, DBAPIError) else failure


_writers: WeakKeyDictionary[Engine, Writer] = WeakKeyDictionary()


def writer_of(engine: Engine) -> Writer:
    """What writes through this engine, past the session."""
    found = _writers.get(engine)
    if found is None:
        queue = turns.known_queue(engine)
        # Of two threads that come first together, one's is everybody's.
        found = _writers.setdefault(engine, SharedWriter(engine, queue) if queue else Writer(engine))
    return found
