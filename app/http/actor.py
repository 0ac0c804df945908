"""Who is asking, and whether they may: the one place where a request's actor is found and a permission is checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g
from flask_login import current_user

from app.core.actors import Actor, Permission
from app.core.errors import Forbidden, NotFound
from app.http.sessions import SignedIn

P = ParamSpec("P")
R = TypeVar("R")
PERMISSION_ATTRIBUTE = "greenroom_permission"


class SignInNeeded(Exception):
    """Nobody is signed in, and this page is for people who are."""


class SecondFactorNeeded(Exception):
    """This person has to set up a second factor before anything else."""


def signed_in() -> SignedIn | None:
    """The person signed in, if anybody is; not Flask-Login's stand-in, which looks them up again at each use."""
    person: SignedIn | None = current_user._get_current_object()
    return person if person is not None and person.is_authenticated else None


def current_actor() -> Actor:
    """The key that sent this API request, or the person signed in; raises `SignInNeeded`."""
    if "actor" in g:
        actor: Actor = g.actor
        return actor
    person = signed_in()
    if person is None:
        raise SignInNeeded
    return person.actor


def require(
    permission: Permission, *, hidden: bool = False, before_second_factor: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only actors with `permission` through. A `hidden` page doesn't exist for the others (404, not 403).

    Somebody who still has to set up a second factor gets to the pages alone that are `before_second_factor`.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = current_actor()
            person = None if "actor" in g else signed_in()
            if person is not None and person.must_add_second_factor and not before_second_factor:
                raise SecondFactorNeeded
            check(actor, permission, hidden=hidden)
            return view(*args, **kwargs)

        setattr(checked, PERMISSION_ATTRIBUTE, permission)
        return checked

    return decorate


def check(actor: Actor, permission: Permission, *, hidden: bool = False) -> None:
    """Raise what `require` refuses with, unless this actor has the permission."""
    if not actor.may(permission):
        raise _hidden() if hidden else _refused(permission)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may reach, signed in or not."""
    setattr(view, PERMISSION_ATTRIBUTE, None)
    return view


def _hidden() -> NotFound:
    return NotFound("This page doesn't exist.")


def _refused(permission: Permission) -> Forbidden:
    deed = "change anything" if permission is Permission.WRITE else "do this"
    return Forbidden(f"You are not allowed to {deed} here. An administrator can change your role.")
