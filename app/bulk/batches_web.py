"""The pages of batches that are done: the list, one batch, and undoing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.bulk import batches, deeds, drafts, scopes, service
from app.core.actors import Permission
from app.core.errors import Conflict, Invalid
from app.core.paging import Window
from app.http.actor import current_actor, require

pages = Blueprint("batches", __name__)

# The largest number PostgreSQL's integer column can be asked for.
BATCH = f"/batches/<int(max={2**31 - 1}):batch_id>"


@pages.app_context_processor
def _for_histories() -> dict[str, object]:
    """Histories come earlier on the street, and lead to the batches that wrote a version."""
    return {"batches_of": batches.batches_of}


@pages.get("/batches")
@require(Permission.READ)
def list_batches() -> ResponseReturnValue:
    actor = current_actor()
    page = batches.list_page(Window(after=_place("after"), before=_place("before")))
    waiting = drafts.waiting(actor=actor) if actor.may(Permission.WRITE) else []
    return render_template(
        "bulk/batches.html",
        page=page,
        waiting=[(draft, drafts.deed_of(draft).title, scopes.told(draft.scope)) for draft in waiting],
        previous_url=url_for(".list_batches", before=page.items[0].batch.id) if page.has_previous else None,
        next_url=url_for(".list_batches", after=page.items[-1].batch.id) if page.has_next else None,
    )


@pages.get(BATCH)
@require(Permission.READ)
def show(batch_id: int) -> ResponseReturnValue:
    done = batches.get(batch_id)
    page = batches.list_items(done.batch, Window(after=_place("after"), before=_place("before")))

    def beyond(**place: int) -> str:
        return url_for(".show", batch_id=batch_id, **place)  # type: ignore[arg-type]

    return render_template(
        "bulk/batch.html",
        done=done,
        deed=deeds.DEEDS.validate_python(done.batch.deed),
        page=page,
        moves=batches.moves(done.batch),
        deletes=batches.deletes(done.batch),
        previous_url=beyond(before=page.items[0].item.assistant_seq) if page.has_previous else None,
        next_url=beyond(after=page.items[-1].item.assistant_seq) if page.has_next else None,
    )


@pages.get(f"{BATCH}/undo")
@require(Permission.WRITE)
def ask_undo(batch_id: int) -> ResponseReturnValue:
    done = batches.get(batch_id)
    if done.undone is not None:
        return redirect(url_for(".show", batch_id=batch_id), code=303)
    return render_template("bulk/undo.html", done=done, standing=batches.standing(done.batch))


@pages.post(f"{BATCH}/undo")
@require(Permission.WRITE)
def undo(batch_id: int) -> ResponseReturnValue:
    try:
        batch = service.undo(batch_id, actor=current_actor())
    except Conflict as conflict:
        flash(conflict.message, "warning")
        return redirect(url_for(".show", batch_id=batch_id), code=303)
    left = len(batch.left_alone)
    told = f"{batch.size:,} assistant{'s are' if batch.size != 1 else ' is'} as before batch {batch_id}."
    flash(f"{told} {left:,} changed since stayed." if left else told, "warning" if left else "success")
    return redirect(url_for(".show", batch_id=batch.id), code=303)


def _place(param: str) -> tuple[int] | None:
    given = request.args.get(param, "")
    if not given:
        return None
    if given.isascii() and given.isdigit() and len(given) < 18:
        return (int(given),)
    raise Invalid.one(param, "invalid_value", "This link is incomplete. Open the batches again.")
