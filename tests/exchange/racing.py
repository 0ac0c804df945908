"""Somebody who writes an assistant after it was looked at, and before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event, text

from app.config import Settings
from app.extensions import db


@contextmanager
def overtaken(settings: Settings, assistant_id: str) -> Iterator[None]:
    """On PostgreSQL alone: the embedded database lets nobody else write meanwhile."""
    theirs = create_engine(settings.database_url)
    statement, done = text("UPDATE assistants SET version = version + 1 WHERE id = :id"), []

    def be_faster(_connection: Any, _cursor: Any, asked: str, values: Any, *_: Any) -> None:
        if "assistants.deleted_at" in asked and " IN " in asked and assistant_id in str(values) and not done:
            done.append(asked)
            with theirs.begin() as connection:
                connection.execute(statement, {"id": assistant_id})

    event.listen(db.engine, "after_cursor_execute", be_faster)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", be_faster)
        theirs.dispose()
    assert done
