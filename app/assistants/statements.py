"""The statements by which assistants are read and written again and again, put together once. `service` asks them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, insert, inspect, select, type_coerce, update

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
_COLUMNS = tuple(attribute.class_attribute for attribute in inspect(Assistant).column_attrs)
_HELD = select(Assistant.seq).where(Assistant.id == bindparam("id")).with_for_update()
PLACE = Prepared(select(*ORDER).where(Assistant.id == bindparam("id")))

# An assistant as it is, held against other writers, whole or without its text.
HELD = Prepared(_HELD.with_only_columns(*_COLUMNS))
HELD_HEAD = Prepared(_HELD.with_only_columns(*(column for column in _COLUMNS if column.key != "instructions")))

# What `service` sets at every write, by their columns, and what never changes afterwards.
_TABLE = table_of(Assistant)
_FIRST = {"id", "created_at"}
_WRITTEN = [column.key for column in _TABLE.c if column.key not in {"seq", "deleted_at", "deleted_by"}]
ADDED = Statement(insert(_TABLE).returning(_TABLE.c.seq), _WRITTEN)
_CHANGES = update(_TABLE).where(_TABLE.c.seq == bindparam("changed_seq"))
CHANGED = Statement(_CHANGES, [name for name in _WRITTEN if name not in _FIRST])
MOVED = Statement(_CHANGES, ["deleted_at", "deleted_by"])
SETTINGS_CHANGED = Statement(_CHANGES, [name for name in _WRITTEN if name not in _FIRST | {"instructions"}])


@cache
def live(columns: Columns) -> Prepared:
    """One live assistant, by its `id`."""
    return Prepared(select(*columns).where(Assistant.id == bindparam("id"), Assistant.deleted_at.is_(None)))


@cache
def live_page(columns: Columns, shape: Shape) -> Prepared:
    """One page of the live list. Its rows have a title and pairs where `columns` are those of `LISTED`."""
    return Prepared(opened(shape, select(*columns).where(Assistant.deleted_at.is_(None)), ORDER), ListedRow)
