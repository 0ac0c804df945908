"""Imports that go on in steps: how far each came, and what became of each of its rows

Revision: 0011, after 0010.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DRAFTS = sa.table(
    "import_drafts",
    sa.column("id"),
    sa.column("report", sa.Text()),
    sa.column("imported_at", sa.DateTime(timezone=True)),
    sa.column("position"),
    sa.column("total"),
    sa.column("finished_at", sa.DateTime(timezone=True)),
)
ROWS = sa.table("import_rows", sa.column("draft_id"), sa.column("number"), sa.column("report", sa.Text()))


def upgrade() -> None:
    connection = op.get_bind()
    finished = connection.execute(sa.select(DRAFTS.c.id, DRAFTS.c.report).where(DRAFTS.c.report.is_not(None))).all()
    # One that was interrupted can be confirmed anew: what it brought in is found unchanged then.
    connection.execute(DRAFTS.update().where(DRAFTS.c.report.is_(None)).values(imported_at=None))
    # Not as a batch: on SQLite that makes the table anew, and takes along the rows that belong to it.
    op.drop_column("import_drafts", "report")
    op.add_column("import_drafts", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("import_drafts", sa.Column("total", sa.Integer(), nullable=True))
    op.add_column("import_drafts", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "import_rows",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["import_drafts.id"], name=op.f("fk_import_rows_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_import_rows")),
    )
    for draft_id, report in finished:
        rows = json.loads(report)
        if rows:
            reports = [{"draft_id": draft_id, "number": row["position"], "report": json.dumps(row)} for row in rows]
            connection.execute(ROWS.insert(), reports)
        whole = {"position": len(rows), "total": len(rows), "finished_at": DRAFTS.c.imported_at}
        connection.execute(DRAFTS.update().where(DRAFTS.c.id == draft_id).values(whole))


def downgrade() -> None:
    connection = op.get_bind()
    reports = {}
    for draft_id in connection.scalars(sa.select(DRAFTS.c.id).where(DRAFTS.c.finished_at.is_not(None))).all():
        rows = sa.select(ROWS.c.report).where(ROWS.c.draft_id == draft_id).order_by(ROWS.c.number)
        reports[draft_id] = f"[{','.join(connection.scalars(rows))}]"
    op.drop_table("import_rows")
    op.add_column("import_drafts", sa.Column("report", sa.Text(), nullable=True))
    for column in ("finished_at", "total", "position"):
        op.drop_column("import_drafts", column)
    for draft_id, report in reports.items():
        connection.execute(DRAFTS.update().where(DRAFTS.c.id == draft_id).values(report=report))
