"""Versions packed against the one before, and working copies

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.texts.packing import pack, path_to, reference_of, unpack

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "assistant_versions",
    sa.column("assistant_seq", sa.BigInteger),
    sa.column("number", sa.Integer),
    sa.column("packed", sa.LargeBinary),
)


def upgrade() -> None:
    op.create_table(
        "working_copies",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("assistant_id", sa.String(length=64), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_working_copies_person_id")),
        sa.PrimaryKeyConstraint("person_id", "assistant_id", name=op.f("pk_working_copies")),
    )
    op.create_index("ix_working_copies_assistant_id", "working_copies", ["assistant_id"])
    connection = op.get_bind()
    for seq in _assistants(connection):
        frames: dict[int, bytes | None] = {}
        for number, plain in connection.execute(_of(seq)).all():
            frames[number] = pack(plain.decode(), _reference(number, frames)) if plain is not None else None
            _store(connection, seq, number, frames[number])


def downgrade() -> None:
    op.drop_index("ix_working_copies_assistant_id", "working_copies")
    op.drop_table("working_copies")
    connection = op.get_bind()
    for seq in _assistants(connection):
        rows = dict(connection.execute(_of(seq)).all())
        for number in rows:
            text = unpack(rows[step] for step in path_to(number))
            _store(connection, seq, number, None if text is None else text.encode())


def _reference(number: int, frames: dict[int, bytes | None]) -> str | None:
    reference = reference_of(number)
    return unpack(frames[step] for step in path_to(reference)) if reference else None


def _assistants(connection: sa.Connection) -> list[int]:
    return list(connection.scalars(sa.select(VERSIONS.c.assistant_seq).distinct()))


def _of(seq: int) -> sa.Select[int, bytes | None]:
    mine = VERSIONS.c.assistant_seq == seq
    return sa.select(VERSIONS.c.number, VERSIONS.c.packed).where(mine).order_by(VERSIONS.c.number)


def _store(connection: sa.Connection, seq: int, number: int, packed: bytes | None) -> None:
    row = sa.and_(VERSIONS.c.assistant_seq == seq, VERSIONS.c.number == number)
    connection.execute(sa.update(VERSIONS).where(row).values(packed=packed))
