"""The table of uploaded files that wait between the dry run of an import and its confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, JsonText, UtcDateTime, utc_now


class ImportDraft(Base):
    """One uploaded file, seen by the person who uploaded it alone. `report` is there once it was imported."""

    __tablename__ = "import_drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    filename: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    report: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
