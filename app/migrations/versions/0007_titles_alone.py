"""On SQLite, names and descriptions have a full-text table of their own

A word that stands in most texts stands in few of these. Neither table keeps the lengths of its columns, because nothing
is ranked by them.

Revision: 0007, after 0006.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIKE_PASSAGES = "content='search_passages', content_rowid='id', columnsize=0, tokenize=\"ascii tokenchars '$'\""
TABLES = (
    f"CREATE VIRTUAL TABLE search_index USING fts5(name, description, words, {LIKE_PASSAGES})",
    f"CREATE VIRTUAL TABLE title_index USING fts5(name, description, {LIKE_PASSAGES})",
)
# Passages in the middle of a text have neither name nor description, and no row among the titles.
ADDED = """INSERT INTO title_index (rowid, name, description)
    SELECT new.id, new.name, new.description WHERE new.name <> '' OR new.description <> '';"""
REMOVED = """INSERT INTO title_index (title_index, rowid, name, description)
    SELECT 'delete', old.id, old.name, old.description WHERE old.name <> '' OR old.description <> '';"""
TRIGGERS = (
    f"CREATE TRIGGER search_passages_title_insert AFTER INSERT ON search_passages BEGIN {ADDED} END",
    f"CREATE TRIGGER search_passages_title_delete AFTER DELETE ON search_passages BEGIN {REMOVED} END",
    f"""CREATE TRIGGER search_passages_title_update AFTER UPDATE ON search_passages
        WHEN old.name <> new.name OR old.description <> new.description BEGIN {REMOVED} {ADDED} END""",
)
FILL = (
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    """INSERT INTO title_index (rowid, name, description)
        SELECT id, name, description FROM search_passages WHERE name <> '' OR description <> ''""",
)
BEFORE = """CREATE VIRTUAL TABLE search_index USING fts5(
    name, description, words, content='search_passages', content_rowid='id', tokenize="ascii tokenchars '$'"
)"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in ("DROP TABLE search_index", *TABLES, *TRIGGERS, *FILL):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER search_passages_title_{deed}")
        for statement in ("DROP TABLE title_index", "DROP TABLE search_index", BEFORE, FILL[0]):
            op.execute(statement)
