"""How far the log went after a key's or a person's last write, for reading from a replica

Revision: 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("api_keys", "people")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("wrote_up_to", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        # Not as a batch: on SQLite that makes the table anew, and would take along the sessions of people.
        op.drop_column(table, "wrote_up_to")
