"""The statements by which assistants are read and written again and again, put together once. `service` asks them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, insert, select, type_coerce, update

from app.assistants.models import Assistant, ListedRow
from app.core.database import table_of
from app.core.paging import Shape, opened
from app.core.reading import Prepared
from app.core.statements import Statement

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

# What `service` sets at every write, by their columns, and what never changes afterwards.
_TABLE = table_of(Assistant)
_FIRST = {"id", "created_at"}
_WRITTEN = [column.key for column in _TABLE.c if column.key not in {"seq", "deleted_at", "deleted_by"}]
ADDED = Statement(insert(_TABLE).returning(_TABLE.c.seq), _WRITTEN)
_CHANGES = update(_TABLE).where(_TABLE.c.seq == bindparam("changed_seq"))
CHANGED = Statement(_CHANGES, [name for name in _WRITTEN if name not in _FIRST])
SETTINGS_CHANGED = Statement(_CHANGES, [name for name in _WRITTEN if name not in _FIRST | {"instructions"}])


@cache
def live(columns: Columns) -> Prepared:
    """One live assistant, by its `id`."""
    return Prepared(select(*columns).where(Assistant.id == bindparam("id"), Assistant.deleted_at.is_(None)))


@cache
def live_page(columns: Columns, shape: Shape) -> Prepared:
    """One page of the live list. Its rows have a title and pairs where `columns` are those of `LISTED`."""
    return Prepared(opened(shape, select(*columns).where(Assistant.deleted_at.is_(None)), ORDER), ListedRow)
