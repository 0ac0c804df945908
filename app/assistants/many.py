"""Reading many assistants at a time, few of them in memory. One at a time is `service`; writing many is `rewriting`."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from app.assistants.models import Assistant, titled
from app.core.database import Record
from app.extensions import db
from app.texts.text import unstorable

# So many rows are fetched at a time. Each may hold 256,000 characters.
FETCHED = 20
# So many are worked on at a time: enough to be quick.
CHUNK = 200
# The columns are named as the specification names the fields.
TABLE: Any = Assistant.__table__
HEAD = (Assistant.seq, Assistant.id, Assistant.name, Assistant.version, Assistant.deleted_at)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which assistants are meant: all live ones, or all in the trash; narrowed to these ids, or to what is `within`.

    `within` selects their `seq`.
    """

    trashed: bool = False
    ids: Collection[str] | None = None
    within: Select[Any] | None = None

    def condition(self) -> ColumnElement[bool]:
        gone = Assistant.deleted_at
        return and_(
            gone.is_not(None) if self.trashed else gone.is_(None),
            true() if self.ids is None else Assistant.id.in_(self.ids),
            true() if self.within is None else Assistant.seq.in_(self.within),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """An assistant as it was read, with some of its fields under the names the specification gives them."""

    seq: int
    id: str
    title: str
    version: int
    deleted_at: datetime | None
    state: Mapping[str, Any]


def top(chosen: Chosen) -> int:
    """Above the newest of those chosen; a walk that begins here meets them all."""
    return (db.session.scalar(select(func.max(Assistant.seq)).where(chosen.condition())) or 0) + 1


def count(chosen: Chosen, *, down_to: int = 0) -> int:
    """How many are chosen, of those with this `seq` or a higher one."""
    statement = select(func.count()).select_from(Assistant).where(chosen.condition(), Assistant.seq >= down_to)
    return db.session.scalar(statement) or 0


def walk(chosen: Chosen, *, below: int, fields: Sequence[str], holding: str | None = None) -> Generator[Found]:
    """Those chosen with a `seq` below this one, the newest first, read as they are asked for.

    With `holding`, only those where one of the fields holds exactly that text; a few others may be among them.
    """
    statement = select(*HEAD, *_columns(fields)).where(chosen.condition(), Assistant.seq < below)
    if holding is not None:
        statement = statement.where(or_(*(_holds(TABLE.c[field], holding) for field in fields)))
    rows = db.session.execute(statement.order_by(Assistant.seq.desc()), execution_options={"yield_per": FETCHED})
    try:
        yield from (_found(row, fields) for row in rows)
    finally:
        rows.close()


def some(seqs: Collection[int], fields: Sequence[str] = ()) -> dict[int, Found]:
    """These assistants by their `seq`, live or in the trash."""
    rows = db.session.execute(select(*HEAD, *_columns(fields)).where(Assistant.seq.in_(seqs)))
    return {row.seq: _found(row, fields) for row in rows}


def named(assistant_id: str, fields: Sequence[str] = ()) -> Found | None:
    """The assistant with this id, live or in the trash."""
    if unstorable(assistant_id):
        return None
    row = db.session.execute(select(*HEAD, *_columns(fields)).where(Assistant.id == assistant_id)).one_or_none()
    return _found(row, fields) if row else None


def changed(versions: Select[Any], *, trashed: bool) -> list[Found]:
    """Of the assistants in `versions`, rows of (seq, version), those that have another version or place by now."""
    known = versions.subquery()
    gone = Assistant.deleted_at
    moved = gone.is_(None) if trashed else gone.is_not(None)
    statement = select(*HEAD).join(known, known.c.seq == Assistant.seq)
    rows = db.session.execute(statement.where(or_(known.c.version != Assistant.version, moved)).order_by(Assistant.seq))
    return [_found(row, ()) for row in rows]


def standing(within: Select[Any]) -> list[Found]:
    """All assistants whose `seq` is within, live or in the trash, without their fields."""
    statement = select(*HEAD).where(Assistant.seq.in_(within)).order_by(Assistant.seq)
    return [_found(row, ()) for row in db.session.execute(statement)]


def hold(within: Select[Any]) -> list[Found]:
    """The same, held against other writers until the transaction ends."""
    # In one order for everybody, so that two batches wait for each other instead of blocking each other.
    statement = select(*HEAD).where(Assistant.seq.in_(within)).order_by(Assistant.seq).with_for_update()
    return [_found(row, ()) for row in db.session.execute(statement)]


def chunks(seqs: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """The same, so many at a time."""
    chunk: list[int] = []
    for seq in seqs:
        chunk.append(seq)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _columns(fields: Sequence[str]) -> list[Any]:
    return [TABLE.c[field].label(f"field_{field}") for field in fields]


def _found(row: Record, fields: Sequence[str]) -> Found:
    state = {field: getattr(row, f"field_{field}") for field in fields}
    return Found(row.seq, row.id, titled(row.name, row.id), row.version, row.deleted_at, state)


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    position = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    found: ColumnElement[bool] = position(column, text) > 0
    return found
