"""The pages that show an assistant, delete it, and list the trash. The list is in `search`, the forms in `editing`."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service
from app.assistants.labels import labels_of
from app.assistants.models import Assistant
from app.core.actors import Permission
from app.core.errors import Conflict
from app.core.paging import Place, Window, read_cursor, write_cursor
from app.http.actor import current_actor, public, require
from app.http.addresses import api_base_url
from app.texts.marking import marked
from app.texts.query import read_query

pages = Blueprint("assistants", __name__)

# More places than anybody steps through; the text behind them is shown without marks.
MOST_MARKS = 1_000


@pages.get("/")
@public
def home() -> ResponseReturnValue:
    return redirect(url_for("search.list_assistants"), code=303)


@pages.get("/assistants/<assistant_id>")
@require(Permission.READ)
def show(assistant_id: str) -> ResponseReturnValue:
    assistant = service.get(assistant_id)
    sought = request.args.get("find", "")
    return render_template(
        "assistants/show.html",
        assistant=assistant,
        base_url=api_base_url(),
        labels=labels_of(assistant.pairs),
        sought=sought,
        pieces=marked(assistant.instructions or "", read_query(sought).terms, MOST_MARKS),
        most_marks=MOST_MARKS,
    )


@pages.get("/assistants/<assistant_id>/delete")
@require(Permission.WRITE)
def delete(assistant_id: str) -> ResponseReturnValue:
    return render_template("assistants/delete.html", assistant=service.get(assistant_id))


@pages.post("/assistants/<assistant_id>/delete")
@require(Permission.WRITE)
def confirm_delete(assistant_id: str) -> ResponseReturnValue:
    try:
        version = request.form.get("version", type=int)
        assistant = service.delete(assistant_id, actor=current_actor(), expected_version=version)
    except Conflict as conflict:
        return render_template("assistants/delete.html", assistant=conflict.current, changed=True), 409
    flash(f"“{assistant.title}” is in the trash.", "success")
    return redirect(url_for("search.list_assistants"), code=303)


@pages.get("/trash")
@require(Permission.READ)
def list_trash() -> ResponseReturnValue:
    window = Window(after=_trash_place("after"), before=_trash_place("before"))
    page = service.list_trash(window)
    return render_template(
        "assistants/trash.html",
        page=page,
        previous_url=url_for(".list_trash", before=_trash_cursor(page.items[0])) if page.has_previous else None,
        next_url=url_for(".list_trash", after=_trash_cursor(page.items[-1])) if page.has_next else None,
    )


@pages.post("/trash/<assistant_id>/restore")
@require(Permission.WRITE)
def undelete(assistant_id: str) -> ResponseReturnValue:
    assistant = service.undelete(assistant_id, actor=current_actor())
    flash(f"“{assistant.title}” is back, as it was.", "success")
    return redirect(url_for(".show", assistant_id=assistant.id), code=303)


def _trash_place(param: str) -> Place | None:
    given = request.args.get(param)
    return read_cursor(given, param) if given else None


def _trash_cursor(assistant: Assistant) -> str:
    assert assistant.deleted_at is not None
    return write_cursor(assistant.deleted_at, assistant.seq)
