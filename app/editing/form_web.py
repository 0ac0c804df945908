"""The pages with the form, drawn for whoever answers with one. Their views are in `web`."""

from __future__ import annotations

from flask import render_template, request

from app.assistants import service
from app.assistants.identifiers import is_id, new_id
from app.assistants.models import Assistant
from app.assistants.spec import INSTRUCTIONS_LENGTH
from app.catalogue import service as catalogue
from app.editing import findings
from app.editing.forms import AssistantForm, Errors
from app.editing.models import WorkingCopy
from app.editing.rows import focus_after
from app.editing.values import Data
from app.editing.working_copies_web import keeping
from app.texts.outline import outline


def draw_new(
    form: AssistantForm,
    *,
    source: Assistant | None = None,
    errors: Errors | None = None,
    shown: WorkingCopy | None = None,
) -> str:
    if source is None and form.source.data:
        source = service.find(form.source.data)
    form.new_id.data = id_of_new(form)
    return render_template(
        "editing/new.html", form=form, source=source, errors=errors or [], **_editor(form, "", shown)
    )


def draw_edit(
    assistant: Assistant,
    form: AssistantForm,
    *,
    errors: Errors | None = None,
    shown: WorkingCopy | None = None,
) -> str:
    return render_template(
        "editing/edit.html",
        form=form,
        assistant=assistant,
        errors=errors or [],
        **_editor(form, assistant.id, shown),
    )


def id_of_new(form: AssistantForm) -> str:
    """The id that the form was drawn with. Only a form that wasn't ours, or was cut short, has none."""
    drawn: str | None = form.new_id.data
    return drawn if drawn and is_id(drawn) else new_id()


def _editor(form: AssistantForm, assistant_id: str, shown: WorkingCopy | None) -> Data:
    """What both pages with the form draw beside it. `shown` is the working copy the form shows, if it does."""
    text = form.instructions.data or ""
    action = request.form.get("action", "")
    return {
        "models": catalogue.ids(),
        "limit": INSTRUCTIONS_LENGTH,
        "length": len(text),
        "words": len(text.split()),
        "outline": outline(text),
        "findings": findings.in_form(form.data),
        "cleaning": findings.cleaning(text) if action == "clean" else None,
        "cleaned": action == "apply-clean",
        "focus": focus_after(form, action),
        "keep": keeping(form, assistant_id, shown=shown, sent=request.method == "POST"),
    }
