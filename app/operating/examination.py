"""What `flask doctor` looks at. Each examination yields sentences, and one that fails doesn't stop the others."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import IntEnum
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import schema
from app.accounts import service as accounts
from app.audit import service as audit
from app.config import PREFIX, Settings
from app.core.database import utc_now
from app.core.paging import Window
from app.core.replica import FollowedReader
from app.extensions import counters, db, reader
from app.schema import SchemaState

OUTSIDE_SETTINGS = {"WORKERS", "LOG_LEVEL", "KEY"}
OLDEST_SQLITE = (3, 35)
OLDEST_POSTGRESQL = 13
LEAST_FREE, LITTLE_FREE = 50 * 2**20, 2**30
MOST_ASTRAY = timedelta(minutes=1)
SHORTEST_SECRET = 32
# Seconds that a provider of OpenID Connect has to describe itself.
PATIENCE = 10


class Level(IntEnum):
    GOOD = 0
    LOOK = 1
    WRONG = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about one thing; what is to be looked at also says what to do."""

    level: Level
    sentence: str


def examine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Everything, in the order in which it has to be mended."""
    yield from _settings(settings, environment)
    yield from _files(settings)
    yield from _disk(settings)
    yield from _redis(settings)
    yield from _provider(settings)
    yield from _database()


def _settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {field.name.upper() for field in fields(Settings)} | OUTSIDE_SETTINGS
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            yield Finding(
                Level.LOOK, f"{name} is no setting of Greenroom's. Perhaps it is misspelt; README.md lists them."
            )
    if len(settings.secret_key) < SHORTEST_SECRET:
        yield Finding(Level.WRONG, f"{PREFIX}SECRET_KEY is short. Make one with: openssl rand -base64 48")
    elif settings.database_url.startswith("postgresql") and not environment.get(f"{PREFIX}SECRET_KEY"):
        sentence = f"{PREFIX}SECRET_KEY isn't set: with several nodes, give all of them the same."
        yield Finding(Level.LOOK, sentence)
    public = settings.public_url or ""
    if public.startswith("http://") and not public.startswith(("http://127.", "http://localhost")):
        yield Finding(Level.LOOK, f"{public} isn't HTTPS: passwords and keys can be read on their way.")
    yield Finding(Level.GOOD, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.")


def _files(settings: Settings) -> Iterator[Finding]:
    folder = settings.instance_path
    probe = folder / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as refusal:
        yield Finding(Level.WRONG, f"{folder} can't be written to: {refusal.strerror}. Greenroom's user has to own it.")
    else:
        yield Finding(Level.GOOD, f"{folder} can be written to.")
    private = [folder / "secret_key", *folder.glob("*.db")]
    for path in filter(Path.is_file, private):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(Level.LOOK, f"Others on this machine can read {path}. Mend it with: chmod 600 {path}")


def _disk(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.instance_path).free
    size = sum(path.stat().st_size for path in settings.instance_path.glob("greenroom.db*"))
    sentence = (
        f"{free // 2**20:,} MiB are free where the instance folder is; the database there has {size // 2**20:,} MiB."
    )
    if free < LEAST_FREE:
        yield Finding(Level.WRONG, f"{sentence} Saving is about to fail: make room.")
    elif free < max(LITTLE_FREE, 2 * size):
        yield Finding(Level.LOOK, f"{sentence} A backup there needs as much again.")
    else:
        yield Finding(Level.GOOD, sentence)


def _provider(settings: Settings) -> Iterator[Finding]:
    """Whether the organisation's sign-in answers, and is the one that was meant."""
    if settings.oidc_issuer is None:
        return
    # Where there is no provider, nothing is ever asked.
    import requests

    try:
        answer = requests.get(settings.oidc_description, timeout=PATIENCE)
        answer.raise_for_status()
        issuer = str(answer.json()["issuer"]).rstrip("/")
    except (requests.RequestException, ValueError, KeyError, TypeError) as refusal:
        reason = type(refusal).__name__
        sentence = (
            f"{settings.oidc_issuer} doesn't describe itself as a provider ({reason}): nobody signs in there now."
        )
        yield Finding(Level.WRONG, sentence)
    else:
        if issuer == settings.oidc_issuer:
            yield Finding(Level.GOOD, f"{issuer} answers, for signing in.")
        else:
            sentence = f"The provider calls itself {issuer}. Give {PREFIX}OIDC_ISSUER that address."
            yield Finding(Level.WRONG, sentence)


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        return
    try:
        answers = counters().storage.check()
    except Exception as refusal:
        answers, reason = False, f": {refusal}"
    else:
        reason = ""
    if answers:
        yield Finding(Level.GOOD, "Redis answers.")
    else:
        yield Finding(Level.WRONG, f"Redis can't be reached{reason}. Check {PREFIX}REDIS_URL.")


def _database() -> Iterator[Finding]:
    try:
        found = schema.state()
        if found is SchemaState.CURRENT:
            yield Finding(Level.GOOD, "The database is in reach, and has the tables of this version.")
        else:
            yield _out_of_step(found)
        examinations: tuple[Callable[[], Iterator[Finding]], ...] = (_engine, _replica, _clock, _people)
        for each in examinations if found is SchemaState.CURRENT else examinations[:2]:
            yield from each()
    except (DBAPIError, sqlite3.Error) as refusal:
        yield Finding(Level.WRONG, schema.unreachable(refusal).message)


def _out_of_step(found: SchemaState) -> Finding:
    if found is SchemaState.EMPTY:
        return Finding(Level.LOOK, "The database has no tables yet. They are made by: flask db upgrade")
    if found is SchemaState.AHEAD:
        return Finding(Level.WRONG, schema.LATER)
    sentence = "The database was made by an earlier Greenroom. Run: flask backup FILE, then flask db upgrade"
    return Finding(Level.WRONG, sentence)


def _engine() -> Iterator[Finding]:
    with db.engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
        if connection.dialect.name == "sqlite":
            if sqlite3.sqlite_version_info < OLDEST_SQLITE:
                yield Finding(
                    Level.WRONG, f"SQLite {sqlite3.sqlite_version} is too old; Greenroom needs 3.35 or newer."
                )
            if connection.scalar(text("PRAGMA quick_check(1)")) != "ok":
                yield Finding(Level.WRONG, "The database file is damaged. Stop Greenroom and restore a backup.")
            return
        yield Finding(
            Level.GOOD if version >= (OLDEST_POSTGRESQL,) else Level.WRONG,
            f"PostgreSQL {'.'.join(map(str, version))}; Greenroom needs {OLDEST_POSTGRESQL} or newer.",
        )
        theirs = connection.scalar(text("SELECT clock_timestamp()"))
        if theirs is not None and abs(theirs - utc_now()) > MOST_ASTRAY:
            yield Finding(
                Level.WRONG,
                f"This machine's clock and PostgreSQL's differ: {utc_now():%H:%M:%S} and {theirs:%H:%M:%S}.",
            )


def _replica() -> Iterator[Finding]:
    read_by = reader()
    if not isinstance(read_by, FollowedReader):
        return
    try:
        follows = read_by.follows()
    except DBAPIError as refusal:
        reason = str(refusal.orig).partition("\n")[0]
        yield Finding(Level.LOOK, f"The replica can't be read from: {reason}. Check {PREFIX}READ_DATABASE_URL.")
        return
    if follows:
        yield Finding(Level.GOOD, "The replica is in reach, and follows.")
    else:
        yield Finding(Level.LOOK, f"The server of {PREFIX}READ_DATABASE_URL follows nobody, so it isn't read from.")


def _clock() -> Iterator[Finding]:
    latest = audit.list_page(Window(limit=1), audit.Criteria()).items
    if latest and latest[0].at > utc_now() + MOST_ASTRAY:
        sentence = f"The last entry in the activity is of {latest[0].at:%Y-%m-%d %H:%M} UTC, which is still to come."
        yield Finding(Level.LOOK, f"{sentence} Is this machine's clock right?")


def _people() -> Iterator[Finding]:
    if accounts.nobody_yet():
        yield Finding(Level.LOOK, "Nobody has an account yet. A link for the first administrator: flask setup-link")
