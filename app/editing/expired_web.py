"""What becomes of the forms of an assistant that came without a good sign-in: nothing is saved, and nothing is lost.

Carrying them through signing in is done by `http.carried`, which calls `resume` and `redraw`.
"""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.assistants import service
from app.core.actors import Permission
from app.core.errors import Conflict, GreenroomError, Invalid, NotFound
from app.editing.conflict_web import MARK, Merging, draw, keep_sent, read_mine
from app.editing.fields import present, present_state
from app.editing.form_web import draw_edit, draw_new
from app.editing.forms import AssistantForm
from app.editing.models import WorkingCopy
from app.editing.values import Data
from app.editing.working_copies_web import editor_url
from app.http.actor import current_actor
from app.http.carried import Carried, Doors

MERGE = "conflicts.merge"
HERE = "Your text is here. It is not saved yet."
OTHERS = "{name} opened this form, and you are signed in as {you}. The text is now among your own unsaved changes."
OTHERS_SHOWN = "{name} opened this form, and you are signed in as {you}."
TOO_OLD = "This form was opened before the present sign-in, so nothing was saved. Your text is here."
NOT_ALLOWED = "You are not allowed to change anything here, so it can't be saved. Copy it from here to keep it."
GONE = "There is no such assistant any more: it may be in the trash. Copy the text from here to keep it."


def resume(sent: Carried) -> ResponseReturnValue:
    """Keep the form for the person who has just signed in, and lead them back to it."""
    if refused := rescue(sent):
        return refused
    try:
        copy = _keep(sent)
    except (Conflict, Invalid):
        # Something else of theirs is kept and stays, or this can't be kept: the page itself holds the text.
        return _drawn(sent, HERE, status=200)
    flash(HERE, "warning")
    if sent.person_id != current_user.id:
        flash(OTHERS.format(name=sent.person_name, you=current_user.name), "warning")
    if sent.endpoint == MERGE:
        return _merge_page(sent, 200, kept=copy)
    return redirect(editor_url(_assistant_id(sent)), code=303)


def redraw(sent: Carried) -> ResponseReturnValue:
    """Show the form again to the person signed in, who has to send it themselves."""
    return rescue(sent) or _drawn(sent, TOO_OLD, status=400)


def rescue(sent: Carried) -> Response | None:
    """The text to be copied, for somebody who may not save it, and when there is nothing to save it to."""
    if not current_actor().may(Permission.WRITE):
        return _to_copy(sent, NOT_ALLOWED, 403)
    try:
        if assistant_id := _assistant_id(sent):
            service.get(assistant_id)
    except NotFound:
        return _to_copy(sent, GONE, 404)
    return None


DOORS = Doors(resume=resume, redraw=redraw, rescue=rescue)


def _keep(sent: Carried) -> WorkingCopy:
    mark = {name: sent.values.get(name, "") for name in MARK}
    assistant_id = _assistant_id(sent)
    if sent.endpoint == MERGE:
        merging = Merging.read(service.get(assistant_id), sent.values)
        form = present_state(merging.mine, merging.spec_of(merging.base)) | {"note": merging.note}
        return keep_sent(assistant_id, form, base_version=merging.base, mark=mark)
    return keep_sent(assistant_id, _typed(sent), base_version=_base_version(sent), mark=mark)


def _typed(sent: Carried) -> Data:
    """The form's values."""
    if sent.endpoint == MERGE:
        return present(read_mine(sent.values)) | {"note": sent.values.get("note", "")}
    return AssistantForm(formdata=sent.values).submitted()


def _drawn(sent: Carried, message: str, *, status: int) -> Response:
    flash(message, "warning")
    if sent.person_id != current_user.id:
        flash(OTHERS_SHOWN.format(name=sent.person_name, you=current_user.name), "warning")
    if sent.endpoint == MERGE:
        return _merge_page(sent, status)
    form = AssistantForm(formdata=sent.values)
    if assistant_id := _assistant_id(sent):
        return make_response(draw_edit(service.get(assistant_id), form), status)
    return make_response(draw_new(form), status)


def _merge_page(sent: Carried, status: int, *, kept: WorkingCopy | None = None) -> Response:
    merging = Merging.read(service.get(_assistant_id(sent)), sent.values)
    return draw(merging.kept_as(kept) if kept else merging, status)


def _to_copy(sent: Carried, message: str, status: int) -> Response:
    try:
        typed = _typed(sent)
    except GreenroomError:
        typed = dict(sent.values)
    texts = [(name.replace("_", " ").capitalize(), typed.get(name)) for name in ("name", "description", "instructions")]
    form = {name: value for name, value in typed.items() if name != "state"}
    page = render_template("editing/to_copy.html", message=message, texts=[pair for pair in texts if pair[1]], all=form)
    return make_response(page, status)


def _assistant_id(sent: Carried) -> str:
    return sent.arguments.get("assistant_id", "")


def _base_version(sent: Carried) -> int | None:
    number = sent.values.get("version", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
