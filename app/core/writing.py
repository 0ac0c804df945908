"""Writing past the session what is written again and again: statements put together once, sent as they are.

The session puts a statement together anew each time and looks after objects in between, which takes several times as
long as the statements themselves. `writing` begins a write of its own kind, as `transaction` does one through the
session; `send`, `one` and `rows` ask within either. How it begins and ends is in `writers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.core import freshness
from app.core.database import Database, Record, after_commit, end_reading, is_writing
from app.core.reading import Prepared
from app.core.statements import Statement, Values
from app.core.writers import Deed, Write, writer_of

_under_way: ContextVar[Write | None] = ContextVar("greenroom_write_under_way", default=None)


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """One write, all or nothing. Inside a `transaction` it joins that one; nothing may go through the session in it."""
    if _under_way.get() or is_writing(database.session):
        yield
        return
    end_reading(database.session)
    with writer_of(database.engine).write() as write:
        token = _under_way.set(write)
        try:
            yield
        finally:
            _under_way.reset(token)
    freshness.written()
    for deed in write.afterwards:
        deed()


def send(database: Database, statement: Statement, values: Values | Sequence[Values]) -> list[Any]:
    """Ask this of the database, for several rows where `values` are several, within the write under way."""
    write = _under_way.get()
    return write.send(statement, values) if write else send_on(database.session.connection(), statement, values)


def send_on(connection: Connection, statement: Statement, values: Values | Sequence[Values]) -> list[Any]:
    """The same, within the transaction of this connection."""
    compiled = statement.on(connection.dialect)
    if isinstance(values, Mapping):
        found = connection.exec_driver_sql(compiled.text, compiled.bound(values))
        return list(found.all()) if found.returns_rows else []
    for text, bound in compiled.of_rows(values):
        connection.exec_driver_sql(text, bound)
    return []


def rows(database: Database, prepared: Prepared, **values: Any) -> list[Record]:
    """What the statement finds, as it is within the write under way."""
    return prepared.on(database.engine.dialect).rows(send(database, prepared, values))


def one(database: Database, prepared: Prepared, **values: Any) -> Record | None:
    """The only row, or None."""
    found = rows(database, prepared, **values)
    return found[0] if found else None


def at_end(database: Database, deed: Deed, given: Any) -> None:
    """Do this right before the commit, in one go with what others give for the same deed who share the transaction
    of the write under way. Where nobody can, it is done at once."""
    if write := _under_way.get():
        write.leave(deed, given)
    else:
        deed(partial(send, database), [given])


def when_committed(database: Database, deed: Callable[[], None]) -> None:
    """Do this once the write under way is committed."""
    write = _under_way.get()
    (write.afterwards if write else after_commit(database.session)).append(deed)
