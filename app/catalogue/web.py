"""The pages on which an administrator edits the list of models."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import service
from app.catalogue.forms import ListedModelForm, ModelForm
from app.core.actors import Permission
from app.core.database import utc_now
from app.core.errors import Invalid
from app.http.actor import current_actor, require
from app.http.faults import beside_fields, summary

pages = Blueprint("catalogue", __name__)


@pages.app_context_processor
def _for_lists() -> dict[str, object]:
    """Pages that show assistants come before the list of models on the street, and tell which models retire."""
    return {"retirements": service.retirements}


@pages.get("/models")
@require(Permission.ADMIN, hidden=True)
def list_models() -> ResponseReturnValue:
    return render_template("catalogue/list.html", models=service.list_all(), today=_today())


@pages.get("/models/new")
@require(Permission.ADMIN, hidden=True)
def new() -> ResponseReturnValue:
    return _form_page(ModelForm(released_on=_today()), None)


@pages.post("/models/new")
@require(Permission.ADMIN, hidden=True)
def add() -> ResponseReturnValue:
    form = ModelForm(request.form)
    if not form.validate():
        return _form_page(form, None)
    try:
        model = service.add(form.model_id(), form.facts(), actor=current_actor())
    except Invalid as refusal:
        beside_fields(form, refusal)
        return _form_page(form, None)
    flash(f"{model.id} is on the list.", "success")
    return redirect(url_for(".list_models"), code=303)


@pages.get("/models/<path:model_id>/edit")
@require(Permission.ADMIN, hidden=True)
def edit(model_id: str) -> ResponseReturnValue:
    model = service.get(model_id)
    return _form_page(ListedModelForm(obj=model, released_on=service.released_on(model)), model_id)


@pages.post("/models/<path:model_id>/edit")
@require(Permission.ADMIN, hidden=True)
def change(model_id: str) -> ResponseReturnValue:
    service.get(model_id)
    form = ListedModelForm(request.form)
    if not form.validate():
        return _form_page(form, model_id)
    try:
        service.change(model_id, form.facts(), actor=current_actor())
    except Invalid as refusal:
        beside_fields(form, refusal)
        return _form_page(form, model_id)
    flash(f"{model_id} is saved.", "success")
    return redirect(url_for(".list_models"), code=303)


@pages.get("/models/<path:model_id>/remove")
@require(Permission.ADMIN, hidden=True)
def ask_remove(model_id: str) -> ResponseReturnValue:
    model = service.get(model_id)
    return render_template("catalogue/remove.html", model=model, last=len(service.list_all()) == 1)


@pages.post("/models/<path:model_id>/remove")
@require(Permission.ADMIN, hidden=True)
def remove(model_id: str) -> ResponseReturnValue:
    service.remove(model_id, actor=current_actor())
    flash(f"{model_id} is off the list.", "success")
    return redirect(url_for(".list_models"), code=303)


def _form_page(form: ModelForm, model_id: str | None) -> ResponseReturnValue:
    """The page of a new model, or of the one with this id; with 400 when the form was refused."""
    errors = summary(form)
    page = render_template("catalogue/form.html", form=form, model_id=model_id, errors=errors, has_errors=bool(errors))
    return page, 400 if errors else 200


def _today() -> date:
    return utc_now().date()
