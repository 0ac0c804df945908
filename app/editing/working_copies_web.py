"""Keeping, offering and discarding working copies. The pages with the form are in `web`, on the same blueprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service as assistants
from app.core.actors import Permission
from app.core.errors import Conflict, Forbidden
from app.editing import findings, service
from app.editing.forms import AssistantForm
from app.editing.models import WorkingCopy
from app.http.actor import current_actor, require

pages = Blueprint("editing", __name__)


@dataclass(frozen=True)
class Keeping:
    """What a page with the form has to know about working copies.

    `offered` is what the person has unsaved and the form doesn't show, or `rival` once it stood in the way of keeping
    the form; `others` says who else has something. `kept_at` is there when the form shows what is kept; `unkept` says
    that it shows what is kept nowhere.
    """

    assistant_id: str
    person_id: int
    base_version: str
    revision: str
    kept_at: datetime | None
    unkept: bool
    copy: WorkingCopy | None
    offered: WorkingCopy | None
    rival: WorkingCopy | None
    others: list[tuple[str, datetime]]

    @property
    def url(self) -> str:
        return _url("keep", self.assistant_id)

    @property
    def discard_url(self) -> str:
        return _url("discard", self.assistant_id)

    @property
    def open_url(self) -> str:
        return editor_url(self.assistant_id)

    @property
    def sign_in_url(self) -> str:
        return url_for("accounts.sign_in", next=url_for("accounts.account"))

    @property
    def key(self) -> str:
        return _key(self.person_id, self.assistant_id)

    @property
    def page(self) -> str:
        return str(self.copy.form["page"]) if self.copy else ""

    @property
    def edit_number(self) -> int:
        return int(self.copy.form["edit_number"]) if self.copy else 0


def editor_url(assistant_id: str) -> str:
    """The form as the person has left it; of a new assistant without an id."""
    page = url_for("editing.edit", assistant_id=assistant_id) if assistant_id else url_for("editing.new")
    return f"{page}?continue=1"


def own_copy(assistant_id: str) -> WorkingCopy | None:
    return service.working_copy(_person_id(), assistant_id)


def keeping(form: AssistantForm, assistant_id: str, *, shown: WorkingCopy | None, sent: bool) -> Keeping:
    """What the page says about `form`, which shows the working copy `shown` or was `sent` by a browser."""
    copy = shown or own_copy(assistant_id)
    if copy and (shown or _of_page(copy, form.page.data)):
        form.revision.data = str(copy.revision)
    # A page without its script never claims to be the one that kept something.
    form.page.data = ""
    # Of a rival that was kept again since, the person has been told nothing yet.
    rival = copy if copy and form.rival.data == str(copy.revision) else None
    form.rival.data = str(rival.revision) if rival else ""
    others = service.unsaved([assistant_id], besides=_person_id()) if assistant_id else {}
    return Keeping(
        assistant_id=assistant_id,
        person_id=_person_id(),
        base_version=form.version.data or "",
        revision=form.revision.data or "",
        kept_at=shown.kept_at if shown else None,
        unkept=sent,
        copy=copy,
        offered=copy if copy and not rival and form.revision.data != str(copy.revision) else None,
        rival=rival,
        others=others.get(assistant_id, []),
    )


def _of_page(copy: WorkingCopy, page: str | None) -> bool:
    return bool(page) and copy.form["page"] == page


def keep_form(form: AssistantForm, assistant_id: str, *, instead_of: str | None = None) -> WorkingCopy:
    """Keep a submitted form as it is, however wrong, in place of what it came from, or `instead_of` another revision.

    Raises `Conflict` and `Invalid`.
    """
    return service.keep(
        _person_id(),
        assistant_id,
        form.submitted(),
        base_version=_whole_number(form.version.data),
        revision=_whole_number(instead_of or form.revision.data),
        page=(form.page.data or "")[:64],
        edit_number=_whole_number(request.form.get("edit_number")) or 0,
    )


@pages.post("/assistants/<assistant_id>/working-copy")
@require(Permission.WRITE)
def keep(assistant_id: str) -> ResponseReturnValue:
    assistants.get(assistant_id)
    return _keep(assistant_id)


@pages.post("/assistants/new/working-copy")
@require(Permission.WRITE)
def keep_new() -> ResponseReturnValue:
    return _keep("")


@pages.post("/assistants/<assistant_id>/working-copy/discard")
@require(Permission.WRITE)
def discard(assistant_id: str) -> ResponseReturnValue:
    assistants.get(assistant_id)
    return _discard(assistant_id, url_for("editing.edit", assistant_id=assistant_id))


@pages.post("/assistants/new/working-copy/discard")
@require(Permission.WRITE)
def discard_new() -> ResponseReturnValue:
    return _discard("", url_for("editing.new"))


@pages.app_context_processor
def _context() -> dict[str, Any]:
    return {"unsaved_changes": service.unsaved, "text_findings": findings.in_spec}


def _keep(assistant_id: str) -> Response:
    # Another person may have signed in in this browser since the page was opened; the text isn't theirs.
    if request.form.get("key") not in {None, _key(_person_id(), assistant_id)}:
        raise Forbidden("Somebody else is signed in in this browser now.", code="other_person")
    try:
        return jsonify(_standing(keep_form(AssistantForm(), assistant_id)))
    except Conflict as conflict:
        error = {"message": conflict.message, "code": "other_tab"}
        response = jsonify(error=error, **_standing(conflict.current))
        response.status_code = 409
        return response


def _discard(assistant_id: str, back: str) -> ResponseReturnValue:
    try:
        service.discard(_person_id(), assistant_id, revision=_whole_number(request.form.get("revision")))
    except Conflict as conflict:
        flash(conflict.message, "warning")
    else:
        flash("Your unsaved changes are discarded.", "success")
    return redirect(back, code=303)


def _standing(copy: WorkingCopy) -> dict[str, Any]:
    return {"revision": copy.revision, "kept_at": copy.kept_at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _url(verb: str, assistant_id: str) -> str:
    if assistant_id:
        return url_for(f"editing.{verb}", assistant_id=assistant_id)
    return url_for(f"editing.{verb}_new")


def _key(person_id: int, assistant_id: str) -> str:
    return f"{person_id}:{assistant_id}"


def _person_id() -> int:
    person_id = current_actor().id
    assert person_id is not None, "Only people have pages."
    return person_id


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 10 else None
