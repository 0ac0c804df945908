"""Which key last read which version of an assistant

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assistant_reads",
        sa.Column("assistant_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name=op.f("fk_assistant_reads_key_id")),
        sa.PrimaryKeyConstraint("assistant_id", "key_id", "version", name=op.f("pk_assistant_reads")),
    )


def downgrade() -> None:
    op.drop_table("assistant_reads")
