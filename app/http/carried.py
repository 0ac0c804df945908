"""Forms that came when nobody was signed in any more: carried through signing in, with every character.

Only a form that Greenroom drew itself is carried: a signed field says for whom, so no other site can plant text. Which
forms those are and what becomes of their text afterwards is for the feature that draws them (`resumed_by`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

DRAWN = "drawn"
CARRIED = "carried"
SALT = "a form that was drawn"
EXTENSION = "greenroom.carried"
# They belong to the sending, not to what was typed.
NOT_CARRIED = {"csrf_token", DRAWN, CARRIED}


@dataclass(frozen=True, slots=True)
class Carried:
    """A form as it was sent: the view it was for, the person it was drawn for, and all values in their order."""

    endpoint: str
    arguments: dict[str, str]
    person_id: int
    person_name: str
    values: MultiDict[str, str]
    drawn: str

    def packed(self) -> str:
        """As the text of a hidden field. JSON writes newlines as `\\n`, so that no browser rewrites them."""
        return json.dumps([self.drawn, list(self.values.items(multi=True))], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Doors:
    """What a feature does with a carried form.

    `resume` keeps it for the person who has just signed in, `redraw` only shows it again; both answer the request.
    `rescue` shows the text to somebody who can't save it there, and answers None for everybody else.
    """

    resume: Callable[[Carried], ResponseReturnValue]
    redraw: Callable[[Carried], ResponseReturnValue]
    rescue: Callable[[Carried], ResponseReturnValue | None]


def resumed_by(app: Flask, doors: Doors) -> None:
    """Let `doors` answer for carried forms."""
    app.extensions[EXTENSION] = doors


def doors() -> Doors:
    found: Doors = current_app.extensions[EXTENSION]
    return found


def drawn_field(endpoint: str, **arguments: str) -> Markup:
    """The hidden field that marks a form as drawn by us, for the person signed in, to be sent to this view."""
    token = _serializer().dumps([endpoint, arguments, current_user.id, current_user.name])
    return Markup('<input type="hidden" name="{}" value="{}">').format(DRAWN, token)


def from_request() -> Carried | None:
    """The form of this request, if it is one that is carried, or the one that a sign-in form brings along."""
    if request.method != "POST":
        return None
    if packed := request.form.get(CARRIED):
        return unpack(packed)
    found = _opened(request.form.get(DRAWN, ""), request.form)
    return found if found and (found.endpoint, found.arguments) == (request.endpoint, request.view_args) else None


def unpack(packed: str) -> Carried | None:
    """What `packed` wrote; None for anything else."""
    try:
        drawn, pairs = json.loads(packed)
        values = MultiDict([(name, value) for name, value in pairs])
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(text, str) for pair in values.items(multi=True) for text in pair):
        return None
    return _opened(drawn, values)


def _opened(drawn: Any, values: MultiDict[str, str]) -> Carried | None:
    if not isinstance(drawn, str):
        return None
    try:
        endpoint, arguments, person_id, person_name = _serializer().loads(drawn)
    except BadSignature:
        return None
    kept = MultiDict([pair for pair in values.items(multi=True) if pair[0] not in NOT_CARRIED])
    return Carried(endpoint, arguments, person_id, person_name, kept, drawn)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=SALT)
