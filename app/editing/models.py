"""The table of working copies: what a person has typed and not published. Never part of the history, never served."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, JsonText, UtcDateTime


class WorkingCopy(Base):
    """One person's unsaved form of one assistant; `assistant_id` is empty for a new one.

    `revision` rises with every keeping, so that a tab notices that another has kept something newer.
    """

    __tablename__ = "working_copies"
    __table_args__ = (
        # Serves the marks of who has unsaved changes, on the list and on an assistant's page.
        Index("ix_working_copies_assistant_id", "assistant_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    assistant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    base_version: Mapped[int | None]
    revision: Mapped[int]
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The form's values, as `fields.present` draws them.
    form: Mapped[dict[str, Any]] = mapped_column(JsonText)
