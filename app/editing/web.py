"""The pages on which staff write: new, duplicate and edit. `form_web` draws the form, `fields` reads what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service, versions
from app.assistants.models import Assistant
from app.assistants.spec import NAME_LENGTH, AssistantSpec, checked_note
from app.core.actors import Origin, Permission
from app.core.errors import Conflict, Fault, Invalid
from app.editing import service as working_copies
from app.editing.conflict_web import meet_form
from app.editing.fields import present, read
from app.editing.form_web import draw_edit, draw_new, id_of_new
from app.editing.forms import AssistantForm, Errors
from app.editing.models import WorkingCopy
from app.editing.rows import rearranged
from app.editing.values import Data
from app.editing.working_copies_web import editor_url, keep_form, own_copy, pages
from app.http.actor import current_actor, require
from app.texts.characters import CLEANABLE, clean

# What a new assistant is drawn from. It keeps no rule yet: a model has to be chosen.
BLANK = AssistantSpec.model_construct(model="")
COPY = "Copy of {}"


@dataclass
class Draft:
    """A submitted form read against `base`, the assistant it was drawn from: what it changes and what is wrong.

    `spec` is what it makes of `base`, once `check` has found nothing wrong.
    """

    base: AssistantSpec
    form: AssistantForm
    spec: AssistantSpec = BLANK
    changes: Data = field(default_factory=dict)
    errors: Errors = field(default_factory=list)

    def check(self) -> bool:
        """Read the form and hold it against the specification; False leaves the errors beside their fields."""
        reading = read(self.form.submitted(), self.base)
        self.changes = reading.changes
        faults: list[Fault] = list(reading.faults)
        try:
            self.spec = self.base.changed(self.changes)
        except Invalid as invalid:
            known = {fault.param for fault in faults}
            faults += [fault for fault in invalid.faults if fault.param not in known]
        try:
            checked_note(self.form.note.data)
        except Invalid as invalid:
            faults += invalid.faults
        self.errors = self.form.show(faults, reading.tool_fields)
        return not faults


@pages.get("/assistants/new")
@require(Permission.WRITE)
def new() -> ResponseReturnValue:
    if copy := _continued(""):
        return draw_new(_form_of(copy, BLANK), shown=copy)
    return draw_new(AssistantForm(formdata=None, data=present(BLANK)))


@pages.get("/assistants/<assistant_id>/duplicate")
@require(Permission.WRITE)
def duplicate(assistant_id: str) -> ResponseReturnValue:
    source = service.get(assistant_id)
    values = present(source.spec()) | {"source": source.id, "version": str(source.version)}
    copied = COPY.format(source.title)
    if len(copied) <= NAME_LENGTH:
        values["name"] = copied
    return draw_new(AssistantForm(formdata=None, data=values), source=source)


@pages.post("/assistants/new")
@require(Permission.WRITE)
def create() -> ResponseReturnValue:
    form = AssistantForm()
    if request.form.get("action") == "keep":
        return _keep_for_later(form, "")
    source = _source(form)
    base = _base(source, form) if source else BLANK
    if moved := _redrawn(form):
        return draw_new(moved, source=source)
    draft = Draft(base, form)
    if not draft.check():
        return draw_new(form, source=source, errors=draft.errors), 400
    assistant = service.create_once(
        draft.spec, id=id_of_new(form), actor=current_actor(), origin=Origin.PAGE, note=form.note.data or None
    )
    _published("", form)
    flash(f"“{assistant.title}” is saved as version 1.", "saved")
    return redirect(url_for("assistants.show", assistant_id=assistant.id), code=303)


@pages.get("/assistants/<assistant_id>/edit")
@require(Permission.WRITE)
def edit(assistant_id: str) -> ResponseReturnValue:
    """The form of the version that the address says, or else on to the address of the newest.

    A browser that goes back puts what was typed into the form it gets. So that has to be of the same version.
    """
    copy = _continued(assistant_id)
    if "version" not in request.args:
        number = (copy and copy.base_version) or service.head(assistant_id).version
        page = editor_url(assistant_id) + "&" if copy else url_for(".edit", assistant_id=assistant_id) + "?"
        return redirect(f"{page}version={number}", code=303)
    assistant = service.get(assistant_id)
    number = _number(request.args["version"])
    base = _version(assistant, number)
    if copy and copy.base_version == number:
        return draw_edit(assistant, _form_of(copy, base), shown=copy)
    values = present(base) | {"version": str(number), "expected_version": str(number)}
    return draw_edit(assistant, AssistantForm(formdata=None, data=values))


@pages.post("/assistants/<assistant_id>/edit")
@require(Permission.WRITE)
def save(assistant_id: str) -> ResponseReturnValue:
    form = AssistantForm()
    assistant = service.get(assistant_id)
    if request.form.get("action") == "keep":
        return _keep_for_later(form, assistant_id)
    base = _base(assistant, form)
    if moved := _redrawn(form):
        return draw_edit(assistant, moved)
    draft = Draft(base, form)
    if not draft.check():
        return draw_edit(assistant, form, errors=draft.errors), 400
    try:
        saved = _saved(assistant_id, draft)
    except Conflict as conflict:
        saved = conflict.current
        # What is live already was saved by the same form, sent before.
        if draft.spec.differences(saved.spec()):
            return meet_form(saved, form, draft.spec)
    _published(assistant_id, form)
    _tell_saved(saved, changed=saved.version != _number(form.expected_version.data))
    return redirect(url_for("assistants.show", assistant_id=assistant_id), code=303)


def _saved(assistant_id: str, draft: Draft) -> Assistant:
    """The assistant with what the form changes; raises `Conflict`."""
    form = draft.form
    expected = _number(form.expected_version.data)
    about: Data = {
        "actor": current_actor(),
        "origin": Origin.PAGE,
        "expected_version": expected,
        "note": form.note.data or None,
    }
    if expected == _number(form.version.data):
        return service.overwrite(assistant_id, draft.spec, seen=draft.base, **about)
    # The person knows of a later version than the form was drawn from; what they left alone comes from that one.
    return service.update(assistant_id, draft.changes, **about)


def _base(assistant: Assistant, form: AssistantForm) -> AssistantSpec:
    """The assistant as it was when the form was drawn."""
    return _version(assistant, _number(form.version.data))


def _version(assistant: Assistant, number: int) -> AssistantSpec:
    if number == assistant.version:
        return assistant.spec()
    return versions.spec_of(versions.get(assistant, number))


def _number(text: str | None) -> int:
    """The version a form carries. Only a form that wasn't ours, or was cut short, has none."""
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    message = "This form doesn't say which version it was made from. Open the edit page again."
    raise Invalid.one("version", "invalid_value", message)


def _tell_saved(assistant: Assistant, *, changed: bool) -> None:
    if changed:
        flash(f"Saved as version {assistant.version}.", "saved")
    else:
        flash("Nothing was different, so no version was made.", "info")


def _continued(assistant_id: str) -> WorkingCopy | None:
    """What the person has unsaved, when the address asks to go on with it."""
    return own_copy(assistant_id) if "continue" in request.args else None


def _form_of(copy: WorkingCopy, base: AssistantSpec) -> AssistantForm:
    """The form as it was kept. A save is held against the version it was begun on."""
    number = str(copy.base_version or "")
    values = present(base) | copy.form | {"version": number, "expected_version": number}
    return AssistantForm(formdata=None, data=values)


def _source(form: AssistantForm) -> Assistant | None:
    """What a new assistant is a copy of. It may be in the trash by now; once it is gone, the form stands by itself."""
    return service.find(form.source.data) if form.source.data else None


def _redrawn(form: AssistantForm) -> AssistantForm | None:
    """The form to draw again when a button asked for that and not to save; everything typed stays."""
    action = request.form.get("action", "")
    if action == "apply-clean":
        kinds = [kind for kind in CLEANABLE if kind in request.form.getlist("clean")]
        form.instructions.data = clean(form.instructions.data or "", kinds)
    return form if action in {"redraw", "clean", "apply-clean"} else rearranged(form, action)


def _keep_for_later(form: AssistantForm, assistant_id: str) -> ResponseReturnValue:
    """Keep what was typed without a script; of two texts, the person decides which."""
    try:
        keep_form(form, assistant_id, instead_of=form.rival.data)
    except Conflict as conflict:
        form.rival.data = str(conflict.current.revision)
        draw = draw_edit(service.get(assistant_id), form) if assistant_id else draw_new(form)
        return draw, 409
    flash("Kept. It isn't saved yet: only you see it.", "success")
    return redirect(editor_url(assistant_id), code=303)


def _published(assistant_id: str, form: AssistantForm) -> None:
    person_id = current_actor().id
    assert person_id is not None
    working_copies.published(person_id, assistant_id, form.submitted())
