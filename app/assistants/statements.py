"""The statements by which assistants are read again and again, put together once. `service` asks them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce

from app.assistants.models import Assistant, ListedRow
from app.core.paging import Shape, opened
from app.core.reading import Prepared

# Columns or expressions, as `select` takes them.
Columns = tuple[Any, ...]

ORDER = (Assistant.created_at, Assistant.seq)
# What the page with the list shows.
LISTED = (
    *(Assistant.id, Assistant.created_at, Assistant.seq, Assistant.name, Assistant.description, Assistant.model),
    *(
        Assistant.updated_at,
        Assistant.updated_by,
        Assistant.instructions_length,
        type_coerce(Assistant.pairs, Text).label("pairs_json"),
    ),
)
PLACE = Prepared(select(*ORDER).where(Assistant.id == bindparam("id")))


@cache
def live(columns: Columns) -> Prepared:
    """One live assistant, by its `id`."""
    return Prepared(select(*columns).where(Assistant.id == bindparam("id"), Assistant.deleted_at.is_(None)))


@cache
def live_page(columns: Columns, shape: Shape) -> Prepared:
    """One page of the live list. Its rows have a title and pairs where `columns` are those of `LISTED`."""
    return Prepared(opened(shape, select(*columns).where(Assistant.deleted_at.is_(None)), ORDER), ListedRow)
