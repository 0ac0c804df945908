"""The pages on which a change of many is prepared: what to find or to set, the preview with its ticks, confirming it.

Batches that are done have their pages in `batches_web`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.bulk import deeds, drafts, scopes, service, ticking
from app.bulk.drawing import hits_of
from app.bulk.forms import ChangeForm, NoteForm, ReplaceForm
from app.bulk.models import Draft
from app.bulk.ticking import Ticks
from app.catalogue import service as catalogue
from app.core.actors import Permission
from app.core.errors import Conflict, Invalid
from app.core.paging import Window
from app.http.actor import current_actor, require
from app.http.faults import beside_fields, form_page
from app.search.question import Question

pages = Blueprint("bulk", __name__)

# So many hits of one assistant stand on the preview, and so many on a page of their own.
HITS_IN_PREVIEW = 8
HITS_ON_PAGE = 50
# Digits of the largest number that any engine has room for, less one.
LONGEST_SEQ = 18
DRAFT = "/bulk/<draft_id>"


@pages.get("/replace")
@require(Permission.WRITE)
def replace() -> ResponseReturnValue:
    return _opened("bulk/replace.html", ReplaceForm())


@pages.post("/replace")
@require(Permission.WRITE)
def prepare_replace() -> ResponseReturnValue:
    form = ReplaceForm(request.form)
    return _prepared("bulk/replace.html", form, form.deed(), scopes.of_address(request.args))


@pages.get("/bulk")
@require(Permission.WRITE)
def choose() -> ResponseReturnValue:
    return _opened("bulk/choose.html", ChangeForm())


@pages.post("/bulk")
@require(Permission.WRITE)
def prepare_change() -> ResponseReturnValue:
    form = ChangeForm(request.form)
    scope = scopes.of_address(request.form if {"id", "ticked"} & request.form.keys() else request.args)
    # Buttons of other pages name a deed that needs no more words.
    ready = {"restore": {"type": "restore"}, "successor": {"type": "successor"}}
    deed = ready.get(request.form.get("change", "")) or form.deed()
    return _prepared("bulk/choose.html", form, deed, scope)


@pages.get(DRAFT)
@require(Permission.WRITE)
def preview(draft_id: str) -> ResponseReturnValue:
    draft = drafts.get(draft_id, actor=current_actor())
    if draft.batch_id is not None:
        return redirect(url_for("batches.show", batch_id=draft.batch_id), code=303)
    page = drafts.list_page(draft, Window(after=_place("after"), before=_place("before")))
    return render_template(
        "bulk/preview.html",
        draft=draft,
        deed=drafts.deed_of(draft),
        scope=scopes.told(draft.scope),
        here=scopes.as_args(draft.scope),
        page=page,
        hits={row.found.seq: hits_of(row, most=HITS_IN_PREVIEW) for row in page.items},
        told=deeds.told,
        totals=drafts.totals(draft),
        progress=drafts.progress(draft) if draft.position else None,
        refused=drafts.refused(draft),
    )


@pages.post(DRAFT)
@require(Permission.WRITE)
def tick(draft_id: str) -> ResponseReturnValue:
    """Keep the ticks of one page, and lead where its button says."""
    draft = drafts.get(draft_id, actor=current_actor())
    ticking.tick(draft, _ticks(request.form))
    go = request.form.get("go", "")
    way, _, place = go.partition("-")
    if way in {"after", "before"}:
        return redirect(url_for(".preview", draft_id=draft_id, **{way: place}), code=303)  # type: ignore[arg-type]
    if way == "hits":
        return redirect(url_for(".show_hits", draft_id=draft_id, assistant_id=place), code=303)
    return redirect(url_for(".ask_confirm", draft_id=draft_id), code=303)


@pages.get(f"{DRAFT}/assistants/<assistant_id>")
@require(Permission.WRITE)
def show_hits(draft_id: str, assistant_id: str) -> ResponseReturnValue:
    draft = drafts.get(draft_id, actor=current_actor())
    row = drafts.row_of(draft, assistant_id)
    first = _number("from") or 0
    hits = hits_of(row, first=first, most=HITS_ON_PAGE)
    more = first + HITS_ON_PAGE
    return render_template(
        "bulk/hits.html",
        draft=draft,
        row=row,
        hits=hits,
        first=first,
        previous=max(first - HITS_ON_PAGE, 0) if first else None,
        following=more if more < row.item.hits else None,
    )


@pages.post(f"{DRAFT}/assistants/<assistant_id>")
@require(Permission.WRITE)
def tick_hits(draft_id: str, assistant_id: str) -> ResponseReturnValue:
    draft = drafts.get(draft_id, actor=current_actor())
    ticking.tick(draft, _ticks(request.form))
    way, _, place = request.form.get("go", "").partition("-")
    if way == "from":
        where = {"draft_id": draft_id, "assistant_id": assistant_id, "from": place}
        return redirect(url_for(".show_hits", **where), code=303)  # type: ignore[arg-type]
    # Back to the page of the preview on which this assistant stands first.
    seq = drafts.row_of(draft, assistant_id).found.seq
    return redirect(url_for(".preview", draft_id=draft_id, after=seq + 1), code=303)


@pages.get(f"{DRAFT}/confirm")
@require(Permission.WRITE)
def ask_confirm(draft_id: str) -> ResponseReturnValue:
    draft = drafts.get(draft_id, actor=current_actor())
    if draft.batch_id is not None:
        return redirect(url_for("batches.show", batch_id=draft.batch_id), code=303)
    drafts.look_further(draft)
    return _confirm_page(draft, NoteForm())


@pages.post(f"{DRAFT}/confirm")
@require(Permission.WRITE)
def confirm(draft_id: str) -> ResponseReturnValue:
    draft = drafts.get(draft_id, actor=current_actor())
    form = NoteForm(request.form)
    try:
        batch = service.confirm(draft, actor=current_actor(), note=form.note.data)
    except Conflict:
        return _confirm_page(drafts.get(draft_id, actor=current_actor()), form, 409)
    except Invalid as refusal:
        beside_fields(form, refusal)
        return _confirm_page(drafts.get(draft_id, actor=current_actor()), form, 400)
    flash(f"{batch.size:,} assistant{'s were' if batch.size != 1 else ' was'} changed.", "success")
    return redirect(url_for("batches.show", batch_id=batch.id), code=303)


@pages.post(f"{DRAFT}/renew")
@require(Permission.WRITE)
def renew(draft_id: str) -> ResponseReturnValue:
    """What somebody has changed meanwhile is looked at anew, or left out."""
    draft = drafts.get(draft_id, actor=current_actor())
    if request.form.get("go") == "leave":
        ticking.leave_changed(draft)
        return redirect(url_for(".ask_confirm", draft_id=draft_id), code=303)
    ticking.renew(draft)
    flash("They were looked at anew. Look through their hits before you confirm.", "info")
    return redirect(url_for(".preview", draft_id=draft_id), code=303)


@pages.post(f"{DRAFT}/discard")
@require(Permission.WRITE)
def discard(draft_id: str) -> ResponseReturnValue:
    try:
        drafts.withdraw(draft_id, actor=current_actor())
    except Conflict as confirmed:
        flash(confirmed.message, "warning")
        return redirect(url_for("batches.show", batch_id=confirmed.current), code=303)
    flash("Discarded. Nothing was changed.", "success")
    return redirect(url_for("batches.list_batches"), code=303)


def _opened(template: str, form: Any) -> ResponseReturnValue:
    """The form for those whom the address means; back to the list when nobody was ticked there."""
    scope = scopes.of_address(request.args)
    if scope.get("ids") == []:
        flash("Tick at least one assistant, or choose all that match.", "warning")
        where = Question.read(request.args).as_args()
        return redirect(url_for("search.list_assistants", **where), code=303)  # type: ignore[arg-type]
    return _form(template, form, scope)


def _form(template: str, form: Any, scope: dict[str, Any], status: int = 200) -> Response:
    return form_page(
        template,
        form,
        status,
        scope=scopes.told(scope),
        here=scopes.as_args(scope),
        models=catalogue.ids(),
    )


def _prepared(template: str, form: Any, given: dict[str, Any], scope: dict[str, Any]) -> ResponseReturnValue:
    try:
        draft = drafts.prepare(deeds.read(given), scope, actor=current_actor())
    except Invalid as refusal:
        beside_fields(form, refusal)
        return _form(template, form, scope, 400)
    return redirect(url_for(".preview", draft_id=draft.id), code=303)


def _confirm_page(draft: Draft, form: NoteForm, status: int = 200) -> Response:
    changed = drafts.changed(draft)
    page = render_template(
        "bulk/confirm.html",
        draft=draft,
        deed=drafts.deed_of(draft),
        scope=scopes.told(draft.scope),
        form=form,
        errors=[("", message) for message in form.form_errors] + [("note", message) for message in form.note.errors],
        totals=drafts.totals(draft),
        progress=drafts.progress(draft) if draft.position else None,
        refused=drafts.refused(draft),
        changed=changed[: drafts.MOST_SHOWN],
        changed_count=len(changed),
        has_errors=bool(form.form_errors or form.note.errors),
    )
    return make_response(page, status)


def _place(param: str) -> tuple[int] | None:
    number = _number(param)
    return None if number is None else (number,)


def _number(param: str) -> int | None:
    given = request.args.get(param, "")
    if not given:
        return None
    if given.isascii() and given.isdigit() and len(given) < 18:
        return int(given)
    raise Invalid.one(param, "invalid_value", "This link is incomplete. Open the preview again.")


def _ticks(form: MultiDict[str, str]) -> dict[int, Ticks]:
    """What a page says of the assistants it shows: `shown` names them, `hits` the hits of each that it shows."""
    try:
        ticked = {_seq(seq) for seq in form.getlist("item")}
        kept = {tuple(map(int, hit.split("-"))) for hit in form.getlist("hit")}
        shown: dict[int, range] = {_seq(seq): range(0) for seq in form.getlist("shown")}
        for stretch in form.getlist("hits"):
            seq, first, last = stretch.split("-")
            # A page shows no more; whoever sends more has made it up.
            shown[_seq(seq)] = range(int(first), min(int(last) + 1, int(first) + HITS_ON_PAGE))
    except ValueError:
        raise Invalid.one(None, None, "This form is incomplete. Open the preview again.") from None
    return {
        seq: Ticks(seq in ticked, numbers, {number for number in numbers if (seq, number) not in kept})
        for seq, numbers in shown.items()
    }


def _seq(text: str) -> int:
    """An assistant's number in the table; raises ValueError for one that no engine could look for."""
    if len(text) > LONGEST_SEQ:
        raise ValueError(text)
    return int(text)
