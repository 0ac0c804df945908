"""What templates may call: filters, globals and the navigation. Macros are in `templates/macros`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.core.actors import Permission
from app.http.actor import current_actor
from app.http.carried import drawn_field

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
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    label: str
    url: str
    current: bool


def init_app(app: Flask) -> None:
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["pretty_json"] = pretty_json
    app.jinja_env.globals["csrf_field"] = csrf_field
    app.jinja_env.globals["drawn_field"] = drawn_field
    app.jinja_env.globals["navigation"] = navigation
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_context)


def compile_all(app: Flask) -> None:
    """Compile every template, so that nobody's first visit waits for it."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def moment(seconds: int) -> datetime:
    """Unix seconds as an aware moment, for the `time` macro."""
    return datetime.fromtimestamp(seconds, UTC)


def number(value: int) -> str:
    """A whole number for reading: 256,000."""
    return f"{value:,}"


def pretty_json(value: Any) -> str:
    """A JSON value laid out for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def csrf_field() -> Markup:
    """The hidden field every POST form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def navigation() -> list[NavigationItem]:
    """The areas the signed-in person may see; nothing for somebody signed out."""
    if not current_user.is_authenticated:
        return []
    actor = current_actor()
    return [
        NavigationItem(label, url_for(endpoint), f"{request.path}/".startswith(f"{prefix}/"))
        for label, endpoint, prefix, permission in NAVIGATION
        if actor.may(permission)
    ]


def _context() -> dict[str, Any]:
    person = current_user if current_user and current_user.is_authenticated else None
    return {
        "current_person": person,
        "may_write": person is not None and current_actor().may(Permission.WRITE),
        "may_administer": person is not None and current_actor().may(Permission.ADMIN),
    }
