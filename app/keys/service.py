"""The verbs of API keys: create, list, revoke, and finding the key a request was sent with."""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import bindparam, or_, select, update

from app.audit.service import Verb, record
from app.core import freshness
from app.core.actors import SCOPE_PERMISSIONS, Actor, ActorKind, Scope
from app.core.beside import BRIEFLY, write_beside
from app.core.database import Record, transaction, utc_now
from app.core.errors import Fault, GreenroomError, Invalid, NotFound
from app.core.names import is_name
from app.core.reading import Ahead, Prepared
from app.core.replica import WRITTEN
from app.core.sampling import Sampler
from app.core.whereabouts import ADDRESS
from app.extensions import db, reader
from app.keys.models import NAME_LENGTH, ApiKey

PREFIX = "gr_"
ALPHABET = string.ascii_letters + string.digits
RANDOM_LENGTH = 40
LONGEST_EXPIRY_DAYS = 3_650
# A key's use is noted at most this often, so that reading an assistant doesn't mean writing each time.
LAST_USED_STEP = timedelta(minutes=1)
# Where it can't be written, not every request has to find that out.
USES = Sampler(timedelta(seconds=1), most=10_000)
# So are refusals: anybody can send a wrong key, and must not fill the audit with it.
REFUSALS = Sampler(timedelta(minutes=1), most=1_000)
STRANGER = Actor(ActorKind.KEY, None, "Somebody with an unknown key", frozenset())
UNKNOWN_KEY = "unknown"

SENT = Prepared(
    select(
        ApiKey.id,
        ApiKey.name,
        ApiKey.scope,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        ApiKey.last_used_at,
        ApiKey.wrote_up_to,
    ).where(ApiKey.key_hash == bindparam("key_hash"))
)


class Status(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyRefused(GreenroomError):
    """The request's key is missing, unknown, revoked or expired. `code` is the contract's, or None."""

    def __init__(self, message: str, code: str | None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `secret` is the key itself; it can't be had again."""

    key: ApiKey
    secret: str


def create(name: str, *, scope: Scope, actor: Actor, expires_in_days: int | None = None) -> NewKey:
    """Make a key; raises `Invalid` for a name that is blank or too long, or an expiry out of range."""
    name = name.strip()
    _check(name, expires_in_days)
    secret = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    with transaction(db.session):
        key = ApiKey(
            name=name,
            key_hash=_hash(secret),
            hint=f"{secret[:6]}…{secret[-4:]}",
            scope=scope,
            created_by=actor.id if actor.kind is ActorKind.PERSON else None,
            expires_at=utc_now() + timedelta(days=expires_in_days) if expires_in_days else None,
        )
        db.session.add(key)
        db.session.flush()  # The audit entry names the key by its number.
        record(Verb.KEY_CREATED, key.id, actor=actor, name=name, scope=scope, expires_in_days=expires_in_days)
    return NewKey(key, secret)


def status(key: ApiKey) -> Status:
    """A key that was revoked stays revoked, whether or not it would have expired by now."""
    if key.revoked_at is not None:
        return Status.REVOKED
    expired = key.expires_at is not None and key.expires_at <= utc_now()
    return Status.EXPIRED if expired else Status.ACTIVE


def list_all() -> list[ApiKey]:
    """Every key, the newest first; revoked ones stay on the list."""
    return list(db.session.scalars(select(ApiKey).order_by(ApiKey.id.desc())))


def names(key_ids: set[int] | None) -> dict[int, str]:
    """What these keys are called, by number; asked for None, all of them in the order of their names."""
    named = select(ApiKey.id, ApiKey.name).order_by(ApiKey.name, ApiKey.id)
    rows = db.session.execute(named if key_ids is None else named.where(ApiKey.id.in_(key_ids)))
    return {row.id: row.name for row in rows}


def found(key_ids: set[int]) -> dict[int, ApiKey]:
    """Those of these keys that exist, by number."""
    return {key.id: key for key in db.session.scalars(select(ApiKey).where(ApiKey.id.in_(key_ids)))}


def get(key_id: int) -> ApiKey:
    """One key; raises `NotFound`."""
    key = db.session.get(ApiKey, key_id)
    if key is None:
        raise _no_such_key()
    return key


def revoke(key_id: int, *, actor: Actor) -> ApiKey:
    """End a key at once. Revoking one that has ended already changes nothing."""
    with transaction(db.session):
        key = db.session.get(ApiKey, key_id, with_for_update=True, populate_existing=True)
        if key is None:
            raise _no_such_key()
        if key.revoked_at is None:
            key.revoked_at = utc_now()
            record(Verb.KEY_REVOKED, key.id, actor=actor, name=key.name)
    return key


def authenticate(secret: str, ahead: Ahead | None = None) -> Actor:
    """The actor behind a key; raises `KeyRefused`. Notes the use, at most once a minute.

    What the key is about to ask for can be read `ahead`, together with it.
    """
    key_hash = _hash(secret)
    key = reader().one_and(ahead, SENT, key_hash=key_hash) if ahead else reader().one(SENT, key_hash=key_hash)
    now = utc_now()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        _note_refusal(key)
        raise KeyRefused(
            f"Incorrect API key provided: {_masked(secret)}. "
            "An administrator can make one on the Keys page of this Greenroom.",
            "invalid_api_key",
        )
    freshness.asked_by_one_who_wrote_up_to(key.wrote_up_to)
    if (key.last_used_at is None or key.last_used_at <= now - LAST_USED_STEP) and USES.is_due(key.id):
        _note_use(key.id, now)
    return Actor(ActorKind.KEY, key.id, key.name, SCOPE_PERMISSIONS[Scope(key.scope)])


def note_writing(key_id: int) -> None:
    """Keep how far the log goes by now: what this key has written is below, on whichever node it reads next."""
    with transaction(db.session):
        db.session.execute(update(ApiKey).where(ApiKey.id == key_id).values(wrote_up_to=WRITTEN))


def _check(name: str, expires_in_days: int | None) -> None:
    faults = []
    if not is_name(name, NAME_LENGTH):
        faults.append(
            Fault("name", "invalid_value", f"Give the key a name of 1 to {NAME_LENGTH} characters on one line.")
        )
    if expires_in_days is not None and not 1 <= expires_in_days <= LONGEST_EXPIRY_DAYS:
        message = f"A key lasts from 1 to {LONGEST_EXPIRY_DAYS:,} days, or doesn't expire."
        faults.append(Fault("expires_in_days", "invalid_value", message))
    if faults:
        raise Invalid(faults)


def _note_refusal(key: Record | None) -> None:
    """Write down that a key was refused: each ended key, and unknown ones from each address, once in a while."""
    if REFUSALS.is_due(key.id if key else ("unknown", ADDRESS.get())):
        write_beside(db.session, "A refused key", partial(_record_refusal, key))


def _record_refusal(key: Record | None) -> None:
    if key is None:
        record(Verb.KEY_REFUSED, UNKNOWN_KEY, actor=STRANGER)
    else:
        actor = Actor(ActorKind.KEY, key.id, key.name, frozenset())
        record(Verb.KEY_REFUSED, key.id, actor=actor, name=key.name, why="revoked" if key.revoked_at else "expired")


def _note_use(key_id: int, now: datetime) -> None:
    """Several workers may get here together; the condition lets one of them write."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - LAST_USED_STEP)
    noted = update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=now)
    write = partial(db.session.execute, noted, execution_options={"synchronize_session": False})
    write_beside(db.session, "The use of a key", write, patience=BRIEFLY)


def _no_such_key() -> NotFound:
    return NotFound("There is no such key.")


def _hash(secret: str) -> str:
    """A key is 238 random bits, so a plain hash of it can't be guessed back."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _masked(secret: str) -> str:
    return f"{secret[:4]}****{secret[-4:]}" if len(secret) > 12 else "****"
