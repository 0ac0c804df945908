"""What a person sees once: a new key, a one-time link or recovery codes, carried in the session from the POST to the
page showing it.

The database holds only hashes of them, so they can't be had again.
"""

from __future__ import annotations

from flask import Response, render_template, session

from app.core.actors import Actor, Scope
from app.keys import service as keys

KEY = "new_key"
LINK = "new_link"
CODES = "new_codes"


def make_key(name: str, *, scope: Scope, actor: Actor, expires_in_days: int | None = None) -> None:
    """Make a key and keep it for the page that shows it. Raises `Invalid`."""
    made = keys.create(name, scope=scope, actor=actor, expires_in_days=expires_in_days)
    keep(KEY, {"secret": made.secret, "name": made.key.name, "scope": made.key.scope})


def keep(what: str, value: dict[str, str]) -> None:
    session[what] = value


def take(what: str) -> dict[str, str] | None:
    """What was kept. It is gone from the session after this."""
    kept: dict[str, str] | None = session.pop(what, None)
    return kept


def render(template: str, **values: object) -> Response:
    """A page that no browser and no proxy may store."""
    return Response(render_template(template, **values), headers={"Cache-Control": "no-store"})
