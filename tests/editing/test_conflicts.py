"""Two people change one assistant at the same time: what touches is decided, what doesn't goes together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import service as accounts
from app.assistants import service, versions
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.core.paging import Window
from app.editing import service as working_copies
from app.editing.conflicts import MOST_PLACES, Choice, Side, meet
from app.extensions import db
from app.texts.text import as_browser_sends
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import ADMIN, make_assistant
from tests.pages import Page, Visitor

FORM = "main form[action$=merge]"
SAVE, EDIT = "Save the merge", "Put the merge into the editor"

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "d\r", "e"]), max_size=12).map("".join)
PAIRS = st.dictionaries(st.sampled_from(["", "k", "a.b", "z"]), st.sampled_from(["", "1", "2"]), max_size=4)
TOOLS = st.lists(
    st.sampled_from([{"type": "code_interpreter"}, {"type": "file_search"}]),
    max_size=2,
    unique_by=lambda tool: tool["type"],
)
FIELDS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["m", "n", "o"]),
        "name": st.sampled_from([None, "", "one", "two"]),
        "instructions": st.none() | LINES,
        "temperature": st.sampled_from([0.0, 0.5, 1.0]),
        "metadata": PAIRS,
        "tools": TOOLS,
    }
)
SPECS = FIELDS.map(AssistantSpec.parse)


def merged(base: AssistantSpec, mine: AssistantSpec, theirs: AssistantSpec, choice: Choice = Choice.MINE) -> Any:
    meeting = meet(base, mine, theirs)
    return meeting.result(dict.fromkeys(range(len(meeting.places)), choice))


@given(SPECS, SPECS)
def test_changes_of_one_side_come_through(base: AssistantSpec, changed: AssistantSpec) -> None:
    for mine, theirs in ((changed, base), (base, changed)):
        assert meet(base, mine, theirs).places == ()
        assert merged(base, mine, theirs) == changed.as_json()


@given(SPECS, SPECS)
def test_equal_changes_come_once(base: AssistantSpec, changed: AssistantSpec) -> None:
    meeting = meet(base, changed, changed)
    assert meeting.places == ()
    assert {field.side for field in meeting.fields} <= {Side.SAME}
    assert meeting.result({}) == changed.as_json()


@given(SPECS, SPECS, SPECS)
def test_the_order_of_sides_only_swaps_the_roles(
    base: AssistantSpec, mine: AssistantSpec, theirs: AssistantSpec
) -> None:
    one, other = meet(base, mine, theirs), meet(base, theirs, mine)
    roles = [(place.field, place.line, place.base) for place in one.places]
    assert sorted(map(repr, roles)) == sorted(repr((place.field, place.line, place.base)) for place in other.places)
    assert merged(base, mine, theirs, Choice.MINE) == merged(base, theirs, mine, Choice.THEIRS)


@given(SPECS, SPECS, SPECS)
def test_a_field_is_never_made_up(base: AssistantSpec, mine: AssistantSpec, theirs: AssistantSpec) -> None:
    result = merged(base, mine, theirs)
    for field in ("model", "name", "temperature", "tools"):
        assert result[field] in (mine.as_json()[field], theirs.as_json()[field])
    for key, value in result["metadata"].items():
        assert value in (mine.metadata.get(key), theirs.metadata.get(key))


@given(SPECS, SPECS, SPECS)
def test_what_both_changed_is_asked_for(base: AssistantSpec, mine: AssistantSpec, theirs: AssistantSpec) -> None:
    places = {place.field for place in meet(base, mine, theirs).places}
    for field in ("model", "name", "temperature", "tools"):
        values = {repr(spec.as_json()[field]) for spec in (base, mine, theirs)}
        assert (field in places) is (len(values) == 3)
    for key in {*base.metadata, *mine.metadata, *theirs.metadata}:
        values = {spec.metadata.get(key) for spec in (base, mine, theirs)}
        # Where the metadata of one side is as it was, order and all, the other's stands whole.
        assert (f"metadata.{key}" in places) is (len(values) == 3)


def test_many_places_are_decided_together_and_lose_nothing() -> None:
    base, mine, theirs = (
        AssistantSpec.parse({"model": "m", "instructions": "".join(f"{number}{who}\n-\n" for number in range(5_000))})
        for who in ("", " mine", " theirs")
    )
    meeting = meet(base, mine, theirs)
    assert 1 < len(meeting.places) <= MOST_PLACES
    assert merged(base, mine, theirs, Choice.MINE)["instructions"] == mine.instructions
    assert merged(base, mine, theirs, Choice.THEIRS)["instructions"] == theirs.instructions


def test_undecided_places_are_told() -> None:
    base, mine, theirs = (AssistantSpec.parse({"model": model, "name": model}) for model in ("a", "b", "c"))
    meeting = meet(base, mine, theirs)
    assert meeting.undecided({}) == [0, 1]
    assert meeting.undecided({0: Choice.BOTH, 1: Choice.MINE}) == [0], "a model can't be both"


def now(assistant: Assistant) -> Assistant:
    db.session.rollback()
    db.session.expire_all()
    return service.get(assistant.id)


def change(assistant: Assistant, **changes: Any) -> None:
    service.update(assistant.id, changes, actor=ADMIN, origin=Origin.API, note="a script's")


def overtaken(visitor: Visitor, assistant: Assistant, theirs: dict[str, Any], **mine: str) -> Page:
    """The answer to a save after somebody else's."""
    page = visitor.get(f"/assistants/{assistant.id}/edit")
    change(assistant, **theirs)
    return visitor.submit(page, "main form[action$=edit]", **mine)


def test_it_says_who_saved_when_and_through_which_door(editor: Visitor) -> None:
    made = make_assistant(name="Refunds", instructions="base", description="base")
    page = editor.get(f"/assistants/{made.id}/edit")
    change(made, name="Returns")
    service.update(made.id, {"name": "Refunds 2"}, actor=ADMIN, origin=Origin.IMPORT)
    page = editor.submit(page, "main form[action$=edit]", description="mine")
    assert page.status == 409
    items = [" ".join(item.get_text().split()) for item in page.soup.select(".notice li")]
    assert items[0].startswith("Ada Admin saved version 3,")
    assert items[0].endswith("by import.")
    assert items[1].startswith("Ada Admin saved version 2,")
    assert items[1].endswith("through the API. Note: a script's")
    assert now(made).version == 3


def test_what_does_not_touch_is_offered_ready(editor: Visitor) -> None:
    made = make_assistant(name="old", instructions="one\ntwo\nthree\nfour\n", metadata={"a": "1", "b": "2"})
    page = overtaken(
        editor, made, {"instructions": "ONE\ntwo\nthree\nfour\n", "metadata": {"a": "1", "b": "theirs"}},
        name="new", instructions="one\ntwo\nthree\nFOUR\n", note="why", **{"pairs-0-value": "mine"},
    )  # fmt: skip
    assert (page.status, page.soup.select("input[type=radio]")) == (409, [])
    assert now(made).version == 2, "only the person's word saves"
    assert editor.submit(page, FORM, button=SAVE).path == f"/assistants/{made.id}"
    found = now(made)
    assert (found.version, found.name, found.instructions) == (3, "new", "ONE\ntwo\nthree\nFOUR\n")
    assert found.pairs == {"a": "mine", "b": "theirs"}
    version = versions.get(found, 3)
    assert (version.note, version.origin) == ("why", "page")


def test_nothing_is_chosen_for_anybody(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n", name="base")
    page = overtaken(editor, made, {"instructions": "theirs\n", "name": "Theirs"}, instructions="mine\n", name="Mine")
    assert page.soup.select("input[checked]") == []
    page = editor.submit(page, FORM, button=SAVE, **{"place-0": "mine"})
    assert page.status == 400
    assert page.summary == ["Choose which text stays in place 2 (Instructions, line 1)."]
    assert page.soup.select_one("#place-0-mine").has_attr("checked")
    assert now(made).version == 2
    page = editor.submit(page, FORM, button=SAVE, **{"place-1": "both"})
    assert page.path == f"/assistants/{made.id}"
    assert (now(made).name, now(made).instructions) == ("Mine", "mine\ntheirs\n")


@pytest.mark.parametrize(("choice", "expected"), [("mine", "mine"), ("theirs", "theirs"), ("both", "mine\ntheirs")])
def test_each_place_shows_both_texts_and_what_it_was(editor: Visitor, choice: str, expected: str) -> None:
    made = make_assistant(instructions="it was")
    page = overtaken(editor, made, {"instructions": "theirs"}, instructions="mine")
    shown = [view.get_text() for view in page.soup.select("#place-0 .text-view")]
    assert shown == ["mine", "theirs", "it was"]
    editor.submit(page, FORM, button=SAVE, **{"place-0": choice})
    assert now(made).instructions == expected


def test_a_second_conflict_meanwhile_keeps_the_choices(editor: Visitor) -> None:
    made = make_assistant(instructions="1\n2\n3\n4\n5\n", name="base")
    page = overtaken(editor, made, {"instructions": "theirs\n2\n3\n4\n5\n"}, instructions="mine\n2\n3\n4\n5\n")
    change(made, instructions="theirs\n2\n3\n4\nagain\n", name="later")
    page = editor.submit(page, FORM, button=SAVE, **{"place-0": "both"})
    assert page.status == 409
    assert "saved version 3" in page.text
    assert "saved version 2" not in page.text
    assert now(made).version == 3
    editor.submit(page, FORM, button=SAVE)
    assert now(made).instructions == "mine\ntheirs\n2\n3\n4\nagain\n"
    assert now(made).name == "later"


def test_a_third_text_in_the_same_place_is_asked_for_again(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    page = overtaken(editor, made, {"instructions": "second\n"}, instructions="mine\n")
    change(made, instructions="third\n")
    page = editor.submit(page, FORM, button=SAVE, **{"place-0": "mine"})
    shown = [view.get_text() for view in page.soup.select("#place-0 .text-view")]
    assert (page.status, shown) == (409, ["mine\n", "third\n", "second\n"])


def test_the_merge_can_be_edited_before_it_is_saved(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n", name="base")
    page = overtaken(editor, made, {"instructions": "theirs\n", "name": "later"}, instructions="mine\n", note="why")
    page = editor.submit(page, FORM, button=EDIT, **{"place-0": "both"})
    assert page.path == f"/assistants/{made.id}/edit?continue=1&version=2"
    assert page.soup.select_one("#instructions").get_text() == "mine\ntheirs\n"
    assert now(made).version == 2
    editor.submit(page, "main form[action$=edit]", instructions="mine and\ntheirs\n")
    assert (now(made).version, now(made).instructions, now(made).name) == (3, "mine and\ntheirs\n", "later")
    assert versions.get(now(made), 3).note == "why"


def test_a_conflict_keeps_what_was_typed_as_the_working_copy_until_it_is_saved(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    page = overtaken(editor, made, {"instructions": "theirs\n"}, instructions="\nmine\n", note="why")
    [copy] = unsaved(made)
    assert (copy.form["instructions"], copy.form["note"], copy.base_version) == ("\nmine\n", "why", 1)
    editor.submit(page, FORM, button=SAVE, **{"place-0": "theirs"})
    assert unsaved(made) == []


def unsaved(assistant: Assistant) -> list[Any]:
    db.session.rollback()
    found = [working_copies.working_copy(person.id, assistant.id) for person in accounts.list_people(Window()).items]
    return [copy for copy in found if copy]


def test_what_another_window_keeps_is_not_touched(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    page = editor.get(f"/assistants/{made.id}/edit")
    [person] = accounts.list_people(Window()).items
    working_copies.keep(person.id, made.id, {"instructions": "other window"}, base_version=1, revision=None)
    change(made, instructions="theirs\n")
    page = editor.submit(page, "main form[action$=edit]", instructions="mine\n")
    for shown in (page, editor.submit(page, FORM, button=SAVE)):
        assert "You have other unsaved changes of this assistant" in shown.text
        assert "Back to your text" not in shown.text
        other = editor.get(shown.link("Open the other text"))
        assert other.soup.select_one("#instructions").get_text() == "other window"
    drawn = editor.submit(page, FORM, button=EDIT, **{"place-0": "both"})
    assert (drawn.status, drawn.h1) == (409, "Edit Test assistant")
    assert "Not kept: you have other unsaved text here" in drawn.text
    editor.submit(drawn, "main form[action$=edit]")
    assert (now(made).version, now(made).instructions) == (3, "mine\ntheirs\n")
    assert unsaved(made)[0].form["instructions"] == "other window"


def test_what_another_window_keeps_stays_when_the_merge_is_saved(editor: Visitor) -> None:
    made = make_assistant(instructions="base\n")
    page = overtaken(editor, made, {"instructions": "theirs\n"}, instructions="mine\n")
    mine = editor.get(page.link("Back to your text"))
    assert mine.soup.select_one("#instructions").get_text() == "mine\n"
    assert "other unsaved changes" not in page.text
    editor.submit(mine, "main form[action$=edit]", button="Keep for later", instructions="other window")
    assert "other unsaved changes" in editor.submit(page, FORM, button=SAVE).text
    editor.submit(page, FORM, button=SAVE, **{"place-0": "mine"})
    assert now(made).instructions == "mine\n"
    assert unsaved(made)[0].form["instructions"] == "other window"


def test_a_merge_that_breaks_a_rule_is_refused_and_can_be_mended(editor: Visitor) -> None:
    made = make_assistant(instructions="base")
    page = overtaken(editor, made, {"instructions": "t" * 150_000}, instructions="m" * 150_000)
    refused = editor.submit(page, FORM, button=SAVE, **{"place-0": "both"})
    assert (refused.status, now(made).version) == (400, 2)
    assert "256000" in refused.summary[0].replace(",", "")
    page = editor.submit(refused, FORM, button=EDIT, **{"place-0": "both"})
    assert len(page.soup.select_one("#instructions").get_text()) == 300_001


def test_a_form_that_is_wrong_shows_its_errors_first(editor: Visitor) -> None:
    made = make_assistant(instructions="base")
    page = overtaken(editor, made, {"instructions": "theirs"}, instructions="\nmine", temperature="hot")
    assert (page.status, len(page.errors)) == (400, 1)
    assert page.soup.select_one("#instructions").get_text() == "\nmine"
    page = editor.submit(page, "main form[action$=edit]", temperature="1")
    assert page.status == 409


@pytest.mark.parametrize("values", [{"mine": "{"}, {"mine": "[]"}, {"version": "x"}, {"version": "99"}])
def test_a_form_that_we_never_drew_is_refused(editor: Visitor, values: dict[str, str]) -> None:
    made = make_assistant(instructions="base")
    page = overtaken(editor, made, {"instructions": "theirs"}, instructions="mine")
    assert editor.submit(page, FORM, button=SAVE, **{"place-0": "mine"}, **values).status in {400, 404}
    assert now(made).version == 2


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_come_through_exactly(editor: Visitor, text: str) -> None:
    """Theirs with its own newlines, mine as a browser sends it; neither changes on the way through the pages."""
    made = make_assistant(instructions=f"{text}\nfirst\n\nkept\n\nlast")
    mine = as_browser_sends(f"{text}\nmine {text}\n\nkept\n\nlast")
    page = overtaken(editor, made, {"instructions": f"{text}\nfirst\n\nkept\n\ntheirs {text}"}, instructions=mine)
    assert page.status == 409
    assert unsaved(made)[0].form["instructions"] == mine
    editor.submit(page, FORM, button=SAVE)
    found = now(made).instructions or ""
    assert found.startswith(f"{text}\n")
    assert found.endswith(f"\n\nkept\n\ntheirs {text}")
    assert as_browser_sends(found) == as_browser_sends(f"{text}\nmine {text}\n\nkept\n\ntheirs {text}")


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_are_chosen_exactly(editor: Visitor, text: str) -> None:
    made = make_assistant(instructions="base")
    page = overtaken(editor, made, {"instructions": text}, instructions="mine")
    editor.submit(page, FORM, button=SAVE, **{"place-0": "theirs"})
    assert now(made).instructions == text


def test_the_longest_texts_with_200_conflicts_stay_usable(editor: Visitor) -> None:
    def text(who: str) -> str:
        return "".join(f"{'x' * 1_200} {number} {who}\n{'y' * 40}\n" for number in range(200))

    made = make_assistant(instructions=text("base"))
    page = overtaken(editor, made, {"instructions": text("theirs")}, instructions=text("mine"))
    assert len(page.soup.select("fieldset[role=radiogroup]")) == 200
    assert len(page.response.data) < 2_000_000
    editor.submit(page, FORM, button=SAVE, **{f"place-{number}": "mine" for number in range(200)})
    assert now(made).instructions == text("mine")
