"""The tables of batches: what was done to many assistants at once, and what waits to be confirmed.

A draft belongs to whoever prepared it and goes after a day. A batch stays, and is part of everybody's history.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, JsonText, SerialKey, UtcDateTime, utc_now


class Batch(Base):
    """One confirmed change of many assistants, all or nothing. `deed` is what was done, as `deeds` reads it.

    A batch that undoes another one has its id in `undo_of`; `left_alone` names what it could not undo, and why.
    """

    __tablename__ = "batches"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own)

    id: Mapped[int] = mapped_column(SerialKey, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(32))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    deed: Mapped[dict[str, Any]] = mapped_column(JsonText)
    note: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    left_alone: Mapped[list[dict[str, str]]] = mapped_column(JsonText)
    undo_of: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("batches.id"), unique=True)


class BatchItem(Base):
    """What a batch made of one assistant. The versions are the same where it was only moved in or out of the trash."""

    __tablename__ = "batch_items"
    # Serves an assistant's history, which leads to the batches.
    __table_args__ = (Index("ix_batch_items_assistant", "assistant_seq", "version_after"),)

    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("batches.id"), primary_key=True)
    assistant_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("assistants.seq"), primary_key=True)
    version_before: Mapped[int] = mapped_column(Integer)
    version_after: Mapped[int] = mapped_column(Integer)


class Draft(Base):
    """A change of many that somebody prepares: looked through down to `position`, then confirmed or discarded.

    `scope` says which assistants were meant. `position` is the `seq` above which all are looked through, from the
    newest down; 0 when there is nothing left to look through.
    """

    __tablename__ = "bulk_drafts"
    __table_args__ = (Index("ix_bulk_drafts_owner", "actor_kind", "actor_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    actor_kind: Mapped[str] = mapped_column(String(32))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    deed: Mapped[dict[str, Any]] = mapped_column(JsonText)
    scope: Mapped[dict[str, Any]] = mapped_column(JsonText)
    position: Mapped[int] = mapped_column(BigInteger)
    batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("batches.id"))


class DraftItem(Base):
    """One assistant that a draft would change, as it was found: its version, and its hits, counted from 0.

    `left_out` names hits that stay, and `chosen` counts the others. `refusal` is why it can't be changed as ticked.
    """

    __tablename__ = "bulk_draft_items"

    draft_id: Mapped[str] = mapped_column(ForeignKey("bulk_drafts.id", ondelete="CASCADE"), primary_key=True)
    assistant_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("assistants.seq"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    hits: Mapped[int] = mapped_column(Integer)
    chosen: Mapped[int] = mapped_column(Integer)
    included: Mapped[bool]
    left_out: Mapped[list[int]] = mapped_column(JsonText)
    refusal: Mapped[str | None] = mapped_column(Text)
