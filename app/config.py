"""Every setting: its name, default, environment variable and what is refused.

A setting `x` is read from the environment variable `GREENROOM_X`. Nothing here touches the database or
Flask; `create_app` copies the result into Flask's configuration.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "GREENROOM_"
MIB = 1024 * 1024
# How the embedded database waits for the disk: at every commit, or only at checkpoints.
SYNCHRONOUS = ("full", "normal")
# Who has to have a second factor.
SECOND_FACTOR_OF = ("nobody", "admins", "everybody")
PROVIDER_ROLES = ("admin", "editor", "viewer")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# A name, or with a dot in front everything below it; or an address.
HOST = re.compile(r"\.?[a-z0-9][a-z0-9.-]*|[0-9a-f:]+")
# libpq's own names: seconds to connect, milliseconds until sent data has to be acknowledged.
PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 15_000}
# Of a replica, because the primary can answer just as well.
LITTLE_PATIENCE = {"connect_timeout": 2, "tcp_user_timeout": 3_000}


class SettingRefused(ValueError):
    """A setting has a value Greenroom can't run with; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running Greenroom. Sizes are bytes, durations are seconds."""

    instance_path: Path
    database_url: str
    read_database_url: str | None
    secret_key: str
    redis_url: str | None
    public_url: str | None
    max_body_bytes: int
    busy_timeout: float
    synchronous: str
    threads: int
    session_days: int
    sign_in_limit: str
    require_second_factor: str
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_roles_claim: str
    # A value of the claim, and the role it stands for.
    oidc_roles: tuple[tuple[str, str], ...]
    oidc_label: str
    key_limit: str | None
    proxies: int
    hosts: tuple[str, ...]
    log_format: str
    log_requests: bool
    metrics_token: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read every `GREENROOM_*` variable; raises `SettingRefused` for a value that can't work."""
        env = os.environ if environment is None else environment
        instance_path = Path(env.get(PREFIX + "INSTANCE_PATH") or ROOT / "instance").resolve()
        instance_path.mkdir(parents=True, exist_ok=True)
        database_url = _database_url(env.get(PREFIX + "DATABASE_URL"), instance_path)
        return cls(
            instance_path=instance_path,
            database_url=database_url,
            read_database_url=_read_database_url(env.get(PREFIX + "READ_DATABASE_URL"), database_url),
            secret_key=env.get(PREFIX + "SECRET_KEY") or _generated_secret(instance_path),
            redis_url=env.get(PREFIX + "REDIS_URL") or None,
            public_url=_public_url(env.get(PREFIX + "PUBLIC_URL")),
            max_body_bytes=_positive(env, "MAX_BODY_BYTES", 32 * MIB),
            busy_timeout=_positive(env, "BUSY_TIMEOUT", 10),
            synchronous=_one_of(env, "SYNCHRONOUS", SYNCHRONOUS),
            threads=_positive(env, "THREADS", 4),
            session_days=_positive(env, "SESSION_DAYS", 14),
            sign_in_limit=_rate(env, "SIGN_IN_LIMIT", "10 per 15 minutes"),
            require_second_factor=_one_of(env, "REQUIRE_SECOND_FACTOR", SECOND_FACTOR_OF),
            **_provider(env),
            key_limit=_rate(env, "KEY_LIMIT", "600 per minute") if env.get(PREFIX + "KEY_LIMIT") else None,
            proxies=_positive(env, "PROXIES", 0, least=0),
            hosts=_hosts(env),
            log_format=_one_of(env, "LOG_FORMAT", ("json", "text")),
            log_requests=_one_of(env, "LOG_REQUESTS", ("yes", "no")) == "yes",
            metrics_token=env.get(PREFIX + "METRICS_TOKEN") or None,
        )

    @property
    def oidc_description(self) -> str:
        """Where the provider of OpenID Connect describes itself, if there is one."""
        return f"{self.oidc_issuer}/.well-known/openid-configuration"

    def for_flask(self) -> dict[str, Any]:
        """The same settings under the names that Flask and its extensions read."""
        return {
            "SETTINGS": self,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(self.database_url, self.threads),
            "MAX_CONTENT_LENGTH": self.max_body_bytes,
            # Form fields are held in memory; 256,000 characters of any script have to fit, so the
            # body's own limit is the one that counts.
            "MAX_FORM_MEMORY_SIZE": self.max_body_bytes,
            # 128 functions with four parts each, metadata, and every other field.
            "MAX_FORM_PARTS": 2_000,
            "PERMANENT_SESSION_LIFETIME": timedelta(days=self.session_days),
            "SESSION_COOKIE_NAME": "greenroom_session",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            # A token lives as long as the session it belongs to: a form left open overnight still saves.
            "WTF_CSRF_TIME_LIMIT": None,
        }


def _database_url(given: str | None, instance_path: Path) -> str:
    """The SQLAlchemy address of the database; the embedded one in the instance folder by default."""
    if not given:
        return f"sqlite:///{instance_path / 'greenroom.db'}"
    scheme, separator, rest = given.partition("://")
    if separator and scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite":
        return given
    raise SettingRefused(
        f"{PREFIX}DATABASE_URL must begin with postgresql:// or sqlite://. Leave it out to use the embedded database."
    )


def _read_database_url(given: str | None, database_url: str) -> str | None:
    """The address of a replica of the database. Only PostgreSQL has such."""
    if not given:
        return None
    scheme, _, rest = given.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and database_url.startswith("postgresql"):
        return f"postgresql+psycopg://{rest}"
    raise SettingRefused(
        f"{PREFIX}READ_DATABASE_URL must begin with postgresql://, as {PREFIX}DATABASE_URL then has to. Leave it out "
        "to read and write in one place."
    )


def engine_options(database_url: str, threads: int, patience: Mapping[str, int] = PATIENCE) -> dict[str, Any]:
    """How to talk to the database: what is in a statement is never written into a log."""
    # A thread needs one connection at a time; the others are for commands that run beside.
    options: dict[str, Any] = {"hide_parameters": True, "pool_size": threads, "max_overflow": 2}
    # The one used last is used first: its pages and statements are still at hand, and a quiet server needs few.
    options["pool_use_lifo"] = True
    if database_url.startswith("postgresql"):
        # A connection that broke while it lay idle is replaced before anybody notices, and one to a machine that
        # has gone silent is given up.
        options["pool_pre_ping"] = True
        options["connect_args"] = {name: value for name, value in patience.items() if f"{name}=" not in database_url}
    return options


def _generated_secret(instance_path: Path) -> str:
    """The secret key of this instance, made once and kept in a file only its owner can read."""
    path = instance_path / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if kept:
            return kept
        raise SettingRefused(f"{path} is empty. Delete it, and a new secret key is made.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def _public_url(given: str | None) -> str | None:
    """The address people reach Greenroom by, without a trailing slash."""
    if not given:
        return None
    if not given.startswith(("http://", "https://")):
        raise SettingRefused(f"{PREFIX}PUBLIC_URL must begin with http:// or https://.")
    return given.rstrip("/")


def _hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    """The host names Greenroom answers to: those given, else the public one's; none of them means any.

    This machine's own names always count, for whoever looks from there.
    """
    given = tuple(name.strip().lower() for name in (env.get(PREFIX + "HOSTS") or "").split(",") if name.strip())
    if bad := [name for name in given if not HOST.fullmatch(name)]:
        raise SettingRefused(f"{PREFIX}HOSTS must be names such as greenroom.example.org, with commas, not '{bad[0]}'.")
    public = urlsplit(_public_url(env.get(PREFIX + "PUBLIC_URL")) or "").hostname
    named = given or ((public,) if public else ())
    return (*named, *LOOPBACK) if named else ()


def _provider(env: Mapping[str, str]) -> dict[str, Any]:
    """How people sign in through the organisation's OpenID Connect provider: all of it, or nothing."""
    issuer = (env.get(PREFIX + "OIDC_ISSUER") or "").rstrip("/") or None
    given = {f"oidc_{name}": env.get(f"{PREFIX}OIDC_{name.upper()}") or None for name in ("client_id", "client_secret")}
    if issuer:
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise SettingRefused(f"{PREFIX}OIDC_ISSUER must begin with https://, as the provider calls itself.")
        missing = [name for name in ("CLIENT_ID", "CLIENT_SECRET", "ROLES") if not env.get(f"{PREFIX}OIDC_{name}")]
        if missing:
            raise SettingRefused(f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_{missing[0]} beside it.")
    return given | {
        "oidc_issuer": issuer,
        "oidc_roles_claim": env.get(PREFIX + "OIDC_ROLES_CLAIM") or "groups",
        "oidc_roles": _provider_roles(env.get(PREFIX + "OIDC_ROLES") or ""),
        "oidc_label": env.get(PREFIX + "OIDC_LABEL") or "your organisation",
    }


def _provider_roles(given: str) -> tuple[tuple[str, str], ...]:
    """Pairs such as `staff=editor`, with commas between."""
    pairs = [pair.rpartition("=") for pair in given.split(",") if pair.strip()]
    roles = tuple((value.strip(), role.strip().lower()) for value, _, role in pairs)
    if bad := [role for value, role in roles if not value or role not in PROVIDER_ROLES]:
        raise SettingRefused(f"{PREFIX}OIDC_ROLES must be like 'boss=admin,staff=editor', with viewer, not '{bad[0]}'.")
    return roles


def _positive(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    """A whole number above zero, or from `least` on."""
    given = env.get(PREFIX + name)
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or int(given) < least:
        raise SettingRefused(f"{PREFIX}{name} must be a whole number from {least} on, not '{given}'.")
    return int(given)


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """One of these words, the first by default."""
    given = (env.get(PREFIX + name) or allowed[0]).lower()
    if given not in allowed:
        raise SettingRefused(f"{PREFIX}{name} must be {' or '.join(allowed)}, not '{given}'.")
    return given


def _rate(env: Mapping[str, str], name: str, default: str) -> str:
    """So many in such a time, in the words that `limits` reads."""
    given = env.get(PREFIX + name)
    if not given:
        return default
    from limits import parse

    try:
        parse(given)
    except ValueError:
        raise SettingRefused(f"{PREFIX}{name} must be like '{default}', not '{given}'.") from None
    return given
