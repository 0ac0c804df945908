"""Signing out other browsers, from one's account. The list of them is drawn with the account itself, in `web`."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import sessions as service
from app.core.actors import Permission
from app.http import sessions
from app.http.actor import current_actor, require

pages = Blueprint("sessions", __name__, url_prefix="/account/sessions")

# The largest number the databases' wide integers can be asked for.
LARGEST = 2**63 - 1


@pages.post("/end-others")
@require(Permission.READ)
def end_others() -> ResponseReturnValue:
    count = service.end_others(current_user.id, current_user.session_id, actor=current_actor())
    browsers = f"{count} other browser{'' if count == 1 else 's'}"
    flash(f"You are signed out of {browsers}." if count else "You were signed in nowhere else.", "success")
    return redirect(url_for("accounts.account"), code=303)


@pages.post(f"/<int(max={LARGEST}):session_id>/end")
@require(Permission.READ)
def end_one(session_id: int) -> ResponseReturnValue:
    if session_id == current_user.session_id:
        sessions.end()
        flash("You are signed out.", "success")
        return redirect(url_for("accounts.sign_in"), code=303)
    ended = service.end_one(current_user.id, session_id, actor=current_actor())
    flash(f"{ended.browser} is signed out.", "success")
    return redirect(url_for("accounts.account"), code=303)
