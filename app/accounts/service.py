"""The verbs of people: invite, sign in, change, deactivate, and the rule that an administrator always remains.

What a password has to be is in `spec`; one-time links are in `links`, sessions in `sessions`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import links, passwords, second_factor
from app.accounts.models import Person
from app.accounts.rows import lock_administrators, locked, no_such_person, with_address
from app.accounts.spec import check, normal_email
from app.audit.service import Verb, record
from app.core.actors import SOMEBODY, Actor, ActorKind, Role
from app.core.database import transaction, utc_now
from app.core.errors import Invalid
from app.core.paging import Page, Window
from app.core.replica import WRITTEN
from app.extensions import db

ORDER = (Person.created_at, Person.id)
LAST_ADMINISTRATOR = "This is the last active administrator. Make somebody else an administrator first."


class Status(StrEnum):
    """Whether somebody can sign in."""

    ACTIVE = "active"
    INVITED = "invited"
    DEACTIVATED = "deactivated"


def nobody_yet() -> bool:
    """Whether this Greenroom still waits for its first administrator."""
    return db.session.scalar(select(Person.id).limit(1)) is None


def get(person_id: int) -> Person:
    person = db.session.get(Person, person_id)
    if person is None:
        raise no_such_person()
    return person


def by_email(email: str) -> Person:
    person = with_address(email)
    if person is None:
        raise no_such_person()
    return person


def status(person: Person) -> Status:
    """Deactivated, invited and never here yet, or active."""
    if not person.active:
        return Status.DEACTIVATED
    return Status.ACTIVE if person.password_hash or person.last_sign_in_at else Status.INVITED


def list_people(window: Window) -> Page[Person]:
    """One page of everybody, deactivated or not. Nobody ever leaves the list, so behind a cursor there is somebody."""
    page = window.page(db.session.scalars(window.apply(select(Person), ORDER)).all())
    return replace(page, has_behind=bool(page.items) and (window.after or window.before) is not None)


def names(person_ids: set[int] | None) -> dict[int, str]:
    """What these people are called, by number; asked for None, everybody in the order of their names."""
    named = select(Person.id, Person.name).order_by(Person.name, Person.id)
    rows = db.session.execute(named if person_ids is None else named.where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def note_writing(person_id: int) -> None:
    """Keep how far the log goes by now: what this person has written is below, on whichever node they read next."""
    with transaction(db.session):
        db.session.execute(update(Person).where(Person.id == person_id).values(wrote_up_to=WRITTEN))


def create_person(email: str, name: str, role: Role, password: str, *, actor: Actor) -> Person:
    """Somebody with a password, ready to sign in. Raises `Invalid`, also for an address that is taken."""
    email, name = normal_email(email), name.strip()
    check(email=email, name=name, password=password)
    password_hash = passwords.hash_password(password)
    with transaction(db.session):
        person = _add(Person(email=email, name=name, role=role, password_hash=password_hash))
        record(Verb.PERSON_CREATED, person.id, actor=actor, name=name, email=email, role=role)
    return person


def invite(email: str, name: str, role: Role, *, actor: Actor) -> tuple[Person, str]:
    """Somebody who still has to choose a password, and the token of the link for that."""
    email, name = normal_email(email), name.strip()
    check(email=email, name=name)
    with transaction(db.session):
        person = _add(Person(email=email, name=name, role=role))
        token = links.make(person)
        record(Verb.PERSON_INVITED, person.id, actor=actor, name=name, email=email, role=role)
    return person, token


def new_link(person_id: int, *, actor: Actor) -> str:
    """The token of a fresh link for choosing a password: the old one expired, or the password is forgotten."""
    with transaction(db.session):
        person = locked(person_id)
        if not person.active:
            raise Invalid.one(None, None, f"{person.name} is deactivated. Reactivate them first, then make a link.")
        token = links.make(person)
        record(Verb.PERSON_INVITED, person.id, actor=actor, name=person.name, again=True)
    return token


def new_set_up_link() -> str | None:
    """The token of the link that makes the first administrator; None once anybody exists."""
    with transaction(db.session):
        return links.make(None) if nobody_yet() else None


def check_set_up_link(token: str) -> None:
    """Raise `LinkRefused` unless `set_up` would take this token."""
    if links.look(token) is not None or not nobody_yet():
        raise links.refusal()


def set_up(token: str, *, email: str, name: str, password: str) -> Person:
    """Make the first administrator, who is signed in with it.

    The link works once, and not at all when somebody exists already.
    """
    check_set_up_link(token)
    email, name = normal_email(email), name.strip()
    check(email=email, name=name, password=password)
    password_hash = passwords.hash_password(password)
    with transaction(db.session):
        if links.use(token) is not None or not nobody_yet():
            raise links.refusal()
        person = Person(email=email, name=name, role=Role.ADMIN, password_hash=password_hash, last_sign_in_at=utc_now())
        _add(person)
        record(Verb.PERSON_CREATED, person.id, actor=person.as_actor(), name=name, email=email, role=Role.ADMIN)
    return person


def person_of_link(token: str) -> Person:
    """Whose link for choosing a password this is; raises `LinkRefused`."""
    person_id = links.look(token)
    if person_id is None:
        raise links.refusal()
    return get(person_id)


def choose_password(token: str, password: str) -> Person:
    """Use the link to choose a password and sign in. Every session the person had ends."""
    person = person_of_link(token)
    check(password=password, own_words=(person.email, person.name))
    password_hash = passwords.hash_password(password)
    with transaction(db.session):
        # First the person, then their link, as whoever ends their links does: so neither waits for the other.
        person = locked(person.id)
        if links.use(token) != person.id:
            raise links.refusal()
        _set_password(person, password_hash)
        person.last_sign_in_at = utc_now()
        record(Verb.PASSWORD_CHANGED, person.id, actor=person.as_actor(), by_link=True)
    return person


def authenticate(email: str, password: str) -> Person | None:
    """The active person with this address and password. A refusal says nothing about which of the two was wrong,
    neither in words nor by the time it takes."""
    person = with_address(email)
    checked_hash = person.password_hash if person and person.active else None
    right = passwords.is_right(password, checked_hash)
    newer_hash = None
    if right and checked_hash and passwords.is_outdated(checked_hash):
        newer_hash = passwords.hash_password(password)
    with transaction(db.session):
        current = locked(person.id) if person else None
        # The password may have been changed, or the person deactivated, while the old hash was being checked.
        if current is None or not right or not current.active or current.password_hash != checked_hash:
            record(Verb.SIGN_IN_FAILED, current.id if current else "unknown", actor=SOMEBODY)
            return None
        current.password_hash = newer_hash or checked_hash
        if second_factor.is_set_up(current.id):
            record(Verb.SIGN_IN_BEGUN, current.id, actor=SOMEBODY)
        else:
            current.last_sign_in_at = utc_now()
            record(Verb.SIGNED_IN, current.id, actor=current.as_actor())
    return current


def change_password(person_id: int, current: str, new: str) -> Person:
    """Change one's own password; every session ends, so the web begins a new one. Raises `Invalid`."""
    person = get(person_id)
    checked_hash = person.password_hash
    if not passwords.is_right(current, checked_hash):
        raise Invalid.one("current_password", "invalid_value", "This isn't your current password.")
    check(password=new, own_words=(person.email, person.name))
    password_hash = passwords.hash_password(new)
    with transaction(db.session):
        person = locked(person_id)
        if person.password_hash != checked_hash:
            raise Invalid.one("current_password", "invalid_value", "Your password was changed a moment ago.")
        _set_password(person, password_hash)
        links.cancel(person)
        record(Verb.PASSWORD_CHANGED, person.id, actor=person.as_actor())
    return person


def change_person(person_id: int, *, name: str, role: Role, actor: Actor) -> Person:
    """Rename somebody or give them another role, which counts from their next request on."""
    name = name.strip()
    check(name=name)
    with transaction(db.session):
        administrators = lock_administrators()
        person = locked(person_id)
        if role is not Role.ADMIN and administrators == [person.id]:
            raise Invalid.one("role", "invalid_value", LAST_ADMINISTRATOR)
        if (person.name, person.role) != (name, role):
            record(
                Verb.PERSON_CHANGED,
                person.id,
                actor=actor,
                name=[person.name, name],
                role=[person.role, role],
            )
            person.name, person.role = name, role
    return person


def deactivate(person_id: int, *, actor: Actor) -> Person:
    """Shut somebody out at once: sessions and links end. What they made stays, their API keys too."""
    with transaction(db.session):
        administrators = lock_administrators()
        person = locked(person_id)
        if actor.kind is ActorKind.PERSON and actor.id == person.id:
            raise Invalid.one(None, None, "You can't deactivate yourself. Another administrator can.")
        if administrators == [person.id]:
            raise Invalid.one(None, None, LAST_ADMINISTRATOR)
        if person.active:
            person.active = False
            person.session_number += 1
            links.cancel(person)
            record(Verb.PERSON_DEACTIVATED, person.id, actor=actor, name=person.name)
    return person


def reactivate(person_id: int, *, actor: Actor) -> Person:
    """Let somebody in again, with the password they had."""
    with transaction(db.session):
        person = locked(person_id)
        if not person.active:
            person.active = True
            record(Verb.PERSON_REACTIVATED, person.id, actor=actor, name=person.name)
    return person


def _add(person: Person) -> Person:
    db.session.add(person)
    try:
        db.session.flush()  # The database decides whether the address is free, and the audit needs the number.
    except IntegrityError:
        message = f"There is already somebody with the address {person.email}."
        raise Invalid.one("email", "invalid_value", message) from None
    return person


def _set_password(person: Person, password_hash: str) -> None:
    person.password_hash = password_hash
    person.session_number += 1
