"""One-time links: making them and using them up, inside the transaction of the verb in `service` that asks."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from app.accounts.models import OneTimeLink, Person
from app.core.database import utc_now
from app.core.errors import NotFound
from app.extensions import db

# How long each kind works.
SET_UP_LASTS = timedelta(hours=24)
INVITATION_LASTS = timedelta(days=7)
TOKEN_BYTES = 32


class LinkRefused(NotFound):
    """The link was used already, has expired, was replaced by a newer one, or was never given out."""


def make(person: Person | None) -> str:
    """The token of a new link for this person, or for the first administrator. Earlier ones stop working."""
    now = utc_now()
    person_id = person.id if person else None
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.person_id.is_not_distinct_from(person_id)))
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lasts = INVITATION_LASTS if person else SET_UP_LASTS
    db.session.add(OneTimeLink(token_hash=_hash(token), person_id=person_id, created_at=now, expires_at=now + lasts))
    return token


def use(token: str) -> int | None:
    """Use the link up; the number of its person, None for the first administrator. Raises `LinkRefused`.

    The row is deleted, so of several who try at once one succeeds.
    """
    used = db.session.execute(
        delete(OneTimeLink)
        .where(OneTimeLink.token_hash == _hash(token), OneTimeLink.expires_at > utc_now())
        .returning(OneTimeLink.person_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if used is None:
        raise refusal()
    person_id: int | None = used.person_id
    return person_id


def look(token: str) -> int | None:
    """Whose link this is, as `use` says it, without using it up. Raises `LinkRefused`."""
    found = db.session.execute(
        select(OneTimeLink.person_id).where(OneTimeLink.token_hash == _hash(token), OneTimeLink.expires_at > utc_now())
    ).one_or_none()
    if found is None:
        raise refusal()
    person_id: int | None = found.person_id
    return person_id


def cancel(person: Person) -> None:
    """End every link of this person."""
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))


def refusal() -> LinkRefused:
    return LinkRefused("This link doesn't work any more. It may have been used already, or it has expired.")


def _hash(token: str) -> str:
    """A token is 256 random bits, so a plain hash of it can't be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
