"""What assistants are called, for features that know them by their ids alone."""

from __future__ import annotations

from sqlalchemy import select

from app.assistants.models import Assistant
from app.extensions import db


def titles(assistant_ids: set[str]) -> dict[str, str]:
    """What these are called, live or in the trash, by id. One without a name is called by its id and left out."""
    rows = db.session.execute(select(Assistant.id, Assistant.name).where(Assistant.id.in_(assistant_ids)))
    return {row.id: row.name for row in rows if row.name and row.name.strip()}
