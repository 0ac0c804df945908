"""Flask's extensions, made here and bound in `create_app`, so that features import them without a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from app.core.database import Base
from app.core.reading import Reader
from app.core.sealing import Sealer
from app.core.unchanged import Mark, mark_of

if TYPE_CHECKING:
    from limits.strategies import RateLimiter

COUNTERS = "greenroom.counters"
READER = "greenroom.reader"
MARK = "greenroom.mark"
SEALER = "greenroom.sealer"


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
        current_app.extensions[SEALER] = Sealer(current_app.config["SETTINGS"].secret_key)
    found: Sealer = current_app.extensions[SEALER]
    return found


def counters() -> RateLimiter:
    """What counts attempts and requests, of the application at work: in Redis for all nodes, or in this process."""
    if COUNTERS not in current_app.extensions:
        # The package brings its asynchronous half along, and a server without sign-ins counts nothing.
        from limits.storage import storage_from_string
        from limits.strategies import FixedWindowRateLimiter

        storage = storage_from_string(current_app.config["SETTINGS"].redis_url or "memory://")
        # Of two threads that are the first, both have to count in one place.
        current_app.extensions.setdefault(COUNTERS, FixedWindowRateLimiter(storage))
    found: RateLimiter = current_app.extensions[COUNTERS]
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
