"""The table of who did what. Entries are only ever added: the database itself refuses to change or remove one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, JsonText, SerialKey, UtcDateTime

ADDRESS_LENGTH = 64


class AuditEntry(Base):
    """One deed: `verb` done to `subject` by an actor, with what changed as data."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        # Serves an assistant's own part of the activity, newest first.
        Index("ix_audit_entries_subject", "subject_kind", "subject_id", "id"),
        # Serves the whole of it, also between two dates.
        Index("ix_audit_entries_at", "at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(SerialKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(32))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JsonText)
    # Where the request came from; None for the command line, and in entries from before this was kept.
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
