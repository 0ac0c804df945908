"""Every index is named in docs/performance.md with what it serves: one that serves nothing makes writing slower."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect

from app.config import ROOT
from app.extensions import db


def test_every_index_is_there_for_something(app: Flask) -> None:
    document = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    inspector = inspect(db.engine)
    made = {index["name"] for table in inspector.get_table_names() for index in inspector.get_indexes(table)}
    assert made
    assert sorted(name for name in made if name and f"`{name}`" not in document) == []
