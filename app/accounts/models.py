"""The tables of people and of the one-time links that let them choose a password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.spec import EMAIL_LENGTH, NAME_LENGTH
from app.core.actors import Actor, Role
from app.core.database import Base, UtcDateTime, utc_now


class Person(Base):
    """Somebody who signs in. `email` is kept in lower case and is unique; a newcomer has no password yet."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(Text)
    # Part of every session; raising it ends all the person's sessions.
    session_number: Mapped[int] = mapped_column(Integer, default=1)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # How far PostgreSQL's log went after their last write, where a replica is read from.
    wrote_up_to: Mapped[int | None] = mapped_column(BigInteger)

    def as_actor(self) -> Actor:
        return Actor.person(self.id, self.name, Role(self.role))


class OneTimeLink(Base):
    """A link that works once: for the first administrator (`person_id` is null) or for choosing a password."""

    __tablename__ = "one_time_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
