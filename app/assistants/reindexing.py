"""Making the search's index anew, a few assistants at a time.

Each batch is a transaction of its own. So writers wait for a moment at most, and whenever it is stopped the index is
whole: some assistants have their old entries, which are as valid as the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, or_, select, text
from sqlalchemy.exc import DatabaseError

from app.assistants.index import PASSAGES, first_id
from app.assistants.index_many import Subject, write_many
from app.assistants.models import Assistant, assistant_facets, search_documents, search_passages
from app.assistants.spec import AssistantSpec
from app.core.database import Record, transaction
from app.extensions import db

BATCH = 50
# How SQLite is told to compare a full-text table with the passages, and to make it anew.
_MENDING = (
    (
        text("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"),
        text("INSERT INTO search_index (search_index) VALUES ('rebuild')"),
    ),
    (
        text("INSERT INTO title_index (title_index, rank) VALUES ('integrity-check', 1)"),
        text("INSERT INTO title_index (title_index) VALUES ('rebuild')"),
    ),
)
_LIVE = select(
    Assistant.seq, Assistant.created_at, Assistant.updated_by, Assistant.name, Assistant.description, Assistant.model,
    Assistant.instructions, Assistant.tools, Assistant.pairs.label("pairs"),
)  # fmt: skip


def rebuild() -> Iterator[int]:
    """Make all of it anew; after each batch, how many assistants that was, those in the trash too."""
    _mend()
    last = 0
    while seqs := _following(last):
        with transaction(db.session):
            fill(db.session.connection(), seqs)
        last = seqs[-1]
        yield len(seqs)


def fill(connection: Connection, seqs: Sequence[int]) -> None:
    """Write the index of these assistants in place of what it has of them, whatever that is."""
    # Held, so that nobody changes them meanwhile.
    live = connection.execute(_LIVE.where(Assistant.seq.in_(seqs)).with_for_update()).all()
    ranges = (
        search_passages.c.id.between(first, first + PASSAGES - 1)
        for seq in seqs
        for first in (first_id(seq, is_long=False), first_id(seq, is_long=True))
    )
    connection.execute(delete(search_passages).where(or_(*ranges)))
    for table in (assistant_facets, search_documents):
        connection.execute(delete(table).where(table.c.assistant_seq.in_(seqs)))
    write_many(connection, ((_subject(row), None) for row in live))


def _subject(row: Record) -> Subject:
    spec = AssistantSpec.model_construct(
        name=row.name, description=row.description, model=row.model, instructions=row.instructions,
        tools=row.tools, metadata=row.pairs,
    )  # fmt: skip
    return Subject(row.seq, row.created_at, row.updated_by, spec)


def _following(last: int) -> list[int]:
    db.session.rollback()
    return list(
        db.session.scalars(select(Assistant.seq).where(Assistant.seq > last).order_by(Assistant.seq).limit(BATCH))
    )


def _mend() -> None:
    """Make SQLite's full-text tables fit the passages: damaged ones can't be changed by what those were before."""
    if db.engine.dialect.name != "sqlite":
        return
    for check, mend in _MENDING:
        try:
            with transaction(db.session):
                db.session.execute(check)
        except DatabaseError:
            with transaction(db.session):
                db.session.execute(mend)
