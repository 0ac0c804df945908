"""Who a browser is signed in as: beginning and ending a session, and finding its person on the next request.

Whether a password is right is for `accounts.service`; whether a person may do a thing is for `http.actor`.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import session
from flask_login import login_user, logout_user

from app.accounts import service as accounts
from app.accounts.models import Person
from app.core.actors import Actor, Role
from app.core.database import Record
from app.extensions import login


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person of this session, as Flask-Login and the templates read it: facts alone, no database row."""

    id: int
    email: str
    name: str
    role: Role
    session_number: int
    actor: Actor
    is_authenticated = True
    is_active = True
    is_anonymous = False

    @classmethod
    def of(cls, person: Person | Record) -> SignedIn:
        role = Role(person.role)
        actor = Actor.person(person.id, person.name, role)
        return cls(person.id, person.email, person.name, role, person.session_number, actor)

    def get_id(self) -> str:
        """What the session cookie holds. With another session number in the database it means nobody."""
        return f"{self.id}:{self.session_number}"

    def as_actor(self) -> Actor:
        return self.actor


@login.user_loader  # type: ignore[untyped-decorator]
def find(session_id: str) -> SignedIn | None:
    """The person behind a session cookie; None once the session was ended."""
    person_id, _, session_number = session_id.partition(":")
    if not (person_id.isdecimal() and session_number.isdecimal()):
        return None
    person = accounts.signed_in_person(int(person_id), int(session_number))
    return SignedIn.of(person) if person else None


def begin(person: Person) -> None:
    """Sign this browser in. All it had before goes, its CSRF token too: what a stranger planted there dies here."""
    session.clear()
    login_user(SignedIn.of(person))
    session.permanent = True


def end() -> None:
    """Sign this browser out."""
    logout_user()
    session.clear()
