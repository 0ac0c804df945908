"""Signing in somebody whom the organisation's own provider has shown to be themselves: whose account that is, making
one at the first time, and the role that the provider's claim gives them.

Talking with the provider is `http.provider`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Identity, Person
from app.accounts.rows import lock_administrators, locked, with_address
from app.accounts.spec import EMAIL_LENGTH, NAME_LENGTH, normal_email
from app.audit.service import Verb, record
from app.core.actors import SOMEBODY, Actor, ActorKind, Role
from app.core.database import transaction, utc_now
from app.core.errors import Forbidden
from app.core.names import is_name
from app.extensions import db

NO_ROLE = "You are known there, but none of your groups may use this Greenroom. Ask its administrator to add one."
NO_ADDRESS = "It gave no email address for you, and Greenroom needs one. Ask its administrator."
SHUT_OUT = "Your account here is deactivated. An administrator can reactivate it."
NOT_VERIFIED = (
    "There is an account with your email address already, and the provider doesn't vouch that the address is yours. "
    "Sign in with your password, or ask an administrator."
)
SOMEBODY_ELSES = (
    "The account with your email address belongs to somebody else at the provider. Ask an administrator to look at it."
)
KEPT_ADMINISTRATOR = (
    "By your groups you would not be an administrator any more. You stay one, because there is no other here: "
    "make somebody else an administrator first."
)
VIA = "provider"
RANKS = (Role.ADMIN, Role.EDITOR, Role.VIEWER)
ISSUER_LENGTH, SUBJECT_LENGTH = 512, 255


class Refused(Forbidden):
    """The provider knows them, and they may not come in all the same. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the provider says about whoever signed in there; `values` are those of the claim that roles come from."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str
    values: frozenset[str]

    def role(self, roles: Mapping[str, Role]) -> Role | None:
        """The highest role that any of the values stands for."""
        found = {roles[value] for value in self.values if value in roles}
        return next((role for role in RANKS if role in found), None)


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is in. `warning` is a sentence for them, if there is one."""

    person: Person
    warning: str | None


def sign_in(shown: Shown, roles: Mapping[str, Role]) -> Entered:
    """The person this is, with the role of this moment. Raises `Refused`, and writes that down."""
    try:
        try:
            with transaction(db.session):
                return _entered(shown, roles)
        except IntegrityError:
            # Their account was made at the same moment, here or by another sign-in. Now it is found.
            with transaction(db.session):
                return _entered(shown, roles)
    except Refused as refusal:
        with transaction(db.session):
            known = _known(shown)
            subject = known.id if known else "unknown"
            record(Verb.SIGN_IN_FAILED, subject, actor=SOMEBODY, via=VIA, why=refusal.message)
        raise


def is_known_there(person_id: int) -> bool:
    """Whether this person signs in through the provider, which decides about their role."""
    return db.session.scalar(select(Identity.person_id).where(Identity.person_id == person_id).limit(1)) is not None


def _entered(shown: Shown, roles: Mapping[str, Role]) -> Entered:
    # First of all, so that two who sign in at once wait for one another, also at the first time.
    administrators = lock_administrators()
    role = shown.role(roles)
    if role is None:
        raise Refused(NO_ROLE)
    known = _known(shown) or _by_address(shown)
    if known is None:
        return Entered(_made(shown, role), None)
    person = locked(known.id)
    if not person.active:
        raise Refused(SHUT_OUT)
    warning = None
    if role is not Role.ADMIN and administrators == [person.id]:
        role, warning = Role.ADMIN, KEPT_ADMINISTRATOR
    _follow(person, role)
    _note_sign_in(person)
    return Entered(person, warning)


def _known(shown: Shown) -> Person | None:
    """Whoever came with this identity before."""
    identity = db.session.get(Identity, (shown.issuer, shown.subject))
    return db.session.get(Person, identity.person_id) if identity else None


def _by_address(shown: Shown) -> Person | None:
    """Whoever has this address here, if the provider vouches for it; the identity is theirs from now on."""
    person = with_address(shown.email)
    if person is None:
        return None
    if not shown.is_email_verified:
        raise Refused(NOT_VERIFIED)
    if db.session.scalar(select(Identity).where(Identity.person_id == person.id, Identity.issuer == shown.issuer)):
        raise Refused(SOMEBODY_ELSES)
    if person.active:
        db.session.add(Identity(issuer=shown.issuer, subject=shown.subject, person_id=person.id))
    return person


def _made(shown: Shown, role: Role) -> Person:
    email = normal_email(shown.email)
    if "@" not in email or not is_name(email, EMAIL_LENGTH):
        raise Refused(NO_ADDRESS)
    name = shown.name.strip()
    name = name if is_name(name, NAME_LENGTH) else email[:NAME_LENGTH]
    person = Person(email=email, name=name, role=role)
    db.session.add(person)
    db.session.flush()  # The identity and the audit name the person by their number.
    db.session.add(Identity(issuer=shown.issuer, subject=shown.subject, person_id=person.id))
    record(Verb.PERSON_CREATED, person.id, actor=_provider(), name=name, email=email, role=role)
    _note_sign_in(person)
    return person


def _follow(person: Person, role: Role) -> None:
    if person.role != role:
        name = [person.name, person.name]
        record(Verb.PERSON_CHANGED, person.id, actor=_provider(), name=name, role=[person.role, role])
        person.role = role


def _note_sign_in(person: Person) -> None:
    person.last_sign_in_at = utc_now()
    record(Verb.SIGNED_IN, person.id, actor=person.as_actor(), by=VIA)


def _provider() -> Actor:
    """Nobody here did it: the organisation's provider says so."""
    return Actor(ActorKind.PROVIDER, None, "Organisation's sign-in", frozenset())
