"""Who a browser is signed in as: beginning and ending a session, and finding its person on the next request.

Whether a password is right is for `accounts.service`, what is kept of a session for `accounts.sessions`; whether a
person may do a thing is for `http.actor`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request, session
from flask_login import current_user, login_user, logout_user

from app.accounts import sessions as accounts
from app.accounts.models import Person
from app.core.actors import Actor, Role
from app.core.database import Record
from app.extensions import login

HALF = "half_signed_in"
# Seconds between the password and the code.
HALF_LASTS = 600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person of this session, as Flask-Login and the templates read it: facts alone, no database row."""

    id: int
    email: str
    name: str
    role: Role
    session_id: int
    token: str
    actor: Actor
    by_provider: bool
    # By what the settings require of this role.
    must_add_second_factor: bool
    is_authenticated = True
    is_active = True
    is_anonymous = False

    @classmethod
    def of(cls, found: Record, token: str) -> SignedIn:
        role = Role(found.role)
        actor = Actor.person(found.id, found.name, role)
        must_add = not found.by_provider and found.second_factor is None and needs_second_factor(role)
        return cls(
            found.id, found.email, found.name, role, found.session_id, token, actor, bool(found.by_provider), must_add
        )

    def get_id(self) -> str:
        """What the session cookie holds."""
        return self.token

    def as_actor(self) -> Actor:
        return self.actor


def lasts() -> timedelta:
    """How long a session works when it isn't used."""
    return timedelta(days=current_app.config["SETTINGS"].session_days)


def needs_second_factor(role: Role) -> bool:
    """Whether everybody with this role has to have one."""
    of_whom = current_app.config["SETTINGS"].require_second_factor
    return of_whom == "everybody" or (of_whom == "admins" and role is Role.ADMIN)


@login.user_loader  # type: ignore[untyped-decorator]
def find(token: str) -> SignedIn | None:
    """The person behind a session cookie; None once the session was ended."""
    found = accounts.find(token, lasts())
    return SignedIn.of(found, token) if found else None


def begin(person: Person, *, by_provider: bool | None = None) -> None:
    """Sign this browser in; by the organisation's provider, or as it was signed in until now, if nothing is said.

    All it had before goes, its CSRF token too: what a stranger planted there dies here."""
    before = current_user.token if current_user.is_authenticated else None
    if by_provider is None:
        by_provider = current_user.is_authenticated and current_user.by_provider
    token = accounts.begin(
        person,
        user_agent=request.user_agent.string,
        lasts=lasts(),
        in_place_of=before,
        by_provider=by_provider,
    )
    session.clear()
    if found := find(token):
        login_user(found)
        session.permanent = True


def begin_half(person: Person) -> None:
    """The password was right, and a code is still to come. This opens nothing but the page that asks for it."""
    end()
    session[HALF] = [person.id, person.session_number, int(time.time())]


def half() -> tuple[int, int] | None:
    """The number of the person whose code is awaited, and of their sessions when the password was right."""
    person_id, session_number, since = session.get(HALF) or (0, 0, 0)
    if not 0 <= time.time() - since <= HALF_LASTS:
        return None
    return person_id, session_number


def end() -> None:
    """Sign this browser out, here and on the server."""
    if current_user.is_authenticated:
        accounts.end(current_user.token, actor=current_user.as_actor())
    logout_user()
    session.clear()
