"""The pages on which staff write: new, duplicate and edit. What the form means is read in `fields`."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service, versions
from app.assistants.models import Assistant
from app.assistants.spec import INSTRUCTIONS_LENGTH, NAME_LENGTH, AssistantSpec
from app.catalogue import service as catalogue
from app.core.actors import Origin, Permission
from app.core.errors import Conflict, Fault, Invalid
from app.editing.fields import present, read
from app.editing.forms import AssistantForm, Errors
from app.editing.rows import rearranged
from app.editing.values import Data
from app.http.actor import current_actor, require

pages = Blueprint("editing", __name__)

# What a new assistant is drawn from. It keeps no rule yet: a model has to be chosen.
BLANK = AssistantSpec.model_construct(model="")
COPY = "Copy of {}"


@dataclass
class Draft:
    """A submitted form read against `base`, the assistant it was drawn from: what it changes and what is wrong."""

    base: AssistantSpec
    form: AssistantForm
    changes: Data = field(default_factory=dict)
    errors: Errors = field(default_factory=list)

    def check(self) -> bool:
        """Read the form and hold it against the specification; False leaves the errors beside their fields."""
        reading = read(self.form.submitted(), self.base)
        self.changes = reading.changes
        faults: list[Fault] = list(reading.faults)
        try:
            self.base.changed(self.changes)
        except Invalid as invalid:
            known = {fault.param for fault in faults}
            faults += [fault for fault in invalid.faults if fault.param not in known]
        self.errors = self.form.show(faults, reading.tool_fields)
        return not faults


@pages.get("/assistants/new")
@require(Permission.WRITE)
def new() -> ResponseReturnValue:
    return _draw_new(AssistantForm(formdata=None, data=present(BLANK)))


@pages.get("/assistants/<assistant_id>/duplicate")
@require(Permission.WRITE)
def duplicate(assistant_id: str) -> ResponseReturnValue:
    source = service.get(assistant_id)
    values = present(source.spec()) | {"source": source.id, "version": str(source.version)}
    copied = COPY.format(source.title)
    if len(copied) <= NAME_LENGTH:
        values["name"] = copied
    return _draw_new(AssistantForm(formdata=None, data=values), source=source)


@pages.post("/assistants/new")
@require(Permission.WRITE)
def create() -> ResponseReturnValue:
    form = AssistantForm()
    source = service.get(form.source.data) if form.source.data else None
    base = _base(source, form) if source else BLANK
    if moved := rearranged(form, request.form.get("action", "")):
        return _draw_new(moved, source=source)
    draft = Draft(base, form)
    if not draft.check():
        return _draw_new(form, source=source, errors=draft.errors), 400
    assistant = service.create(
        base.changed(draft.changes), actor=current_actor(), origin=Origin.PAGE, note=form.note.data or None
    )
    flash(f"“{assistant.title}” is saved as version 1.", "success")
    return redirect(url_for("assistants.show", assistant_id=assistant.id), code=303)


@pages.get("/assistants/<assistant_id>/edit")
@require(Permission.WRITE)
def edit(assistant_id: str) -> ResponseReturnValue:
    assistant = service.get(assistant_id)
    number = str(assistant.version)
    values = present(assistant.spec()) | {"version": number, "expected_version": number}
    return _draw_edit(assistant, AssistantForm(formdata=None, data=values))


@pages.post("/assistants/<assistant_id>/edit")
@require(Permission.WRITE)
def save(assistant_id: str) -> ResponseReturnValue:
    form = AssistantForm()
    assistant = service.get(assistant_id)
    base = _base(assistant, form)
    if moved := rearranged(form, request.form.get("action", "")):
        return _draw_edit(assistant, moved)
    draft = Draft(base, form)
    if not draft.check():
        return _draw_edit(assistant, form, errors=draft.errors), 400
    try:
        saved = service.update(
            assistant_id,
            draft.changes,
            actor=current_actor(),
            origin=Origin.PAGE,
            expected_version=_number(form.expected_version.data),
            note=form.note.data or None,
        )
    except Conflict as conflict:
        form.expected_version.data = str(conflict.current.version)
        return _draw_edit(conflict.current, form, conflict=True), 409
    _tell_saved(saved, changed=saved.version != _number(form.expected_version.data))
    return redirect(url_for("assistants.show", assistant_id=assistant_id), code=303)


def _base(assistant: Assistant, form: AssistantForm) -> AssistantSpec:
    """The assistant as it was when the form was drawn."""
    return versions.spec_of(versions.get(assistant, _number(form.version.data)))


def _number(text: str | None) -> int:
    """The version a form carries. Only a form that wasn't ours, or was cut short, has none."""
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    message = "This form doesn't say which version it was made from. Open the edit page again."
    raise Invalid.one("version", "invalid_value", message)


def _tell_saved(assistant: Assistant, *, changed: bool) -> None:
    if changed:
        flash(f"Saved as version {assistant.version}.", "success")
    else:
        flash("Nothing was different, so no version was made.", "info")


def _draw_new(form: AssistantForm, *, source: Assistant | None = None, errors: Errors | None = None) -> str:
    return render_template(
        "editing/new.html",
        form=form,
        source=source,
        errors=errors or [],
        models=catalogue.ids(),
        limit=INSTRUCTIONS_LENGTH,
    )


def _draw_edit(
    assistant: Assistant, form: AssistantForm, *, errors: Errors | None = None, conflict: bool = False
) -> str:
    return render_template(
        "editing/edit.html",
        form=form,
        assistant=assistant,
        errors=errors or [],
        conflict=conflict,
        models=catalogue.ids(),
        limit=INSTRUCTIONS_LENGTH,
    )
