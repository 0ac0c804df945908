"""The rows of people: found by their address, or taken hold of until the transaction ends that changes them."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.spec import normal_email
from app.core.actors import Role
from app.core.errors import NotFound
from app.extensions import db
from app.texts.text import unstorable


def with_address(email: str) -> Person | None:
    """Whoever has this address, however it is written."""
    email = normal_email(email)
    return None if unstorable(email) else db.session.scalar(select(Person).where(Person.email == email))


def locked(person_id: int) -> Person:
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise no_such_person()
    return person


def lock_administrators() -> list[int]:
    """The numbers of all active administrators, none of whom can change until this transaction ends.

    Two administrators who demote each other wait for one another here, and the second one is refused.
    """
    active = select(Person.id).where(Person.role == Role.ADMIN, Person.active).order_by(Person.id)
    return list(db.session.scalars(active.with_for_update()))


def no_such_person() -> NotFound:
    return NotFound("There is no such person.")
