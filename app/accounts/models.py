"""The tables of people, of the browsers they are signed in with, of their second factors, and of one-time links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.spec import ADDRESS_LENGTH, BROWSER_LENGTH, EMAIL_LENGTH, NAME_LENGTH
from app.core.actors import Actor, Role
from app.core.database import Base, SerialKey, UtcDateTime, utc_now


class Person(Base):
    """Somebody who signs in. `email` is kept in lower case and is unique; a newcomer has no password yet."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(Text)
    # A session is worth something only with the number its person has now: raising it ends all of theirs, also one
    # that was being begun at that moment.
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


class BrowserSession(Base):
    """A browser somebody is signed in with. The cookie holds a random token, the table only its hash."""

    __tablename__ = "sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(SerialKey, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    session_number: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # Brought up to date at most once a minute, the address with it.
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    # In plain words, such as "Firefox on Linux".
    browser: Mapped[str] = mapped_column(String(BROWSER_LENGTH))
    # Begun by the organisation's sign-in, which asks for a second factor of its own.
    by_provider: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class Identity(Base):
    """Whom the organisation's provider knows a person as. Its issuer and subject never change; an address may."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("person_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(String(512), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SecondFactor(Base):
    """What a person's authenticator app and Greenroom both know, sealed. `last_step` is the last code that was taken,
    as the number of its half minute: neither it nor an earlier one is taken again."""

    __tablename__ = "second_factors"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class RecoveryCode(Base):
    """A code that stands in for the app once; it is deleted by its use."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
