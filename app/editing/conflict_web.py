"""The page on which a person puts their changes together with those saved in between. How is for `conflicts`.

It carries the person's own state whole, so nothing typed depends on what else is kept. Only their word saves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.assistants import service, versions
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin, Permission
from app.core.errors import Conflict, Invalid
from app.core.paging import Window
from app.editing import service as working_copies
from app.editing.conflicts import Choice, Meeting, Place, meet
from app.editing.fields import present_state
from app.editing.form_web import draw_edit
from app.editing.forms import AssistantForm, Errors
from app.editing.models import WorkingCopy
from app.editing.values import Data, json_text, number_text
from app.editing.working_copies_web import editor_url, own_copy
from app.http.actor import current_actor, require
from app.texts.comparison import Changed, Same, compare
from app.texts.summary import summary

pages = Blueprint("conflicts", __name__)

# What is shown of texts altogether, and of one at least and at most; the rest is counted.
ROOM = 400_000
LEAST_ROOM, MOST_ROOM = 200, 4_000
MOST_CHANGES = 50
# What a form says about the working copy it came from.
MARK = ("revision", "page")


@dataclass(frozen=True, slots=True)
class Merging:
    """A person's state `mine`, made from version `base`, on its way onto version `seen`, the live one they know of.

    `mark` is what the form said about the working copy it came from.
    """

    assistant: Assistant
    base: int
    seen: int
    mine: AssistantSpec
    note: str = ""
    mark: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[int, Choice] = field(default_factory=dict)

    @classmethod
    def read(cls, assistant: Assistant, values: Mapping[str, str]) -> Merging:
        """What the page sent; raises `Invalid` for what it never sends."""
        try:
            base, seen = int(values["version"]), int(values["expected_version"])
        except (KeyError, ValueError):
            raise _incomplete() from None
        given = {name.removeprefix("place-"): value for name, value in values.items() if name.startswith("place-")}
        choices = {
            int(number): Choice(value)
            for number, value in given.items()
            if number.isdecimal() and value in list(Choice)
        }
        mark = {name: values.get(name, "") for name in MARK}
        return cls(assistant, base, seen, read_mine(values), values.get("note", ""), mark, choices)

    @property
    def theirs(self) -> AssistantSpec:
        return self.spec_of(self.seen)

    def meeting(self) -> Meeting:
        return meet(self.spec_of(self.base), self.mine, self.theirs)

    def onto(self, assistant: Assistant, merged: AssistantSpec) -> Merging:
        """The next round: `merged` was made from the version seen so far, and `assistant` is newer."""
        return replace(self, assistant=assistant, base=self.seen, seen=assistant.version, mine=merged, choices={})

    def kept_as(self, copy: WorkingCopy) -> Merging:
        """The same, once `copy` holds the person's text."""
        return replace(self, mark={**self.mark, "revision": str(copy.revision)})

    def spec_of(self, number: int) -> AssistantSpec:
        return versions.spec_of(versions.get(self.assistant, number))


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as far as there is room for it, and how many characters of it aren't shown; None for nothing there."""

    text: str | None
    left_out: int = 0

    @classmethod
    def of(cls, value: Any, room: int) -> Shown:
        match value:
            case None:
                return cls(None)
            case str():
                text = value
            case float():
                text = number_text(value)
            case _:
                text = json_text(value)
        return cls(text[:room], max(0, len(text) - room))


@dataclass(frozen=True, slots=True)
class ShownPlace:
    number: int
    place: Place
    was: Shown
    mine: Shown
    theirs: Shown
    comparison: tuple[Same | Changed, ...]


@pages.post("/assistants/<assistant_id>/merge")
@require(Permission.WRITE)
def merge(assistant_id: str) -> ResponseReturnValue:
    merging = Merging.read(service.get(assistant_id), request.form)
    meeting = merging.meeting()
    if undecided := meeting.undecided(merging.choices):
        return draw(merging, 400, errors=[_to_choose(meeting, number) for number in undecided])
    merged = meeting.result(merging.choices)
    if request.form.get("action") == "edit":
        return _into_the_editor(merging, merged)
    try:
        spec = AssistantSpec.parse(merged)
    except Invalid as invalid:
        return draw(merging, 400, errors=[("", fault.message) for fault in invalid.faults])
    return _saved(merging, spec)


def meet_form(current: Assistant, form: AssistantForm, mine: AssistantSpec) -> Response:
    """The answer to a form that somebody has overtaken: the page, and what was typed kept as the working copy."""
    base = int(form.version.data)
    mark = {name: str(form.data.get(name) or "") for name in MARK}
    merging = Merging(current, base, current.version, mine, form.note.data or "", mark)
    # Both are no reason to refuse: the page carries the text itself, and says so.
    with suppress(Conflict, Invalid):
        merging = merging.kept_as(keep_sent(current.id, form.submitted(), base_version=base, mark=mark))
    return draw(merging, 409)


def draw(merging: Merging, status: int, *, errors: Errors | None = None) -> Response:
    """The page, with the choices made so far."""
    meeting = merging.meeting()
    between = Window(after=(merging.seen + 1,), before=(merging.base,))
    base, theirs = merging.spec_of(merging.base).as_json(), meeting.theirs
    copy = own_copy(merging.assistant.id)
    kept = copy is not None and _came_from(copy, merging.mark)
    page = render_template(
        "editing/conflict.html",
        merging=merging,
        meeting=meeting,
        mine=json.dumps(merging.mine.as_json()),
        places=list(_shown(meeting)),
        saved=versions.list_page(merging.assistant, between),
        their_summary=summary(base, theirs),
        my_summary=summary(base, merging.mine.as_json()),
        changes=() if meeting.places else _changes(theirs, meeting.result({})),
        kept=kept,
        other=copy is not None and not kept,
        errors=errors or [],
    )
    return make_response(page, status)


def _saved(merging: Merging, spec: AssistantSpec) -> ResponseReturnValue:
    try:
        saved = service.overwrite(
            merging.assistant.id,
            spec,
            actor=current_actor(),
            origin=Origin.PAGE,
            expected_version=merging.seen,
            note=merging.note or None,
        )
    except Conflict as conflict:
        saved = conflict.current
        # What is live already was saved by the same page, sent before.
        if spec.differences(saved.spec()):
            return draw(merging.onto(saved, spec), 409)
    working_copies.published(current_user.id, saved.id, dict(merging.mark))
    if saved.version == merging.seen:
        flash("Nothing was different, so no version was made.", "info")
    else:
        flash(f"Saved as version {saved.version}.", "saved")
    return redirect(url_for("assistants.show", assistant_id=saved.id), code=303)


def _into_the_editor(merging: Merging, merged: Data) -> ResponseReturnValue:
    state = AssistantSpec.model_construct(**merged)
    form = present_state(state, merging.theirs) | {"note": merging.note}
    try:
        keep_sent(merging.assistant.id, form, base_version=merging.seen, mark=merging.mark)
    except Conflict as conflict:
        # What another window keeps stays, and the page with the form holds the merge.
        number = str(merging.seen)
        form |= {"version": number, "expected_version": number, "rival": str(conflict.current.revision)}
        return make_response(draw_edit(merging.assistant, AssistantForm(formdata=None, data=form)), 409)
    except Invalid as invalid:
        return draw(merging, 400, errors=[("", invalid.message)])
    return redirect(editor_url(merging.assistant.id), code=303)


def keep_sent(assistant_id: str, form: Data, *, base_version: int | None, mark: Mapping[str, str]) -> WorkingCopy:
    """Keep a form that was sent, in place of the working copy it came from.

    Raises `Conflict` when the person has something else unsaved, and `Invalid` for what can't be kept.
    """
    copy = working_copies.working_copy(current_user.id, assistant_id)
    own = copy and _came_from(copy, mark)
    return working_copies.keep(
        current_user.id,
        assistant_id,
        form,
        base_version=base_version,
        revision=copy.revision if copy and own else None,
        page=mark.get("page", ""),
        # Nothing that the page has sent before is newer than the form itself.
        edit_number=copy.form.get("edit_number", 0) if copy and own else 0,
    )


def _came_from(copy: WorkingCopy, mark: Mapping[str, str]) -> bool:
    """Whether a form with this mark came from `copy`, and not from before another window kept something."""
    page = mark.get("page")
    return str(copy.revision) == mark.get("revision") or bool(page and copy.form.get("page") == page)


def read_mine(values: Mapping[str, str]) -> AssistantSpec:
    """The person's own state, which the page carries; raises `Invalid`."""
    try:
        return AssistantSpec.parse(json.loads(values["mine"]))
    except (KeyError, ValueError, RecursionError):
        raise _incomplete() from None


def _incomplete() -> Invalid:
    return Invalid.one(None, None, "This form is incomplete. Open the edit page again.")


def _to_choose(meeting: Meeting, number: int) -> tuple[str, str]:
    place = meeting.places[number]
    where = f"{place.label}, line {place.line}" if place.line else place.label
    return f"place-{number}", f"Choose which text stays in place {number + 1} ({where})."


def _shown(meeting: Meeting) -> Iterator[ShownPlace]:
    room = min(MOST_ROOM, max(LEAST_ROOM, ROOM // (3 * len(meeting.places) or 1)))
    for number, place in enumerate(meeting.places):
        was, mine, theirs = (Shown.of(value, room) for value in (place.base, place.mine, place.theirs))
        short = mine.text and theirs.text and not mine.left_out and not theirs.left_out
        runs = compare(theirs.text, mine.text).runs if short and mine.text and theirs.text else ()
        yield ShownPlace(number, place, was, mine, theirs, runs)


def _changes(theirs: Data, merged: Data) -> tuple[Changed, ...]:
    """What saving changes in the live instructions; at most as much as can be looked through."""
    found = compare(theirs["instructions"] or "", merged["instructions"] or "").changes
    return tuple(change for change in found[:MOST_CHANGES] if _length(change) <= MOST_ROOM)


def _length(change: Changed) -> int:
    return sum(map(len, (*change.removed, *change.added)))
