"""The tables of uploaded files: those that wait to be confirmed, and what became of each row of the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, JsonText, UtcDateTime, utc_now


class ImportDraft(Base):
    """One uploaded file, seen by the person who uploaded it alone.

    `position` is None until it is confirmed; then so many of its `total` entries are dealt with, in the order of
    writing. `finished_at` is when the last was, or when somebody stopped it; the content goes then.
    """

    __tablename__ = "import_drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    filename: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    position: Mapped[int | None] = mapped_column(Integer)
    total: Mapped[int | None] = mapped_column(Integer)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportRow(Base):
    """What became of one row of a file, as `report.RowReport` says it; `number` counts from 1 in the file's order."""

    __tablename__ = "import_rows"

    draft_id: Mapped[str] = mapped_column(ForeignKey("import_drafts.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    report: Mapped[dict[str, Any]] = mapped_column(JsonText)
