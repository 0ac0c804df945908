"""The table of who reads what: the last time each key was given each version of an assistant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime


class AssistantRead(Base):
    """A key has read a version, for the last time at `read_at`. The assistant is known by its id alone."""

    __tablename__ = "assistant_reads"

    assistant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
