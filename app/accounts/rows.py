"""The row of a person, taken hold of until the transaction of the verb ends that is about to change it."""

from __future__ import annotations

from app.accounts.models import Person
from app.core.errors import NotFound
from app.extensions import db


def locked(person_id: int) -> Person:
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise no_such_person()
    return person


def no_such_person() -> NotFound:
    return NotFound("There is no such person.")
