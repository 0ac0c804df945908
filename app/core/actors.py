"""Who acts: a signed-in person, an API key, or the command line; and what each may do. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a route or a service may ask of an actor."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is in this organisation. Each role may do all that the one before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"


class ActorKind(StrEnum):
    PERSON = "person"
    KEY = "key"
    COMMAND_LINE = "command line"
    # The organisation's own sign-in, which says who may do what.
    PROVIDER = "provider"


class Origin(StrEnum):
    """The door or the verb a version came through."""

    PAGE = "page"
    API = "API"
    IMPORT = "import"
    COMMAND_LINE = "command line"
    RESTORE = "restore"
    BULK = "bulk"
    EXAMPLE = "example"


ROLE_PERMISSIONS = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.EDITOR: frozenset({Permission.READ, Permission.WRITE}),
    Role.ADMIN: frozenset({Permission.READ, Permission.WRITE, Permission.ADMIN}),
}
SCOPE_PERMISSIONS = {
    Scope.READ: frozenset({Permission.READ}),
    Scope.WRITE: frozenset({Permission.READ, Permission.WRITE}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks. `id` is the person's or key's number, None for the command line; `name` is for reading."""

    kind: ActorKind
    id: int | None
    name: str
    permissions: frozenset[Permission]

    @classmethod
    def person(cls, person_id: int, name: str, role: Role) -> Actor:
        return cls(ActorKind.PERSON, person_id, name, ROLE_PERMISSIONS[role])

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


# Who tries to sign in isn't known until it was shown.
SOMEBODY = Actor(ActorKind.PERSON, None, "Somebody signed out", frozenset())
COMMAND_LINE = Actor(ActorKind.COMMAND_LINE, None, "Command line", ROLE_PERMISSIONS[Role.ADMIN])
