"""The pages of the activity, for administrators: the list, its exports, and an assistant's own part of it.

The audit stands first on the street and knows no other feature. What people, keys and assistants are called is told
to it by `named_by`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask import Blueprint, Flask, Response, current_app, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.audit import service
from app.audit.export import csv_pieces, json_lines
from app.audit.forms import ActivityForm
from app.audit.models import AuditEntry
from app.audit.sentences import Told, subject_kind, tell
from app.audit.service import Criteria, Verb
from app.core.actors import Permission
from app.core.database import utc_now
from app.core.errors import Invalid
from app.core.paging import Page, Place, Window, read_cursor, write_cursor
from app.http.actor import current_actor, require
from app.http.faults import form_page

pages = Blueprint("audit", __name__)

EXTENSION = "greenroom.names"
ENTRIES_A_PAGE = 50
LATEST = 5
NOTHING: list[AuditEntry] = []

NumberedNames: TypeAlias = Callable[[set[int] | None], dict[int, str]]


@dataclass(frozen=True, slots=True)
class Names:
    """How to find out what things are called now, by number or id; asked for None, people and keys tell everybody."""

    people: NumberedNames
    keys: NumberedNames
    assistants: Callable[[set[str]], dict[str, str]]


def named_by(app: Flask, names: Names) -> None:
    """Let `names` say what things are called."""
    app.extensions[EXTENSION] = names


@pages.get("/activity")
@require(Permission.ADMIN, hidden=True)
def list_entries() -> ResponseReturnValue:
    form = _filters()
    window = Window(after=_place("after"), before=_place("before"), limit=ENTRIES_A_PAGE)
    valid = form.validate()
    page = service.list_page(window, form.criteria()) if valid else Page(NOTHING, has_more=False)

    def beyond(**place: str) -> str:
        return url_for(".list_entries", **form.arguments(), **place)  # type: ignore[arg-type]

    return form_page(
        "audit/activity.html",
        form,
        200 if valid else 400,
        entries=_told(page.items),
        subject_kind=subject_kind,
        previous_url=beyond(before=_cursor(page.items[0])) if page.has_previous else None,
        next_url=beyond(after=_cursor(page.items[-1])) if page.has_next else None,
    )


@pages.get("/activity/entries.csv")
@require(Permission.ADMIN, hidden=True)
def download_table() -> ResponseReturnValue:
    return _download("csv", "text/csv", csv_pieces)


@pages.get("/activity/entries.jsonl")
@require(Permission.ADMIN, hidden=True)
def download_lines() -> ResponseReturnValue:
    return _download("jsonl", "application/jsonl", json_lines)


@pages.app_context_processor
def _context() -> dict[str, Any]:
    return {"latest_activity": _latest}


def _latest(assistant_id: str) -> list[Told]:
    """The last deeds done to an assistant."""
    criteria = Criteria(subject=("assistant", assistant_id))
    return _told(service.list_page(Window(limit=LATEST), criteria).items)


def _download(kind: str, mimetype: str, pieces: Callable[[Iterator[list[Told]]], Iterator[bytes]]) -> Response:
    form = _filters()
    if not form.validate():
        raise Invalid.one(None, "invalid_value", "These filters can't be read. Choose them on the Activity page.")
    service.note(Verb.ACTIVITY_EXPORTED, "activity", actor=current_actor(), format=kind, filters=form.arguments())
    batches = (_told(entries) for entries in service.every(form.criteria()))
    name = f"greenroom-activity-{utc_now():%Y-%m-%d}.{kind}"
    return Response(
        stream_with_context(pieces(batches)),
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _filters() -> ActivityForm:
    names = _names()
    return ActivityForm(request.args, people=names.people(None), keys=names.keys(None))


def _told(entries: list[AuditEntry]) -> list[Told]:
    """The entries in words, with a query for each kind of subject among them."""
    ids: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        ids[subject_kind(entry)].add(entry.subject_id)
    names = _names()
    known: dict[str, dict[str, str]] = {"assistant": names.assistants(ids["assistant"]) if ids["assistant"] else {}}
    for kind, ask in (("person", names.people), ("key", names.keys)):
        numbers = {int(number) for number in ids[kind] if number.isdecimal()}
        known[kind] = {str(number): name for number, name in ask(numbers).items()} if numbers else {}
    return [tell(entry, known.get(subject_kind(entry), {}).get(entry.subject_id)) for entry in entries]


def _names() -> Names:
    names: Names = current_app.extensions[EXTENSION]
    return names


def _place(param: str) -> Place | None:
    given = request.args.get(param)
    return read_cursor(given, param) if given else None


def _cursor(entry: AuditEntry) -> str:
    return write_cursor(entry.at, entry.id)
