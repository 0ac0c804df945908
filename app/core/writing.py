"""Asking, within the transaction under way, what every save asks: statements put together once and sent as they are.

The session puts a statement together anew each time, which takes longer than to send it. What is asked now and then
goes through the session, on the same connection; so both count or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult

from app.core.statements import Statement, Values


def send(connection: Connection, statement: Statement, values: Values | Sequence[Values]) -> CursorResult[Any]:
    """Ask this of the database, for several rows where `values` are several."""
    compiled = statement.on(connection.dialect)
    if isinstance(values, Mapping):
        return connection.exec_driver_sql(compiled.text, compiled.bound(values))
    return connection.exec_driver_sql(compiled.text, [compiled.bound(row) for row in values])
