"""Plain functions that make what a test needs, with honest defaults. They go through the services, as people do."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.accounts import service as accounts
from app.accounts.models import Person
from app.assistants import service as assistants
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import COMMAND_LINE, ROLE_PERMISSIONS, Actor, ActorKind, Origin, Role, Scope
from app.keys import service as keys

PASSWORD = "a long enough password"
ADMIN = Actor(ActorKind.PERSON, 1, "Ada Admin", ROLE_PERMISSIONS[Role.ADMIN])
EDITOR = Actor(ActorKind.PERSON, 2, "Ed Editor", ROLE_PERMISSIONS[Role.EDITOR])
NUMBERS = count(1)


def make_person(
    *, role: Role = Role.EDITOR, email: str | None = None, password: str = PASSWORD, name: str | None = None
) -> Person:
    number = next(NUMBERS)
    return accounts.create_person(
        email=email or f"{role}{number}@example.org",
        name=name or f"{role.capitalize()} {number}",
        role=role,
        password=password,
        actor=COMMAND_LINE,
    )


def make_key(scope: Scope = Scope.WRITE, name: str = "Test key", expires_in_days: int | None = None) -> str:
    """The secret of a new key."""
    return keys.create(name, scope=scope, actor=COMMAND_LINE, expires_in_days=expires_in_days).secret


def make_assistant(*, actor: Actor = EDITOR, created_at: int | None = None, **fields: Any) -> Assistant:
    spec = AssistantSpec.parse({"model": "gpt-4o", "name": "Test assistant", **fields})
    return assistants.create(spec, actor=actor, origin=Origin.PAGE, created_at=created_at)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
