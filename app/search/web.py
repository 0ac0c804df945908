"""The list of assistants: searched, filtered, in an order, page by page. The address holds the whole question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.assistants import finding
from app.assistants import service as assistants
from app.assistants.models import Assistant
from app.catalogue import service as catalogue
from app.core.actors import Permission
from app.core.database import Record, utc_now
from app.core.errors import Invalid
from app.core.keeping import Keep
from app.core.paging import Page, Place, Window
from app.editing import service as editing
from app.extensions import mark
from app.http.actor import current_actor, require
from app.search import service
from app.search.forms import TOOLS, QuestionForm, offered
from app.search.question import EVERYTHING, NAMES, TEXTS, Question
from app.search.results import results
from app.texts.query import Term
from app.texts.text import unstorable

pages = Blueprint("search", __name__)

# What else of the list stands in its address: how it is sorted, and where the page begins.
REST_OF_ADDRESS = ("order", "after", "before")
# Every word of a search as the beginning of one: so many are offered when nothing was found.
MOST_OFFERED = 8
# Lists as they were drawn, in bytes for each process.
KEPT = Keep(4 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    name: str
    value: str
    without_url: str


@pages.get("/assistants")
@require(Permission.READ)
def list_assistants() -> ResponseReturnValue:
    args = request.args
    if any(args.get(name) == "" for name in NAMES if name in args):
        # What a form leaves empty needn't stand in an address that people send each other.
        given: dict[str, Any] = {name: args[name] for name in (*NAMES, *REST_OF_ADDRESS) if args.get(name)}
        return redirect(url_for(".list_assistants", **given), code=303)
    try:
        question = Question.read(args)
    except Invalid as refusal:
        return _refused(refusal)
    order = _order(question)
    if question.is_empty:
        return _everything(order)
    return render_template("search/list.html", **_shown(question, _page(question, order), order))


def _everything(order: str) -> ResponseReturnValue:
    """The list of all assistants: as it was drawn, as long as nothing was committed on this day."""
    unchanged = mark()
    places = request.args.get("after"), request.args.get("before")
    state = (unchanged, utc_now().date(), request.script_root, current_actor().may(Permission.WRITE), order, *places)
    drawn = None if unchanged is None else KEPT.get(state)
    if drawn is None:
        page = _page(EVERYTHING, order)
        if not page.items:
            return render_template("search/list.html", **_shown(EVERYTHING, page, order))
        drawn = _drawn(page, order)
        if unchanged is not None:
            KEPT.put(state, drawn)
    return render_template("search/list.html", kept=Markup(drawn.decode()))  # noqa: S704 (our own page)


def _drawn(page: Page[Any], order: str) -> bytes:
    """The list of all assistants, drawn once for each state of everything it is drawn from."""
    ends, there = catalogue.retirements(), offered()
    unsaved = editing.unsaved([row.id for row in page.items])
    retiring = service.count(Question(retiring=True))
    state = (
        *(request.script_root, current_actor().may(Permission.WRITE), order, _is_first(), retiring),
        *(page.has_previous, page.has_next, tuple(page.items), tuple(ends.get(row.model) for row in page.items)),
        *(tuple(map(tuple, there.values())), tuple((name, tuple(marks)) for name, marks in unsaved.items())),
    )
    drawn = KEPT.get(state)
    if drawn is None:
        values = _shown(EVERYTHING, page, order, there=there, retiring=retiring)
        drawn = render_template("search/_list.html", **values).encode()
        KEPT.put(state, drawn)
    return drawn


def _is_first() -> bool:
    return not {"after", "before"} & request.args.keys()


def _shown(
    question: Question,
    page: Page[Any],
    order: str,
    *,
    there: Mapping[str, Iterable[str]] | None = None,
    retiring: int = 0,
) -> dict[str, Any]:
    """What the list is drawn from."""
    query = question.words()
    return {
        "question": question,
        "query": query,
        "form": QuestionForm.of(question, there),
        "chips": list(_chips(question, order)),
        "order": order,
        "orders": [(text, _url(question, name), order == name) for name, text in _orders(question)],
        "page": page,
        "results": results(page.items, query),
        "count": None if question.is_empty else service.count(question),
        "most_counted": finding.MOST_COUNTED,
        "previous_url": _url(question, order, before=page.items[0].id) if page.has_previous else None,
        "next_url": _url(question, order, after=page.items[-1].id) if page.has_next else None,
        "beginnings": _beginnings(question),
        "is_first": _is_first(),
        "retiring": retiring,
        "none_yet": question.is_empty and not page.items and assistants.is_empty(),
    }


def _refused(refusal: Invalid) -> ResponseReturnValue:
    """The list's form with what was typed, and why it can't be asked."""
    # What no engine can even look for isn't drawn into the form either.
    typed = {name: request.args.get(name, "") for name in ("query", *TEXTS)}
    question = Question(**{name: "" if unstorable(text) else text for name, text in typed.items()})  # type: ignore[arg-type]
    form, fault = QuestionForm.of(question), refusal.faults[0]
    if fault.param in form:
        form[fault.param].errors = [fault.message]
    return render_template("search/refused.html", form=form, fault=fault), 400


def _order(question: Question) -> str:
    """`best`, `newest` or `oldest`: where there are words, what fits best comes first unless the address says."""
    given = request.args.get("order")
    if given == "asc":
        return "oldest"
    return "best" if question.is_ranked and given != "desc" else "newest"


def _orders(question: Question) -> Iterator[tuple[str, str]]:
    if question.is_ranked:
        yield "best", "Best match"
    yield "newest", "Newest first"
    yield "oldest", "Oldest first"


def _page(question: Question, order: str) -> Page[Record] | Page[Assistant]:
    best_first = order == "best"

    def place(param: str) -> Place | None:
        given = request.args.get(param)
        return service.place_of(given, param, question, best_first=best_first) if given else None

    window = Window(newest_first=order != "oldest", after=place("after"), before=place("before"))
    if question.is_empty:
        return assistants.list_page(window)
    return service.list_page(question, window, best_first=best_first)


def _url(question: Question, order: str, **place: str) -> str:
    # The order that is meant when the address says nothing is not written into it.
    usual = "best" if question.is_ranked else "newest"
    order_value = None if order == usual else "asc" if order == "oldest" else "desc"
    arguments: dict[str, Any] = {**question.as_args(), **place, "order": order_value}
    return url_for(".list_assistants", **arguments)


def _chips(question: Question, order: str) -> Iterator[Chip]:
    """A chip for each filter that is on. A pair of metadata is one."""
    pair = f"{question.metadata_key}: {question.metadata_value}" if question.metadata_value else question.metadata_key
    for name, value, without in (
        ("Model", question.model, {"model": ""}),
        ("Label", question.label, {"label": ""}),
        ("Tool", TOOLS.get(question.tool, question.tool), {"tool": ""}),
        ("Last changed by", question.changed_by, {"changed_by": ""}),
        ("Changed since", question.changed_since, {"changed_since": ""}),
        ("Metadata", pair, {"metadata_key": "", "metadata_value": ""}),
        ("With unsaved changes", "yes" if question.unsaved else "", {"unsaved": False}),
        ("Whose model retires", "yes" if question.retiring else "", {"retiring": False}),
    ):
        if value:
            left: Question = replace(question, **without)
            yield Chip(name, value, _url(left, order))


def _beginnings(question: Question) -> str:
    """The words of the question as beginnings of words, for a search that finds more; empty where they are already."""
    terms = question.words().terms[:MOST_OFFERED]
    if not any(len(term.words) == 1 and not term.is_begin for term in terms):
        return ""
    return " ".join(map(_as_beginning, terms))


def _as_beginning(term: Term) -> str:
    return f"{term.folded}*" if len(term.words) == 1 else f'"{term.folded}"'
