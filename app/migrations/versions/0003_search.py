"""The search's index: passages of texts, and the facets that filters ask for

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.assistants.index import LONG
from app.assistants.reindexing import BATCH, fill

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ASSISTANTS = sa.table("assistants", sa.column("seq", sa.BigInteger))

# The words are folded and stand between spaces, so all that isn't ASCII is left as it is.
SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        name, description, words, content='search_passages', content_rowid='id', tokenize="ascii tokenchars '$'"
    )""",
    """CREATE TRIGGER search_passages_insert AFTER INSERT ON search_passages BEGIN
        INSERT INTO search_index (rowid, name, description, words)
        VALUES (new.id, new.name, new.description, new.words);
    END""",
    """CREATE TRIGGER search_passages_delete AFTER DELETE ON search_passages BEGIN
        INSERT INTO search_index (search_index, rowid, name, description, words)
        VALUES ('delete', old.id, old.name, old.description, old.words);
    END""",
    """CREATE TRIGGER search_passages_update AFTER UPDATE ON search_passages BEGIN
        INSERT INTO search_index (search_index, rowid, name, description, words)
        VALUES ('delete', old.id, old.name, old.description, old.words);
        INSERT INTO search_index (rowid, name, description, words)
        VALUES (new.id, new.name, new.description, new.words);
    END""",
)
TITLE = "string_to_array(name, ' ') || string_to_array(description, ' ')"
POSTGRESQL = (
    f"""ALTER TABLE search_passages
        ADD COLUMN titles tsvector GENERATED ALWAYS AS (array_to_tsvector({TITLE})) STORED,
        ADD COLUMN tokens tsvector
            GENERATED ALWAYS AS (array_to_tsvector({TITLE} || string_to_array(words, ' '))) STORED""",
    "CREATE INDEX ix_search_passages_titles ON search_passages USING gin (titles)",
    "CREATE INDEX ix_search_passages_tokens ON search_passages USING gin (tokens)",
    # Texts in more than one passage are asked alone, too.
    f"CREATE INDEX ix_search_passages_long ON search_passages USING gin (tokens) WHERE id >= {LONG}",
)


def upgrade() -> None:
    op.create_table(
        "search_passages",
        sa.Column("id", SERIAL, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_passages")),
    )
    op.create_table(
        "search_documents",
        sa.Column("assistant_seq", SERIAL, autoincrement=False, nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("assistant_seq", name=op.f("pk_search_documents")),
    )
    op.create_table(
        "assistant_facets",
        sa.Column("facet", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("assistant_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "value", "created_at", "assistant_seq", name=op.f("pk_assistant_facets")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_assistant_facets_assistant_seq", "assistant_facets", ["assistant_seq"])
    op.create_index("ix_assistants_updated_at", "assistants", ["updated_at"])
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    # Few at a time, so that a large registry needs no more memory than a small one.
    last = 0
    while seqs := list(connection.scalars(_following(last))):
        fill(connection, seqs)
        last = seqs[-1]


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_index("ix_assistants_updated_at", "assistants")
    for table in ("assistant_facets", "search_documents", "search_passages"):
        op.drop_table(table)


def _following(last: int) -> sa.Select[int]:
    return sa.select(ASSISTANTS.c.seq).where(ASSISTANTS.c.seq > last).order_by(ASSISTANTS.c.seq).limit(BATCH)
