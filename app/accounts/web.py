"""The pages of one's own account: sign-in and sign-out, the first set-up, choosing and changing a password.

The pages on which administrators manage everybody are in `people_web`, on the same blueprint.
"""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import second_factor, service
from app.accounts.forms import ROLES, ChangePasswordForm, ChoosePasswordForm, SetUpForm, SignInForm
from app.accounts.links import LinkRefused
from app.accounts.people_web import pages
from app.accounts.second_factor_web import let_in, place_after
from app.accounts.sessions import list_of as sessions_of
from app.accounts.spec import normal_email
from app.core.actors import Permission, Scope
from app.core.errors import Invalid
from app.extensions import login
from app.http import attempts, carried, provider, sessions, shown_once
from app.http.actor import public, require
from app.http.faults import beside_fields, form_page

NOT_YET = "You are not signed in yet. Sign in in the other tab first, or here with your password."
WRONG = "The email address or the password is wrong."


@pages.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(place_after(request.args.get("next")), code=303)
    return sign_in_page(SignInForm(next=request.args.get("next", "")))


@pages.post("/sign-in")
@public
def submit_sign_in() -> ResponseReturnValue:
    form = SignInForm(request.form)
    if request.form.get("go_on"):
        # From another tab the form's token would be of an earlier session, and the form come back by itself.
        form.form_errors.append(NOT_YET)
        return sign_in_page(form, 400)
    email = normal_email(form.email.data or "")
    wait = attempts.begin(email)
    if wait is not None:
        form.form_errors.append(attempts.too_many(wait))
        return sign_in_page(form, 429, {"Retry-After": str(wait)})
    person = service.authenticate(email, form.password.data or "")
    if person is None:
        form.form_errors.append(WRONG)
        return sign_in_page(form, 400)
    attempts.succeeded(email)
    return let_in(person, target=form.next.data, sent=carried.unpack(form.carried.data or ""))


@login.unauthorized_handler  # type: ignore[untyped-decorator]
def ask_to_sign_in() -> ResponseReturnValue:
    """Lead somebody who isn't signed in to signing in, with the form they sent or the page they asked for."""
    if sent := carried.from_request():
        return sign_in_page(SignInForm(carried=sent.packed()), 403)
    target = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target), code=303)


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    sessions.end()
    flash("You are signed out.", "success")
    return redirect(url_for(".sign_in"), code=303)


@pages.get("/setup")
@public
def set_up() -> ResponseReturnValue:
    try:
        service.check_set_up_link(request.args.get("token", ""))
    except LinkRefused as refusal:
        return _refused_link(refusal)
    return form_page("accounts/set_up.html", SetUpForm())


@pages.post("/setup")
@public
def submit_set_up() -> ResponseReturnValue:
    form = SetUpForm(request.form)
    try:
        person = service.set_up(
            request.args.get("token", ""),
            email=form.email.data or "",
            name=form.name.data or "",
            password=form.password.data or "",
        )
    except LinkRefused as refusal:
        return _refused_link(refusal)
    except Invalid as refusal:
        beside_fields(form, refusal)
        return form_page("accounts/set_up.html", form, 400)
    sessions.begin(person)
    shown_once.make_key("First key", scope=Scope.WRITE, actor=person.as_actor())
    flash("Greenroom is set up, and you are signed in.", "success")
    return redirect(url_for("keys.show_new"), code=303)


@pages.get("/welcome")
@public
def choose_password() -> ResponseReturnValue:
    try:
        person = service.person_of_link(request.args.get("token", ""))
    except LinkRefused as refusal:
        return _refused_link(refusal)
    return form_page("accounts/choose_password.html", ChoosePasswordForm(), person=person)


@pages.post("/welcome")
@public
def submit_choose_password() -> ResponseReturnValue:
    token = request.args.get("token", "")
    form = ChoosePasswordForm(request.form)
    try:
        person = service.choose_password(token, form.password.data or "")
    except LinkRefused as refusal:
        return _refused_link(refusal)
    except Invalid as refusal:
        beside_fields(form, refusal)
        return form_page("accounts/choose_password.html", form, 400, person=service.person_of_link(token))
    flash("Your password is set.", "success")
    return let_in(person, target=None, sent=None)


@pages.get("/account")
@require(Permission.READ)
def account() -> ResponseReturnValue:
    return _account_page(ChangePasswordForm())


@pages.post("/account")
@require(Permission.READ)
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm(request.form)
    wait = attempts.begin(current_user.email)
    if wait is not None:
        form.form_errors.append(attempts.too_many(wait))
        page = _account_page(form, 429)
        page.headers["Retry-After"] = str(wait)
        return page
    try:
        person = service.change_password(
            current_user.id, form.current_password.data or "", form.new_password.data or ""
        )
    except Invalid as refusal:
        beside_fields(form, refusal, {"password": "new_password"})
        if not form.current_password.errors:
            attempts.succeeded(current_user.email)
        return _account_page(form, 400)
    attempts.succeeded(person.email)
    sessions.begin(person)
    flash("Your password is changed. Everywhere else you were signed in, you are signed out.", "success")
    return redirect(url_for(".account"), code=303)


def _account_page(form: ChangePasswordForm, status: int = 200) -> Response:
    own = sessions_of(current_user.id, sessions.lasts())
    factor = second_factor.standing(current_user.id)
    return form_page(
        "accounts/account.html",
        form,
        status,
        roles=ROLES,
        sessions=own,
        second_factor=factor,
        has_password=service.get(current_user.id).password_hash is not None,
    )


def sign_in_page(form: SignInForm, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    page = form_page("accounts/sign_in.html", form, status, nobody_yet=service.nobody_yet(), provider=provider.label())
    page.headers.update(headers or {})
    return page


def _refused_link(refusal: LinkRefused) -> Response:
    page = render_template("accounts/link_refused.html", message=refusal.message, nobody_yet=service.nobody_yet())
    return make_response(page, 404)
