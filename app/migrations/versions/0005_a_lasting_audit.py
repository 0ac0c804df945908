"""Where an entry of the audit came from, its order by time, and a lock on what is written

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REFUSAL = "Entries of the audit are never changed and never removed."
SQLITE = """
CREATE TRIGGER audit_entries_last_{deed} BEFORE {deed} ON audit_entries
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
FUNCTION = """
CREATE FUNCTION audit_entries_last() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$
"""
POSTGRESQL = """
CREATE TRIGGER audit_entries_last BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_last()
"""


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("address", sa.String(length=64), nullable=True))
    op.create_index("ix_audit_entries_at", "audit_entries", ["at", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(deed=deed, refusal=REFUSAL))
    else:
        op.execute(FUNCTION.format(refusal=REFUSAL))
        op.execute(POSTGRESQL)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER audit_entries_last_{deed}")
    else:
        op.execute("DROP TRIGGER audit_entries_last ON audit_entries")
        op.execute("DROP FUNCTION audit_entries_last()")
    op.drop_index("ix_audit_entries_at", "audit_entries")
    op.drop_column("audit_entries", "address")
