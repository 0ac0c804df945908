"""The pages of API keys: the list, a new one, the one page that shows it, and revoking."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import service as accounts
from app.core.actors import Permission, Scope
from app.core.errors import Invalid
from app.http import shown_once
from app.http.actor import current_actor, require
from app.http.addresses import api_base_url
from app.http.faults import beside_fields, form_page
from app.keys import service
from app.keys.forms import SCOPE_HINTS, SCOPES, NewKeyForm

pages = Blueprint("keys", __name__)

# The largest number PostgreSQL's integer column can be asked for.
KEY = f"/keys/<int(max={2**31 - 1}):key_id>"


@pages.get("/keys")
@require(Permission.ADMIN, hidden=True)
def list_keys() -> ResponseReturnValue:
    keys = service.list_all()
    makers = accounts.names({key.created_by for key in keys if key.created_by is not None})
    return render_template("keys/keys.html", keys=keys, makers=makers, scopes=SCOPES, status=service.status)


@pages.get("/keys/new")
@require(Permission.ADMIN, hidden=True)
def new_key() -> ResponseReturnValue:
    return form_page("keys/new_key.html", NewKeyForm(), scope_hints=SCOPE_HINTS)


@pages.post("/keys/new")
@require(Permission.ADMIN, hidden=True)
def create_key() -> ResponseReturnValue:
    form = NewKeyForm(request.form)
    if form.validate():
        try:
            shown_once.make_key(
                form.name.data or "",
                scope=Scope(form.scope.data),
                actor=current_actor(),
                expires_in_days=form.days(),
            )
        except Invalid as refusal:
            beside_fields(form, refusal)
        else:
            return redirect(url_for(".show_new"), code=303)
    return form_page("keys/new_key.html", form, 400, scope_hints=SCOPE_HINTS)


@pages.get("/keys/created")
@require(Permission.ADMIN, hidden=True)
def show_new() -> ResponseReturnValue:
    """The key that was just made, with a program to try it. A second look finds nothing."""
    key = shown_once.take(shown_once.KEY)
    if key is None:
        flash("A key is shown once. If it is lost, revoke it and make a new one.", "info")
        return redirect(url_for(".list_keys"), code=303)
    may_write = key["scope"] == Scope.WRITE
    program = render_template("keys/program.py.txt", base_url=api_base_url(), secret=key["secret"], may_write=may_write)
    return shown_once.render("keys/created.html", key=key, program=program)


@pages.get(f"{KEY}/revoke")
@require(Permission.ADMIN, hidden=True)
def ask_revoke(key_id: int) -> ResponseReturnValue:
    return render_template("keys/revoke.html", key=service.get(key_id))


@pages.post(f"{KEY}/revoke")
@require(Permission.ADMIN, hidden=True)
def revoke(key_id: int) -> ResponseReturnValue:
    key = service.revoke(key_id, actor=current_actor())
    flash(f"The key “{key.name}” is revoked. Programs that use it are refused from now on.", "success")
    return redirect(url_for(".list_keys"), code=303)
