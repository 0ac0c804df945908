"""Signing in through the organisation's provider: the way there, and the way back."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import provider as service
from app.accounts.forms import SignInForm
from app.accounts.provider import ISSUER_LENGTH, SUBJECT_LENGTH, Refused, Shown
from app.accounts.second_factor_web import place_after
from app.accounts.web import sign_in_page
from app.core.actors import Role
from app.http import provider, sessions
from app.http.actor import public
from app.http.addresses import public_url
from app.http.provider import ProviderFailed

pages = Blueprint("provider", __name__)

TARGET = "after_provider"
FAILED = "Signing in with {label} didn't work this time. Try again, or tell an administrator."


@pages.get("/sign-in/provider")
@public
def begin() -> ResponseReturnValue:
    session[TARGET] = request.args.get("next", "")
    try:
        return provider.send_there(public_url() + url_for(".finish").removeprefix(request.script_root))
    except ProviderFailed:
        return _refused(FAILED.format(label=provider.label()), 502)


@pages.get("/sign-in/provider/back")
@public
def finish() -> ResponseReturnValue:
    target = session.pop(TARGET, None)
    try:
        entered = service.sign_in(_shown(), dict(_roles()))
    except ProviderFailed:
        return _refused(FAILED.format(label=provider.label()), 400)
    except Refused as refusal:
        return _refused(refusal.message, 403)
    sessions.begin(entered.person, by_provider=True)
    if entered.warning:
        flash(entered.warning, "warning")
    return redirect(place_after(target), code=303)


def _shown() -> Shown:
    settings = current_app.config["SETTINGS"]
    found = provider.claims()
    texts = {name: str(found.get(name) or "") for name in ("sub", "email", "name", "preferred_username")}
    if len(settings.oidc_issuer) > ISSUER_LENGTH or len(texts["sub"]) > SUBJECT_LENGTH:
        raise ProviderFailed
    return Shown(
        issuer=settings.oidc_issuer,
        subject=texts["sub"],
        email=texts["email"],
        # Some providers send it as a word.
        is_email_verified=found.get("email_verified") is True or found.get("email_verified") == "true",
        name=texts["name"] or texts["preferred_username"],
        values=provider.values_of(found, settings.oidc_roles_claim),
    )


def _roles() -> list[tuple[str, Role]]:
    return [(value, Role(role)) for value, role in current_app.config["SETTINGS"].oidc_roles]


def _refused(sentence: str, status: int) -> ResponseReturnValue:
    form = SignInForm()
    form.form_errors.append(sentence)
    return sign_in_page(form, status)
