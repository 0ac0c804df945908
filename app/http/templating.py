"""What templates may call: filters, globals and the navigation. Macros are in `templates/macros`."""

from __future__ import annotations

import json
import sys
from calendar import month_name
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app, g, request, session, url_for
from flask_wtf.csrf import generate_csrf
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from markupsafe import Markup

from app.core.actors import Permission
from app.http import assets
from app.http.actor import signed_in
from app.http.carried import drawn_field

ADDRESSES = "greenroom.addresses"
PARTS = "greenroom.parts"
CSRF_TOKEN = "csrf_token"  # noqa: S105 (a name)
OWN_SOURCE = Path(__file__).read_text(encoding="utf-8")
# Label, endpoint, the first part of the addresses it covers, who sees it.
NAVIGATION = (
    ("Assistants", "search.list_assistants", "/assistants", Permission.READ),
    ("Batches", "batches.list_batches", "/batches", Permission.READ),
    ("Trash", "assistants.list_trash", "/trash", Permission.READ),
    ("Import", "exchange.upload", "/import", Permission.WRITE),
    ("Export", "exchange.export_page", "/export", Permission.READ),
    ("Models", "catalogue.list_models", "/models", Permission.ADMIN),
    ("Keys", "keys.list_keys", "/keys", Permission.ADMIN),
    ("People", "accounts.list_people", "/people", Permission.ADMIN),
    ("Activity", "audit.list_entries", "/activity", Permission.ADMIN),
)


AREAS = {prefix for _, _, prefix, _ in NAVIGATION}


class Area(NamedTuple):
    """A part of Greenroom as the navigation shows it."""

    label: str
    endpoint: str
    is_current: bool


class Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept where Python keeps compiled modules and by its rules: a restart needn't compile them."""

    def __init__(self) -> None:
        folder = Path(__file__).parent / "__pycache__"
        super().__init__(str(folder), "%s.template")

    def get_source_checksum(self, source: str) -> str:
        """What filters make of constants is worked out when compiling, so they count as the template does."""
        return super().get_source_checksum(source + OWN_SOURCE)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        try:
            super().dump_bytecode(bucket)
        except OSError:
            # A folder that is read-only, or full, only means that the next process compiles again, as with modules.
            return


def init_app(app: Flask) -> None:
    app.jinja_env.bytecode_cache = Compiled()
    app.extensions[ADDRESSES] = {}
    app.extensions[PARTS] = {}
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["dated"] = dated
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["pretty_json"] = pretty_json
    app.jinja_env.globals["url_for"] = address_of
    app.jinja_env.globals["csrf_field"] = csrf_field
    app.jinja_env.globals["drawn_field"] = drawn_field
    app.jinja_env.globals["drawn_once"] = drawn_once
    app.jinja_env.globals["navigation"] = navigation
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_context)


def compile_all(app: Flask) -> None:
    """Compile every template that isn't kept compiled, so that nobody's first visit waits for it."""
    environment, kept = app.jinja_env, app.jinja_env.bytecode_cache
    assert environment.loader is not None
    assert kept is not None
    for name in environment.list_templates():
        source, path, _ = environment.loader.get_source(environment, name)
        if kept.get_bucket(environment, name, path, source).code is None:
            environment.get_template(name)


def moment(seconds: int) -> datetime:
    """Unix seconds as an aware moment, for the `time` macro."""
    return datetime.fromtimestamp(seconds, UTC)


def dated(value: datetime) -> tuple[str, str, str]:
    """A moment for a machine, in full, and in short: what the `time` macro draws."""
    name, clock = month_name[value.month], f"{value:%H:%M:%S}"
    exact = f"{value.year:04}-{value.month:02}-{value.day:02}T{clock}Z"
    return exact, f"{value.day} {name} {value.year}, {clock}", f"{value.day} {name[:3]} {value.year}, {clock[:5]}"


def number(value: int) -> str:
    """A whole number for reading: 256,000."""
    return f"{value:,}"


def pretty_json(value: Any) -> str:
    """A JSON value laid out for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def address_of(endpoint: str, **values: Any) -> str:
    """Flask's `url_for`, which every page asks a dozen times for styles and scripts."""
    if endpoint == "static":
        return f"{request.script_root}{assets.address()}/{values['filename']}"
    return url_for(endpoint, **values) if values or endpoint.startswith(".") else plain_address(endpoint)


def plain_address(endpoint: str) -> str:
    """The address of a page that needs no arguments: the same at every request, so it is put together once."""
    known: dict[tuple[str, str], str] = current_app.extensions[ADDRESSES]
    found = known.get((request.script_root, endpoint))
    if found is None:
        found = known[request.script_root, endpoint] = url_for(endpoint)
    return found


def drawn_once(name: str, *drawn_from: Hashable, caller: Callable[[], Markup]) -> Markup:
    """What stands between `{% call drawn_once("name", …) %}` and its end, drawn once for all that it is drawn from.

    It may use nothing that isn't named there but addresses: whoever looks and what is theirs, such as a token, would be
    shown to everybody.
    """
    if current_app.debug:
        # Whoever works on the templates sees each change at once.
        return caller()
    known: dict[Hashable, Markup] = current_app.extensions[PARTS]
    state = (name, request.script_root, drawn_from)
    found = known.get(state)
    if found is None:
        found = known[state] = caller()
    return found


def csrf_field() -> Markup:
    """The hidden field every POST form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="') + csrf_token() + Markup('">')


def csrf_token() -> str:
    """The token of this session's forms. It lasts as long as the session does, so it needs signing once."""
    raw = session.get(CSRF_TOKEN)
    token: str = generate_csrf() if raw is None or CSRF_TOKEN in g else _signed(raw)
    return token


@lru_cache(maxsize=1_024)
def _signed(_raw: str) -> str:
    """The token of the session that has this one unsigned."""
    token: str = generate_csrf()
    return token


def navigation() -> tuple[Area, ...]:
    """The areas the signed-in person may see; nothing for somebody who gets to none of them yet."""
    person = signed_in()
    if person is None or person.must_add_second_factor:
        return ()
    here = f"/{request.path.split('/', 2)[1]}"
    return _areas(person.actor.permissions, here if here in AREAS else None)


@cache
def _areas(permissions: frozenset[Permission], here: str | None) -> tuple[Area, ...]:
    return tuple(
        Area(label, endpoint, prefix == here)
        for label, endpoint, prefix, permission in NAVIGATION
        if permission in permissions
    )


def _context() -> dict[str, Any]:
    if g.get("without_database"):
        # A page about the database's absence doesn't ask it who is signed in.
        return {"current_person": None, "may_write": False, "may_administer": False}
    person = signed_in()
    return {
        "current_person": person,
        "may_write": person is not None and person.actor.may(Permission.WRITE),
        "may_administer": person is not None and person.actor.may(Permission.ADMIN),
    }
