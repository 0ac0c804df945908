"""The pages of the second factor: asked for after the password, set up and removed on one's account, and removed for
somebody else by an administrator."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from app.accounts import one_time_codes, second_factor, service
from app.accounts.forms import CodeForm, NewAppForm
from app.accounts.models import Person
from app.accounts.people_web import PERSON
from app.core.actors import Permission
from app.core.errors import Invalid
from app.http import attempts, carried, sessions, shown_once
from app.http.actor import SignInNeeded, current_actor, public, require
from app.http.addresses import local_path
from app.http.carried import Carried
from app.http.faults import beside_fields, form_page

pages = Blueprint("second_factor", __name__)

# Between opening the page with the picture and typing the first code.
NEW_SECRET = "new_second_factor"  # noqa: S105 (where it is kept)


def let_in(person: Person, *, target: str | None, sent: Carried | None) -> ResponseReturnValue:
    """Sign in somebody whose password was right, or ask for the second factor first; then on to where they wanted, or
    back into the form they sent."""
    if not second_factor.is_set_up(person.id):
        sessions.begin(person, by_provider=False)
        return _arrived(target, sent)
    sessions.begin_half(person)
    if sent:
        return _ask_page(CodeForm(next=target, carried=sent.packed()), 403)
    return redirect(url_for("second_factor.ask", next=target or None), code=303)


def place_after(target: str | None) -> str:
    """Where a sign-in leads."""
    return local_path(target, url_for("search.list_assistants"))


@pages.get("/sign-in/code")
@public
def ask() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(place_after(request.args.get("next")), code=303)
    if sessions.half() is None:
        return redirect(url_for("accounts.sign_in", next=request.args.get("next")), code=303)
    return _ask_page(CodeForm(next=request.args.get("next", "")))


@pages.post("/sign-in/code")
@public
def submit() -> ResponseReturnValue:
    form, half = CodeForm(request.form), sessions.half()
    if half is None:
        flash("That took too long. Begin again with your password.", "warning")
        raise SignInNeeded
    if wait := attempts.begin(_account(half[0])):
        return _too_often(_ask_page, form, wait)
    try:
        person = second_factor.finish_sign_in(*half, form.given())
    except second_factor.SignInOver:
        raise SignInNeeded from None
    except Invalid as refusal:
        _beside_given(form, refusal.message)
        return _ask_page(form, 400)
    if person is None:
        _beside_given(form, second_factor.WRONG)
        return _ask_page(form, 400)
    attempts.succeeded(_account(person.id))
    sessions.begin(person, by_provider=False)
    return _arrived(form.next.data, carried.unpack(form.carried.data or ""))


@pages.get("/account/second-factor")
@require(Permission.READ, before_second_factor=True)
def show() -> ResponseReturnValue:
    """What there is, or how to set one up."""
    if second_factor.is_set_up(current_user.id):
        return _own_page(CodeForm())
    return _new_page(NewAppForm(next=request.args.get("next", "")))


@pages.post("/account/second-factor")
@require(Permission.READ, before_second_factor=True)
def set_up() -> ResponseReturnValue:
    form, secret = NewAppForm(request.form), session.get(NEW_SECRET)
    if secret is None:
        return redirect(url_for(".show", next=form.next.data or None), code=303)
    try:
        person, codes = second_factor.add(current_user.id, secret, form.code.data or "")
    except Invalid as refusal:
        beside_fields(form, refusal)
        return _new_page(form, 400)
    # The first administrator's first key waits to be shown, and a new session forgets everything.
    first_key = shown_once.take(shown_once.KEY)
    sessions.begin(person)
    if first_key:
        shown_once.keep(shown_once.KEY, first_key)
    flash("Your second factor is set up. Everywhere else you were signed in, you are signed out.", "success")
    return _to_codes(codes, form.next.data or "")


@pages.get("/account/second-factor/codes")
@require(Permission.READ)
def show_codes() -> ResponseReturnValue:
    """The recovery codes that were just made. A second look finds nothing."""
    kept = shown_once.take(shown_once.CODES)
    if kept is None:
        flash("Recovery codes are shown once. If they are lost, make new ones.", "info")
        return redirect(url_for(".show"), code=303)
    onward = place_after(kept["next"]) if kept["next"] else None
    return shown_once.render("accounts/recovery_codes.html", codes=kept["codes"], onward=onward)


@pages.post("/account/second-factor/codes")
@require(Permission.READ)
def renew_codes() -> ResponseReturnValue:
    form = CodeForm(request.form)
    if wait := attempts.begin(_account(current_user.id)):
        return _too_often(_own_page, form, wait)
    try:
        codes = second_factor.renew_codes(current_user.id, form.given(), actor=current_actor())
    except Invalid as refusal:
        _beside_given(form, refusal.message)
        return _own_page(form, 400)
    attempts.succeeded(_account(current_user.id))
    return _to_codes(codes, "")


@pages.get("/account/second-factor/remove")
@require(Permission.READ)
def ask_remove() -> ResponseReturnValue:
    return _remove_page(CodeForm())


@pages.post("/account/second-factor/remove")
@require(Permission.READ)
def remove() -> ResponseReturnValue:
    form = CodeForm(request.form)
    if wait := attempts.begin(_account(current_user.id)):
        return _too_often(_remove_page, form, wait)
    try:
        second_factor.remove_own(current_user.id, form.given(), actor=current_actor())
    except Invalid as refusal:
        _beside_given(form, refusal.message)
        return _remove_page(form, 400)
    attempts.succeeded(_account(current_user.id))
    flash("Your second factor is removed.", "success")
    return redirect(url_for("accounts.account"), code=303)


@pages.get(f"{PERSON}/second-factor/remove")
@require(Permission.ADMIN, hidden=True)
def ask_reset(person_id: int) -> ResponseReturnValue:
    return render_template("accounts/reset_second_factor.html", person=service.get(person_id))


@pages.post(f"{PERSON}/second-factor/remove")
@require(Permission.ADMIN, hidden=True)
def reset(person_id: int) -> ResponseReturnValue:
    person = second_factor.reset(person_id, actor=current_actor())
    flash(f"The second factor of {person.name} is removed.", "success")
    return redirect(url_for("accounts.edit_person", person_id=person_id), code=303)


def _arrived(target: str | None, sent: Carried | None) -> ResponseReturnValue:
    return carried.doors().resume(sent) if sent else redirect(place_after(target), code=303)


def _ask_page(form: CodeForm, status: int = 200) -> Response:
    return form_page("accounts/ask_code.html", form, status)


def _own_page(form: CodeForm, status: int = 200) -> Response:
    standing = second_factor.standing(current_user.id)
    return form_page("accounts/second_factor.html", form, status, standing=standing)


def _new_page(form: NewAppForm, status: int = 200) -> Response:
    secret = session.setdefault(NEW_SECRET, one_time_codes.new_secret())
    address = one_time_codes.app_address(secret, current_user.email)
    # The picture is our own, of an address that is letters and digits alone.
    picture = Markup(one_time_codes.picture(address))  # noqa: S704
    spelled = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    page = form_page("accounts/new_second_factor.html", form, status, picture=picture, secret=spelled, address=address)
    page.headers["Cache-Control"] = "no-store"
    return page


def _remove_page(form: CodeForm, status: int = 200) -> Response:
    required = sessions.needs_second_factor(current_user.role)
    return form_page("accounts/remove_second_factor.html", form, status, required=required)


def _to_codes(codes: list[str], target: str) -> ResponseReturnValue:
    shown_once.keep(shown_once.CODES, {"codes": "\n".join(codes), "next": target})
    return redirect(url_for("second_factor.show_codes"), code=303)


def _too_often(page: Callable[[CodeForm, int], Response], form: CodeForm, wait: int) -> Response:
    form.form_errors.append(attempts.too_many(wait))
    answer = page(form, 429)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _account(person_id: int) -> str:
    """Codes are counted apart from passwords, so that a right password doesn't make up for a wrong code."""
    return f"second factor of {person_id}"


def _beside_given(form: CodeForm, message: str) -> None:
    """What was typed is of no use any more, so the field is empty for the next code."""
    field = form.recovery_code if form.recovery_code.data and not form.code.data else form.code
    field.errors, field.data = [message], ""
