"""Failures of the database's drivers, in the words of SQLAlchemy, which puts only its own connections' into them.

What they mean to somebody who waits for an answer is in `outages`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError


def is_lost(failure: BaseException, engine: Engine, connection: Any) -> bool:
    """Whether this says that the connection leads nowhere any more."""
    dialect = engine.dialect
    return isinstance(failure, dialect.loaded_dbapi.Error) and dialect.is_disconnect(failure, connection, None)


def told(failure: BaseException, engine: Engine, *, text: str | None = None, lost: bool = False) -> BaseException:
    """The failure of a statement, or of connecting. Its values are in no message; what isn't the driver's stays."""
    errors = engine.dialect.loaded_dbapi.Error
    if not isinstance(failure, errors):
        return failure
    return DBAPIError.instance(
        text, None, failure, errors, hide_parameters=True, connection_invalidated=lost, dialect=engine.dialect
    )
