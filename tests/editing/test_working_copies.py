"""Working copies: what a person types is kept apart from everything that is served, and only that person ends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.assistants import service as assistants
from app.assistants import versions
from app.assistants.models import Assistant
from app.audit.models import AuditEntry
from app.core.actors import Origin
from app.core.errors import Conflict, Invalid
from app.editing import service
from app.editing.fields import present
from app.extensions import db
from tests import factories
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import EDITOR, make_assistant, make_person
from tests.pages import Page, Visitor, encode

FORM, DISCARD = "form[data-keep-url]", 'form[action$="/discard"]'
RIVAL = "Not kept: you have other unsaved text here"
LIMIT = 256_000


def keep(visitor: Visitor, drawn: Page, /, **values: Any) -> Any:
    """Send the page's form to be kept as its script does; the answer's JSON, with its status."""
    form = drawn.form(FORM)
    about = {name: values.pop(name, default) for name, default in (("page", ""), ("edit_number", "0"))}
    revision = values.pop("revision", None)
    data = encode(form, values)
    for name, value in about.items():
        data[name] = value
    if revision is not None:
        data["revision"] = str(revision)
    data["key"] = str(form["data-keep-key"])
    response = visitor.post(str(form["data-keep-url"]), data, multipart=True)
    return {"status": response.status_code, **response.json}


def edit(visitor: Visitor, assistant: Assistant, query: str = "") -> Page:
    return visitor.get(f"/assistants/{assistant.id}/edit{query}")


def typed(page: Page, name: str = "instructions") -> str:
    control = page.form(FORM).select_one(f"[name={name}]")
    assert control is not None
    return control.get_text() if control.name == "textarea" else str(control.get("value", ""))


def id_of(page: Page) -> int:
    return int(str(page.form(FORM)["data-keep-key"]).split(":")[0])


def test_it_is_kept_per_person_and_assistant_and_changes_nothing_that_is_served(
    app: Flask, editor: Visitor, admin: Visitor
) -> None:
    first, second = make_assistant(instructions="first"), make_assistant(instructions="second")
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))
    answer = keep(editor, edit(editor, first), instructions="typed")
    assert answer["status"] == 200
    assert isinstance(answer["revision"], int)
    assert answer["kept_at"].endswith("Z")
    assert typed(edit(editor, first)) == "first"
    assert typed(edit(editor, first, "?continue=1")) == "typed"
    assert typed(edit(editor, second, "?continue=1")) == "second"
    assert typed(edit(admin, first, "?continue=1")) == "first"
    assert (assistants.get(first.id).instructions, assistants.get(first.id).version) == ("first", 1)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    assert "typed" not in admin.get(f"/assistants/{first.id}").text


def test_it_survives_signing_out_and_in_and_another_process(app: Flask, visitor: Visitor) -> None:
    person, made = make_person(), make_assistant(instructions="first")

    def sign_in() -> None:
        visitor.submit(visitor.get("/sign-in"), email=person.email, password=factories.PASSWORD)

    sign_in()
    keep(visitor, edit(visitor, made), instructions="typed")
    visitor.submit(visitor.get("/assistants"), 'form[action="/sign-out"]')
    db.session.remove()
    db.engine.dispose()
    sign_in()
    page = edit(visitor, made)
    assert "You have unsaved changes" in page.text
    assert typed(visitor.get(page.link("Continue"))) == "typed"


def test_two_tabs_of_one_person_do_not_overwrite_each_other(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = edit(editor, made)
    mine = keep(editor, page, instructions="tab one", page="one", edit_number="1")
    theirs = keep(editor, page, instructions="tab two", page="two", edit_number="1")
    assert (theirs["status"], theirs["error"]["code"]) == (409, "other_tab")
    assert theirs["revision"] == mine["revision"]
    assert typed(edit(editor, made, "?continue=1")) == "tab one"
    taken = keep(editor, page, instructions="tab two", page="two", edit_number="1", revision=theirs["revision"])
    assert taken["status"] == 200
    late = keep(editor, page, instructions="tab one again", page="one", edit_number="2", revision=mine["revision"])
    assert late["status"] == 409
    assert typed(edit(editor, made, "?continue=1")) == "tab two"


def test_a_tab_whose_answer_was_lost_is_no_other_tab_and_an_older_text_never_replaces_a_newer(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = edit(editor, made)
    keep(editor, page, instructions="longer text", page="one", edit_number="9")
    assert keep(editor, page, instructions="longer text still", page="one", edit_number="12")["status"] == 200
    assert keep(editor, page, instructions="longer", page="one", edit_number="4")["status"] == 200
    assert typed(edit(editor, made, "?continue=1")) == "longer text still"


def test_of_tabs_that_send_at_once_one_is_kept_and_the_others_are_told(app: Flask) -> None:
    person, made = make_person(), make_assistant()
    form = present(made.spec())
    texts = [f"tab {number}" for number in range(6)]

    def send(text: str) -> str | None:
        with app.app_context():
            try:
                sent = form | {"instructions": text}
                service.keep(person.id, made.id, sent, base_version=1, revision=None, page=text, edit_number=1)
            except Conflict:
                return None
            finally:
                db.session.remove()
            return text

    with ThreadPoolExecutor(6) as pool:
        kept = [text for text in pool.map(send, texts) if text]
    copy = service.working_copy(person.id, made.id)
    assert copy is not None
    assert kept == [copy.form["instructions"]]


def test_a_discarded_copy_is_never_taken_for_a_later_one(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = edit(editor, made)
    first = keep(editor, page, instructions="first", page="one", edit_number="1")
    offered = edit(editor, made)
    assert "Your unsaved changes are discarded" in editor.submit(offered, DISCARD).text
    assert "You have unsaved changes" not in edit(editor, made).text
    keep(editor, page, instructions="second", page="two", edit_number="1")
    late = keep(editor, page, instructions="late", page="one", edit_number="2", revision=first["revision"])
    assert late["status"] == 409


@pytest.mark.parametrize("new", [False, True])
def test_discarding_leaves_what_was_kept_after_the_page_was_drawn(editor: Visitor, new: bool) -> None:
    path = "/assistants/new" if new else f"/assistants/{make_assistant().id}/edit"
    keep(editor, editor.get(path), instructions="at ten", page="one", edit_number="1")
    old = editor.get(path)
    keep(editor, editor.get(f"{path}?continue=1"), instructions="at eleven", page="two", edit_number="1")
    page = editor.submit(old, DISCARD)
    assert "Your unsaved changes were kept again since, so nothing was discarded." in page.text
    assert typed(editor.get(page.link("Continue"))) == "at eleven"
    assert "Your unsaved changes are discarded." in editor.submit(page, DISCARD).text
    assert "You have unsaved changes" not in editor.get(path).text


def test_a_text_over_the_limit_and_wrong_values_are_kept_as_typed(editor: Visitor) -> None:
    made = make_assistant()
    long = "ä" * (LIMIT + 3)
    answer = keep(editor, edit(editor, made), instructions=long, temperature="hot", model="", note="half a n")
    assert answer["status"] == 200
    page = edit(editor, made, "?continue=1")
    assert typed(page) == long
    assert [typed(page, name) for name in ("temperature", "model", "note")] == ["hot", "", "half a n"]
    assert "256,003 of 256,000 characters, 3 too many" in page.text
    refused = editor.submit(page, FORM)
    assert refused.status == 400
    assert typed(refused) == long


def test_what_can_not_be_kept_is_refused_in_words(app: Flask, editor: Visitor) -> None:
    made = make_assistant()
    page = edit(editor, made)
    answer = keep(editor, page, instructions="a\x00b")
    assert (answer["status"], answer["error"]["message"]) == (
        400,
        "The form holds a NUL character, which can't be kept.",
    )
    answer = keep(editor, page, instructions="a" * (4 * LIMIT + 1))
    assert answer["status"] == 400
    assert "No more than 1,024,000 can be kept" in answer["error"]["message"]
    with pytest.raises(Invalid):
        service.keep(id_of(page), made.id, {"instructions": "\ud800"}, base_version=1, revision=None)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    answer = keep(editor, page, instructions="a" * 200_000)
    assert (answer["status"], "too large" in answer["error"]["message"]) == (413, True)


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_a_text_goes_through_keeping_and_saving_exactly(editor: Visitor, text: str) -> None:
    made = make_assistant(instructions=text, name="before")
    keep(editor, edit(editor, made), name="after")
    editor.submit(edit(editor, made, "?continue=1"), FORM)
    saved = assistants.get(made.id)
    db.session.refresh(saved)
    assert (saved.name, saved.version, saved.instructions) == ("after", 2, text)
    typed_in = make_assistant(instructions="before")
    keep(editor, edit(editor, typed_in), instructions=text)
    editor.submit(edit(editor, typed_in, "?continue=1"), FORM)
    saved = assistants.get(typed_in.id)
    db.session.refresh(saved)
    # A browser sends every newline as CRLF; in a text without any of its own they are LF.
    assert saved.instructions == text.replace("\r\n", "\n").replace("\r", "\n")


def test_publishing_removes_it_and_a_new_assistant_has_one_too(editor: Visitor) -> None:
    keep(editor, editor.get("/assistants/new"), name="New", model="gpt-4o", instructions="\ntyped")
    page = editor.get("/assistants/new")
    assert "You have unsaved changes" in page.text
    page = editor.get(page.link("Continue"))
    assert typed(page) == "\ntyped"
    made = editor.submit(page, FORM)
    assert made.h1 == "New"
    assert service.working_copy(id_of(page), None) is None
    made_id = made.path.rsplit("/", 1)[1]
    page = editor.get(f"/assistants/{made_id}/edit")
    keep(editor, page, instructions="typed on")
    editor.submit(editor.get(f"/assistants/{made_id}/edit?continue=1"), FORM)
    assert service.working_copy(id_of(page), made_id) is None


def test_publishing_leaves_what_another_tab_has_kept(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = edit(editor, made)
    keep(editor, page, instructions="other tab", page="other", edit_number="3")
    editor.submit(page, FORM, name="saved here")
    assert "You have unsaved changes" in edit(editor, made).text
    assert typed(edit(editor, made, "?continue=1")) == "other tab"


def test_a_write_of_a_script_or_another_person_leaves_it_and_a_save_is_then_a_conflict(
    editor: Visitor, admin: Visitor
) -> None:
    made = make_assistant(instructions="live")
    keep(editor, edit(editor, made), instructions="typed")
    assistants.update(made.id, {"instructions": "by a script"}, actor=EDITOR, origin=Origin.API)
    admin.submit(edit(admin, made), FORM, name="by another person")
    page = edit(editor, made, "?continue=1")
    assert (typed(page), typed(page, "version"), typed(page, "expected_version")) == ("typed", "1", "1")
    assert editor.submit(page, FORM).status == 409
    assert versions.get(assistants.get(made.id), 2).number == 2
    copy = service.working_copy(id_of(page), made.id)
    assert copy is not None
    assert copy.form["instructions"] == "typed"


def test_a_viewer_can_not_keep_and_signed_out_it_is_said_as_json(viewer: Visitor, visitor: Visitor) -> None:
    made = make_assistant()
    path = f"/assistants/{made.id}/working-copy"
    token = viewer.get("/account").soup.select_one("[name=csrf_token]")
    refused = viewer.post(path, {"csrf_token": token["value"]})  # type: ignore[index]
    assert (refused.status_code, "not allowed" in refused.json["error"]["message"]) == (403, True)
    signed_out = visitor.post(path, {})
    assert (signed_out.status_code, signed_out.json["error"]["code"]) == (401, "signed_out")


def test_a_form_from_an_earlier_session_gets_its_new_token(editor: Visitor) -> None:
    made = make_assistant()
    form = encode(edit(editor, made).form(FORM), {"csrf_token": "old"})
    path = f"/assistants/{made.id}/working-copy"
    answer = editor.post(path, form, multipart=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "stale_token")
    form["csrf_token"] = answer.json["csrf_token"]
    assert editor.post(path, form, multipart=True).status_code == 200


def test_the_form_of_one_person_is_never_kept_for_another(editor: Visitor, admin: Visitor) -> None:
    made = make_assistant()
    form = encode(edit(admin, made).form(FORM), {})
    form |= {"key": "12345:" + made.id}
    answer = admin.post(f"/assistants/{made.id}/working-copy", form, multipart=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "other_person")


def test_an_address_of_another_version_than_the_copy_s_draws_that_version_and_offers_the_copy(editor: Visitor) -> None:
    made = make_assistant(instructions="one")
    page = editor.submit(edit(editor, made), FORM, button="Keep for later", instructions="typed")
    assistants.update(made.id, {"instructions": "two"}, actor=EDITOR, origin=Origin.API)
    assert page.path.endswith("?continue=1&version=1")
    assert "Version 2 was saved in between" in editor.get(page.path).text
    other = edit(editor, made, "?continue=1&version=2")
    assert (typed(other), typed(other, "version")) == ("two", "2")
    assert editor.get(other.link("Continue")).path == page.path
    editor.submit(other, DISCARD)
    assert typed(editor.get(page.path)) == "one"
    assert edit(editor, made, "?continue=1").path == f"/assistants/{made.id}/edit?version=2"


def test_keep_for_later_without_a_script(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    first, second = edit(editor, made), edit(editor, made)
    page = editor.submit(first, FORM, button="Keep for later", instructions="typed")
    assert page.path == f"/assistants/{made.id}/edit?continue=1&version=1"
    assert "Kept at" in page.text
    page = editor.submit(page, FORM, button="Keep for later", instructions="typed on")
    assert typed(page) == "typed on"
    rival = editor.submit(second, FORM, button="Keep for later", instructions="the other tab")
    assert rival.status == 409
    assert typed(rival) == "the other tab"
    assert typed(edit(editor, made, "?continue=1")) == "typed on"
    assert typed(editor.submit(rival, FORM, button="Keep for later")) == "the other tab"
    new = editor.submit(editor.get("/assistants/new"), FORM, button="Keep for later", name="half")
    assert (new.path, typed(new, "name")) == ("/assistants/new?continue=1", "half")


def rivals(editor: Visitor, path: str) -> Page:
    """The page on which "mine" could not be kept for later, because another tab had kept "theirs"."""
    first, second = editor.get(path), editor.get(path)
    editor.submit(first, FORM, button="Keep for later", instructions="theirs")
    page = editor.submit(second, FORM, button="Keep for later", instructions="mine", name="Mine", model="gpt-4o")
    assert (page.status, RIVAL in page.text) == (409, True)
    return page


@pytest.mark.parametrize("new", [False, True])
def test_saving_leaves_the_text_of_another_tab_that_was_in_the_way(editor: Visitor, new: bool) -> None:
    path = "/assistants/new" if new else f"/assistants/{make_assistant().id}/edit"
    saved = editor.submit(rivals(editor, path), FORM)
    assert saved.h1 == "Mine"
    assert typed(editor.get(editor.get(path).link("Continue"))) == "theirs"


def test_being_overtaken_leaves_the_text_of_another_tab_that_was_in_the_way(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = rivals(editor, f"/assistants/{made.id}/edit")
    assistants.update(made.id, {"instructions": "by a script"}, actor=EDITOR, origin=Origin.API)
    assert editor.submit(page, FORM).h1.startswith("Put the changes together")
    assert typed(edit(editor, made, "?continue=1")) == "theirs"


def test_the_text_of_another_tab_is_told_of_until_it_is_replaced(editor: Visitor) -> None:
    made = make_assistant(instructions="live")
    page = rivals(editor, f"/assistants/{made.id}/edit")
    for button, values in (("Add a pair", {}), ("Save", {"temperature": "hot"})):
        page = editor.submit(page, FORM, button=button, **values)
        assert RIVAL in page.text
    assert keep(editor, page, page="one")["status"] == 409, "a script's own keeping asks for itself"
    other = edit(editor, made, "?continue=1")
    editor.submit(other, FORM, button="Keep for later", instructions="theirs, typed on")
    page = editor.submit(page, FORM, button="Add a pair")
    assert RIVAL not in page.text
    page = editor.submit(page, FORM, button="Keep for later")
    assert (page.status, RIVAL in page.text) == (409, True)
    assert typed(edit(editor, made, "?continue=1")) == "theirs, typed on"
    assert typed(editor.submit(page, FORM, button="Keep for later")) == "mine"


def test_a_copy_of_an_assistant_goes_on_from_what_it_was_made_from(editor: Visitor) -> None:
    tools = [{"type": "function", "function": {"name": "find_order"}}]
    source = make_assistant(instructions="one\r\ntwo", metadata={"team": "x"}, tools=tools)
    page = editor.get(f"/assistants/{source.id}/duplicate")
    page = editor.submit(page, FORM, button="Keep for later", name="the copy")
    made = editor.submit(page, FORM)
    copied = assistants.get(made.path.rsplit("/", 1)[1])
    assert (copied.name, copied.instructions, copied.pairs) == ("the copy", "one\r\ntwo", {"team": "x"})
    page = editor.submit(
        editor.get(f"/assistants/{source.id}/duplicate"), FORM, button="Keep for later", instructions="still here"
    )
    assistants.delete(source.id, actor=EDITOR)
    page = editor.get("/assistants/new?continue=1")
    assert typed(page) == "still here"
    made = editor.submit(page, FORM)
    copied = assistants.get(made.path.rsplit("/", 1)[1])
    assert copied.instructions == "still here"
    assert [tool["function"]["name"] for tool in copied.tools] == ["find_order"]


def test_the_list_and_the_pages_say_who_has_unsaved_changes(editor: Visitor, admin: Visitor, viewer: Visitor) -> None:
    made, other = make_assistant(name="One"), make_assistant(name="Two")
    page = edit(editor, made)
    keep(editor, page, instructions="typed")
    name = editor.get("/account").soup.select_one(".person-name").get_text().replace("Signed in as", "").strip()  # type: ignore[union-attr]
    (marked,) = viewer.get("/assistants").soup.select(".unsaved")
    assert f"{name} has unsaved changes" in marked.get_text()
    assert marked.find_parent("tr").select_one("a").get_text() == "One"  # type: ignore[union-attr]
    assert f"{name} has unsaved changes" in viewer.get(f"/assistants/{made.id}").text
    assert f"{name} has unsaved changes" in edit(admin, made).text
    assert "has unsaved changes" not in edit(admin, other).text
    assert f"{name} has unsaved changes" not in edit(editor, made).text
