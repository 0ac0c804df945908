"""What stands in the index, told so that two of them can be compared: numbers of passages don't matter."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.extensions import db

PASSAGES = "SELECT id, name, description, words FROM search_passages ORDER BY id"
FACETS = "SELECT facet, value, created_at, assistant_seq FROM assistant_facets"
DOCUMENTS = "SELECT assistant_seq, manifest FROM search_documents"


def index() -> dict[str, Any]:
    """Every row of the index. On SQLite the full text is first checked against the passages."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        for table in ("search_index", "title_index"):
            db.session.execute(text(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"))
        db.session.rollback()
    # The numbers of passages are two bytes in front of every twentieth.
    manifests = {
        row.assistant_seq: [row.manifest[at + 2 : at + 22] for at in range(16, len(row.manifest), 22)]
        for row in db.session.execute(text(DOCUMENTS))
    }
    rows = [(row.id >> 10, row.id & 1023 == 0, *row[1:]) for row in db.session.execute(text(PASSAGES))]
    facets = [tuple(row) for row in db.session.execute(text(FACETS))]
    # A migration waits for whoever has read the tables and hasn't said that it is done.
    db.session.rollback()
    return {"passages": sorted(rows), "facets": sorted(facets), "documents": manifests}
