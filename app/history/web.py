"""The pages of a history: the list, one version, comparing two, restoring, and what leads to a version."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.assistants import service as assistants
from app.assistants import versions
from app.assistants.models import Assistant
from app.core.actors import Permission
from app.core.errors import Conflict, Invalid
from app.core.moments import read_moment
from app.core.paging import Place, Window
from app.history import service
from app.history.drawing import draw
from app.history.facts import differences, facts
from app.history.forms import DOORS, CompareForm, FilterForm, MomentForm, SentenceForm
from app.http.actor import current_actor, require
from app.texts.comparison import compare as compare_texts
from app.texts.outline import outline
from app.texts.text import unstorable

pages = Blueprint("history", __name__)

LONGEST_SENTENCE = 500
MOST_SPANS = 100


@pages.get("/assistants/<assistant_id>/history")
@require(Permission.READ)
def list_versions(assistant_id: str) -> ResponseReturnValue:
    assistant = assistants.head(assistant_id)
    chosen = _filters(assistant)
    window = Window(after=_place("after"), before=_place("before"))
    page = service.list_page(
        assistant, window, versions.Filter(chosen.person.data, chosen.door.data, bool(chosen.noted.data))
    )

    def beyond(**place: int) -> str:
        return url_for(".list_versions", assistant_id=assistant_id, **chosen.arguments(), **place)  # type: ignore[arg-type]

    return render_template(
        "history/list.html",
        assistant=assistant,
        page=page,
        filters=chosen,
        doors=DOORS,
        compare_form=CompareForm(data={"first": assistant.version - 1 or 1, "second": assistant.version}),
        moment_form=MomentForm(),
        sentence_form=SentenceForm(),
        previous_url=beyond(before=page.items[0].version.number) if page.has_previous else None,
        next_url=beyond(after=page.items[-1].version.number) if page.has_next else None,
    )


@pages.get("/assistants/<assistant_id>/history/at")
@require(Permission.READ)
def at(assistant_id: str) -> ResponseReturnValue:
    assistant = assistants.head(assistant_id)
    given = request.args.get("on", "")
    try:
        moment = read_moment(given)
    except ValueError:
        message = "Give a date and a time, such as 2026-11-22T10:00. It is read as UTC unless it names a zone."
        raise Invalid.one("on", "invalid_type", message) from None
    version = versions.at(assistant, moment)
    flash(f"As it was on {moment.day} {moment:%B %Y, %H:%M} UTC: version {version.number}.", "info")
    return redirect(url_for(".show", assistant_id=assistant_id, number=version.number), code=303)


@pages.get("/assistants/<assistant_id>/history/sentence")
@require(Permission.READ)
def find_sentence(assistant_id: str) -> ResponseReturnValue:
    assistant = assistants.head(assistant_id)
    sentence = request.args.get("sentence", "")
    if not sentence.strip():
        raise Invalid.one("sentence", "invalid_value", "Type some words of the instructions to look for.")
    if len(sentence) > LONGEST_SENTENCE:
        message = f"These are {len(sentence):,} characters. Look for {LONGEST_SENTENCE} at most: a part is enough."
        raise Invalid.one("sentence", "string_above_max_length", message)
    found = [] if unstorable(sentence) else service.spans(assistant, sentence)
    return render_template(
        "history/sentence.html",
        assistant=assistant,
        sentence=sentence,
        form=SentenceForm(data={"sentence": sentence}),
        # The latest stretches matter most.
        spans=found[-MOST_SPANS:],
        count=len(found),
    )


@pages.get("/assistants/<assistant_id>/history/<int:number>")
@require(Permission.READ)
def show(assistant_id: str, number: int) -> ResponseReturnValue:
    assistant = assistants.head(assistant_id)
    version = versions.get(assistant, number)
    spec = versions.spec_of(version)
    return render_template(
        "history/version.html",
        assistant=assistant,
        version=version,
        spec=spec,
        facts=facts(spec),
        summary=service.summary_of(assistant, version),
        sections=outline(spec.instructions or ""),
        doors=DOORS,
    )


@pages.post("/assistants/<assistant_id>/history/<int:number>/restore")
@require(Permission.WRITE)
def restore(assistant_id: str, number: int) -> ResponseReturnValue:
    expected = _whole_number(request.form, "expected_version")
    try:
        restored = assistants.restore(assistant_id, number, actor=current_actor(), expected_version=expected)
    except Conflict as conflict:
        return _changed_meanwhile(conflict.current, number)
    if restored.version == expected:
        flash(f"Version {number} is the same as the live one, so nothing was changed.", "info")
    else:
        flash(f"Version {number} is live again, as version {restored.version}.", "success")
    return redirect(url_for("assistants.show", assistant_id=assistant_id), code=303)


@pages.post("/assistants/<assistant_id>/history/<int:number>/section")
@require(Permission.WRITE)
def bring_section(assistant_id: str, number: int) -> ResponseReturnValue:
    person_id = current_actor().id
    assert person_id is not None
    title = service.bring_section(assistant_id, number, _whole_number(request.form, "section"), person_id=person_id)
    flash(f"“{title}” from version {number} is in the editor. Nothing is published until you save.", "success")
    return redirect(url_for("editing.edit", assistant_id=assistant_id, **{"continue": 1}), code=303)  # type: ignore[arg-type]


@pages.get("/assistants/<assistant_id>/compare")
@require(Permission.READ)
def compare(assistant_id: str) -> ResponseReturnValue:
    assistant = assistants.head(assistant_id)
    person_id = current_actor().id
    after = service.side(assistant, request.args.get("to") or "live", person_id=person_id)
    number = after.version.number if after.version else assistant.version
    before = service.side(assistant, request.args.get("from") or str(number - 1 or 1), person_id=person_id)
    comparison = compare_texts(before.spec.instructions or "", after.spec.instructions or "")
    return render_template(
        "history/compare.html",
        assistant=assistant,
        before=before,
        after=after,
        differences=differences(before.spec, after.spec),
        comparison=comparison,
        drawing=draw(comparison),
        form=CompareForm(data={"first": request.args.get("from") or number - 1 or 1, "second": _named(after)}),
    )


def _filters(assistant: Assistant) -> FilterForm:
    form = FilterForm(request.args, authors=versions.authors(assistant))
    if not form.validate():
        raise Invalid.one(None, "invalid_value", "Nobody of that name, or no such door, is in this history.")
    return form


def _place(param: str) -> Place | None:
    return (_whole_number(request.args, param),) if request.args.get(param) else None


def _whole_number(values: MultiDict[str, str], param: str) -> int:
    given = values.get(param, "")
    if given.isascii() and given.isdigit() and len(given) < 10:
        return int(given)
    raise Invalid.one(param, "invalid_value", "This link or form is incomplete. Open the history again.")


def _named(side: service.Side) -> str:
    return str(side.version.number) if side.version else "mine"


def _changed_meanwhile(assistant: Assistant, number: int) -> Response:
    return make_response(render_template("history/changed.html", assistant=assistant, number=number), 409)
