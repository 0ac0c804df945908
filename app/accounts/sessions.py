"""The browsers people are signed in with: beginning such a session, finding its person, listing and ending them.

The cookie that holds a session's token is the web's; whether somebody may sign in is for `service`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import partial

from sqlalchemy import and_, bindparam, delete, or_, select, update

from app.accounts.browsers import in_words
from app.accounts.models import BrowserSession, Person, SecondFactor
from app.accounts.spec import ADDRESS_LENGTH
from app.audit.service import Verb, record
from app.core import freshness
from app.core.actors import Actor
from app.core.beside import BRIEFLY, write_beside
from app.core.database import Record, transaction, utc_now
from app.core.errors import NotFound
from app.core.reading import Prepared
from app.core.sampling import Sampler
from app.core.whereabouts import ADDRESS
from app.extensions import db, reader

TOKEN_BYTES = 32
# When and from where a session was used last is written down at most this often.
SEEN_STEP = timedelta(minutes=1)
# Where it can't be written, not every request has to find that out.
SEEN = Sampler(SEEN_STEP, most=10_000)
# The one that was used least lately ends when somebody signs in with one more.
MOST = 50

OF_ITS_PERSON = and_(BrowserSession.person_id == Person.id, BrowserSession.session_number == Person.session_number)
# Asked at every request of a page, so it is one statement, put together once.
SIGNED_IN = Prepared(
    select(
        Person.id, Person.email, Person.name, Person.role, Person.wrote_up_to,
        BrowserSession.id.label("session_id"), BrowserSession.last_seen_at,
        BrowserSession.by_provider, SecondFactor.person_id.label("second_factor"),
    )
    .join_from(BrowserSession, Person, OF_ITS_PERSON)
    .outerjoin(SecondFactor, SecondFactor.person_id == Person.id)
    .where(BrowserSession.token_hash == bindparam("token_hash"), Person.active)
)  # fmt: skip


def begin(
    person: Person, *, user_agent: str, lasts: timedelta, in_place_of: str | None, by_provider: bool = False
) -> str:
    """The token of a new session of this person, who has just shown who they are. Ended ones are cleared away, and so
    is the one this browser had."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction(db.session):
        if in_place_of:
            db.session.execute(delete(BrowserSession).where(BrowserSession.token_hash == _hash(in_place_of)))
        _clear_away(person, lasts)
        db.session.add(
            BrowserSession(
                token_hash=_hash(token),
                person_id=person.id,
                # As it was when the password was found right: one changed since then has ended this session already.
                session_number=person.session_number,
                address=_address(),
                browser=in_words(user_agent),
                by_provider=by_provider,
            )
        )
    return token


def find(token: str, lasts: timedelta) -> Record | None:
    """The person behind a session, as facts alone; None when it was ended, has expired, or the person is shut out."""
    token_hash = _hash(token)
    found = reader().one(SIGNED_IN, token_hash=token_hash)
    now = utc_now()
    if found is None or found.last_seen_at <= now - lasts:
        return None
    freshness.asked_by_one_who_wrote_up_to(found.wrote_up_to)
    if found.last_seen_at <= now - SEEN_STEP and SEEN.is_due(token_hash):
        _note_seen(found.session_id)
    return found


def list_of(person_id: int, lasts: timedelta) -> list[BrowserSession]:
    """Where this person is signed in, the session that was used last first."""
    found = (
        select(BrowserSession)
        .join(Person, OF_ITS_PERSON)
        .where(Person.id == person_id, BrowserSession.last_seen_at > utc_now() - lasts)
        .order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id.desc())
    )
    return list(db.session.scalars(found))


def end(token: str, *, actor: Actor) -> None:
    """Sign out. The token is worth nothing afterwards, wherever it was copied to."""
    with transaction(db.session):
        ended = delete(BrowserSession).where(BrowserSession.token_hash == _hash(token))
        if db.session.execute(ended.returning(BrowserSession.id)).all():
            record(Verb.SIGNED_OUT, actor.id, actor=actor)


def end_one(person_id: int, session_id: int, *, actor: Actor) -> BrowserSession:
    """Sign out one of this person's browsers; raises `NotFound` when there is no such session (any more)."""
    with transaction(db.session):
        found = db.session.get(BrowserSession, session_id)
        if found is None or found.person_id != person_id:
            raise NotFound("This session has ended already, or there never was one. Go back to your account.")
        db.session.delete(found)
        record(Verb.SIGNED_OUT, person_id, actor=actor, elsewhere=1, browser=found.browser)
    return found


def end_others(person_id: int, kept_id: int, *, actor: Actor) -> int:
    """Sign this person out everywhere but in this session; how many browsers that were."""
    others = delete(BrowserSession).where(BrowserSession.person_id == person_id, BrowserSession.id != kept_id)
    with transaction(db.session):
        count = len(db.session.execute(others.returning(BrowserSession.id)).all())
        if count:
            record(Verb.SIGNED_OUT, person_id, actor=actor, elsewhere=count)
    return count


def _clear_away(person: Person, lasts: timedelta) -> None:
    """What has ended of this person's sessions, and of the rest the oldest, so that there is room for one more."""
    ended = or_(
        BrowserSession.session_number != person.session_number, BrowserSession.last_seen_at <= utc_now() - lasts
    )
    own = BrowserSession.person_id == person.id
    db.session.execute(delete(BrowserSession).where(own, ended))
    latest = select(BrowserSession.id).where(own).order_by(BrowserSession.last_seen_at.desc()).offset(MOST - 1)
    if surplus := db.session.scalars(latest).all():
        db.session.execute(delete(BrowserSession).where(BrowserSession.id.in_(surplus)))


def _note_seen(session_id: int) -> None:
    seen = update(BrowserSession).where(BrowserSession.id == session_id)
    noted = seen.values(last_seen_at=utc_now(), address=_address())
    write = partial(db.session.execute, noted, execution_options={"synchronize_session": False})
    write_beside(db.session, "When a session was used", write, patience=BRIEFLY)


def _address() -> str | None:
    address = ADDRESS.get()
    return address[:ADDRESS_LENGTH] if address else None


def _hash(token: str) -> str:
    """A token is 256 random bits, so a plain hash of it can't be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
