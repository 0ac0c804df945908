"""Batches, and drafts of them

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("left_alone", sa.Text(), nullable=False),
        sa.Column("undo_of", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["undo_of"], ["batches.id"], name=op.f("fk_batches_undo_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("undo_of", name=op.f("uq_batches_undo_of")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "batch_items",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("assistant_seq", sa.BigInteger(), nullable=False),
        sa.Column("version_before", sa.Integer(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assistant_seq"], ["assistants.seq"], name=op.f("fk_batch_items_assistant_seq")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_items_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "assistant_seq", name=op.f("pk_batch_items")),
    )
    op.create_index("ix_batch_items_assistant", "batch_items", ["assistant_seq", "version_after"])
    op.create_table(
        "bulk_drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_bulk_drafts_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_drafts")),
    )
    op.create_index("ix_bulk_drafts_owner", "bulk_drafts", ["actor_kind", "actor_id", "created_at"])
    op.create_table(
        "bulk_draft_items",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("assistant_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["assistant_seq"], ["assistants.seq"], name=op.f("fk_bulk_draft_items_assistant_seq")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["bulk_drafts.id"], name=op.f("fk_bulk_draft_items_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draft_id", "assistant_seq", name=op.f("pk_bulk_draft_items")),
    )


def downgrade() -> None:
    op.drop_table("bulk_draft_items")
    op.drop_index("ix_bulk_drafts_owner", "bulk_drafts")
    op.drop_table("bulk_drafts")
    op.drop_index("ix_batch_items_assistant", "batch_items")
    op.drop_table("batch_items")
    op.drop_table("batches")
