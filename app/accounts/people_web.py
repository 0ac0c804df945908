"""The pages on which administrators manage people. Sign-in and one's own account are in `web`."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import provider, second_factor, service
from app.accounts.forms import ROLE_HINTS, ROLES, InviteForm, PersonForm
from app.accounts.models import Person
from app.core.actors import Permission, Role
from app.core.errors import Invalid
from app.core.paging import Place, Window, read_cursor, write_cursor
from app.http import shown_once
from app.http.actor import current_actor, require
from app.http.addresses import public_url
from app.http.faults import beside_fields, form_page

pages = Blueprint("accounts", __name__)

PEOPLE_A_PAGE = 50
# The largest number PostgreSQL's integer column can be asked for.
PERSON = f"/people/<int(max={2**31 - 1}):person_id>"


@pages.get("/people")
@require(Permission.ADMIN, hidden=True)
def list_people() -> ResponseReturnValue:
    window = Window(after=_place("after"), before=_place("before"), newest_first=False, limit=PEOPLE_A_PAGE)
    page = service.list_people(window)
    return render_template(
        "accounts/people.html",
        people=page.items,
        with_second_factor=second_factor.those_with([person.id for person in page.items]),
        required_of=current_app.config["SETTINGS"].require_second_factor,
        roles=ROLES,
        status=service.status,
        previous_url=_before(page.items[0]) if page.has_previous else None,
        next_url=_after(page.items[-1]) if page.has_next else None,
    )


@pages.get("/people/new")
@require(Permission.ADMIN, hidden=True)
def new_person() -> ResponseReturnValue:
    return form_page("accounts/new_person.html", InviteForm(), role_hints=ROLE_HINTS)


@pages.post("/people/new")
@require(Permission.ADMIN, hidden=True)
def invite() -> ResponseReturnValue:
    form = InviteForm(request.form)
    if form.validate():
        try:
            person, token = service.invite(
                form.email.data or "", form.name.data or "", Role(form.role.data), actor=current_actor()
            )
        except Invalid as refusal:
            beside_fields(form, refusal)
        else:
            return _to_new_link(person, token)
    return form_page("accounts/new_person.html", form, 400, role_hints=ROLE_HINTS)


@pages.get("/people/link")
@require(Permission.ADMIN, hidden=True)
def show_link() -> ResponseReturnValue:
    """The one-time link that was just made. A second look finds nothing."""
    link = shown_once.take(shown_once.LINK)
    if link is None:
        flash("A link is shown once. If it is lost, make a new one on the person's page.", "info")
        return redirect(url_for(".list_people"), code=303)
    return shown_once.render("accounts/new_link.html", link=link)


@pages.get(f"{PERSON}/edit")
@require(Permission.ADMIN, hidden=True)
def edit_person(person_id: int) -> ResponseReturnValue:
    person = service.get(person_id)
    return _edit_page(PersonForm(name=person.name, role=person.role), person)


@pages.post(f"{PERSON}/edit")
@require(Permission.ADMIN, hidden=True)
def change_person(person_id: int) -> ResponseReturnValue:
    person = service.get(person_id)
    form = PersonForm(request.form)
    if form.validate():
        try:
            service.change_person(
                person_id, name=form.name.data or "", role=Role(form.role.data), actor=current_actor()
            )
        except Invalid as refusal:
            beside_fields(form, refusal)
        else:
            flash("The changes are saved.", "success")
            return redirect(url_for(".list_people"), code=303)
    return _edit_page(form, person, 400)


@pages.post(f"{PERSON}/link")
@require(Permission.ADMIN, hidden=True)
def make_link(person_id: int) -> ResponseReturnValue:
    return _to_new_link(service.get(person_id), service.new_link(person_id, actor=current_actor()))


@pages.get(f"{PERSON}/deactivate")
@require(Permission.ADMIN, hidden=True)
def ask_deactivate(person_id: int) -> ResponseReturnValue:
    return render_template("accounts/deactivate.html", person=service.get(person_id))


@pages.post(f"{PERSON}/deactivate")
@require(Permission.ADMIN, hidden=True)
def deactivate(person_id: int) -> ResponseReturnValue:
    person = service.deactivate(person_id, actor=current_actor())
    flash(f"{person.name} is deactivated and can't sign in any more.", "success")
    return redirect(url_for(".list_people"), code=303)


@pages.post(f"{PERSON}/reactivate")
@require(Permission.ADMIN, hidden=True)
def reactivate(person_id: int) -> ResponseReturnValue:
    person = service.reactivate(person_id, actor=current_actor())
    flash(f"{person.name} can sign in again.", "success")
    return redirect(url_for(".list_people"), code=303)


def _edit_page(form: PersonForm, person: Person, status: int = 200) -> ResponseReturnValue:
    return form_page(
        "accounts/edit_person.html",
        form,
        status,
        person=person,
        role_hints=ROLE_HINTS,
        standing=service.status(person),
        second_factor=second_factor.standing(person.id),
        by_provider=provider.is_known_there(person.id),
        is_oneself=person.id == current_user.id,
    )


def _to_new_link(person: Person, token: str) -> ResponseReturnValue:
    url = public_url() + url_for(".choose_password", token=token).removeprefix(request.script_root)
    shown_once.keep(shown_once.LINK, {"url": url, "name": person.name})
    return redirect(url_for(".show_link"), code=303)


def _place(name: str) -> Place | None:
    """The place in the list that the address gives as `name`."""
    given = request.args.get(name)
    return read_cursor(given, name) if given else None


def _before(person: Person) -> str:
    return url_for(".list_people", before=write_cursor(person.created_at, person.id))


def _after(person: Person) -> str:
    return url_for(".list_people", after=write_cursor(person.created_at, person.id))
