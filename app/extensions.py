"""Flask's extensions, made here and bound in `create_app`, so that features import them without a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from app.core.database import Base
from app.core.reading import Reader
from app.core.unchanged import Mark, mark_of

if TYPE_CHECKING:
    from app.core.sealing import Sealer

READER = "greenroom.reader"
MARK = "greenroom.mark"
SEALER = "greenroom.sealer"


class Counters(Limiter):
    """Flask-Limiter without its work at every request: no route has a limit here, and sign-ins are counted by hand."""

    def init_app(self, app: Flask) -> None:
        hooks: list[dict[Any, Any]] = [app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs]
        before = [list(functions[None]) for functions in hooks]
        super().init_app(app)
        for functions, kept in zip(hooks, before, strict=True):
            functions[None] = kept


def reader() -> Reader:
    """The connections that only read, of the application at work."""
    found: Reader = current_app.extensions[READER]
    return found


def mark() -> Mark:
    """The same as before as long as nothing was committed in between (`core.unchanged`)."""
    if MARK not in current_app.extensions:
        current_app.extensions[MARK] = mark_of(reader())
    told: Mark = current_app.extensions[MARK]()
    return told


def sealer() -> Sealer:
    """What seals secrets in the database, of the application at work."""
    if SEALER not in current_app.extensions:
        # Cryptography takes long to load, and most processes never seal anything.
        from app.core.sealing import Sealer

        current_app.extensions[SEALER] = Sealer(current_app.config["SETTINGS"].secret_key)
    found: Sealer = current_app.extensions[SEALER]
    return found


db = SQLAlchemy(
    model_class=Base,
    # What a service returns stays readable after its commit; the next transaction reads afresh.
    session_options={"expire_on_commit": False},
    disable_autonaming=True,
)
csrf = CSRFProtect()
login = LoginManager()
# The server knows and ends every session by its token. A browser that was updated, or has moved to another network,
# is still the same one; told otherwise, Flask-Login would have its cookie written anew with each page.
login.session_protection = None
limiter = Counters(get_remote_address, default_limits=[])
