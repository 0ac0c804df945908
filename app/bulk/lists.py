"""One page of any list of batches, of drafts, or of what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Select

from app.core.database import Record
from app.core.paging import Page, Window
from app.extensions import db

T = TypeVar("T")


def page_of(statement: Select[Any], key: Any, window: Window, read: Callable[[Record], T]) -> Page[T]:
    """The rows of `statement` in this window, ordered by `key`, a column that is different in each."""
    rows = db.session.execute(window.apply(statement.add_columns(key.label("place")), [key])).all()
    page = window.page(rows)
    edge = page.items[-1 if page.backwards else 0].place if page.items else None
    behind = window.behind(None if edge is None else (edge,))
    probe = behind.apply(statement.with_only_columns(key, maintain_column_froms=True), [key]) if behind else None
    page = page.with_behind(probe is not None and db.session.execute(probe).first() is not None)
    return page.map(read)
