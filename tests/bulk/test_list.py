"""Where a change of many begins: ticks and questions on the list, the trash, and models that retire."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.assistants import service as assistants
from app.extensions import db
from app.search import service as search
from app.search.question import Question
from tests.factories import EDITOR, bearer, make_assistant, make_key
from tests.pages import Page, Visitor

# Switched off, about to be, and neither, by the list that comes with Greenroom.
OFF, ENDING, STAYS = "gpt-4", "gpt-4o", "gpt-6.1-terra"


def confirmed(visitor: Visitor, preview: Page) -> Page:
    page = visitor.submit(preview, "main form:has(.save-bar)", button="Go on")
    return visitor.submit(page, "form[action$=confirm]")


def test_the_ticked_ones_of_a_list(editor: Visitor) -> None:
    first, second, third = (make_assistant(name=name, model=STAYS) for name in ("First", "Second", "Third"))
    page = editor.get("/assistants")
    many = page.form("#many")
    assert [box["form"] for box in page.soup.select("[name=id]")] == ["many"] * 3
    chosen = f"?ticked=y&id={first.id}&id={third.id}"
    page = editor.get(f"{many['action']}{chosen}")
    assert "This is about 2 ticked assistants." in page.text
    page = confirmed(editor, editor.submit(page, change="add_label", label="Sales"))
    assert page.path == "/batches/1"
    db.session.expire_all()
    assert [assistants.get(each.id).pairs for each in (first, second, third)] == [
        {"labels": "Sales"}, {}, {"labels": "Sales"},
    ]  # fmt: skip


def test_without_a_tick_nobody_is_meant(editor: Visitor) -> None:
    make_assistant(name="Refunds", model=STAYS)
    page = editor.submit_get(editor.get("/assistants?query=refunds"), "#many")
    assert page.path == "/assistants?query=refunds"
    assert "Tick at least one assistant, or choose all that match." in page.text


def test_all_that_match(editor: Visitor) -> None:
    for name in ("Refunds", "Refunds abroad", "Lamps"):
        make_assistant(name=name, model=STAYS, instructions="14 days")
    page = editor.get("/assistants?query=refunds")
    assert "With all 2 that match:" in page.text
    links = [str(link["href"]) for link in page.soup.select(".many a")]
    assert links == ["/bulk?query=refunds", "/replace?query=refunds"]
    page = editor.get(links[1])
    assert "In assistants that match: words “refunds”." in page.text
    page = confirmed(editor, editor.submit(page, find="14 days", replacement="30 days"))
    assert "2 assistants were changed." in page.text


def test_a_viewer_has_no_ticks(viewer: Visitor) -> None:
    make_assistant(model=OFF)
    page = viewer.get("/assistants")
    assert page.soup.select("[name=id], #many") == []
    assert "1 assistant names a model that is switched off" in page.text
    assert "Change this assistant" not in viewer.get("/assistants?retiring=y").text


def test_restoring_the_ticked_ones_from_the_trash(editor: Visitor) -> None:
    made = [make_assistant(name=f"Number {number}") for number in range(3)]
    for each in made:
        assistants.delete(each.id, actor=EDITOR)
    page = editor.submit(editor.get("/trash"), "#many", follow=True)
    assert page.status == 400
    assert "Tick at least one assistant." in page.text
    token = str(editor.get("/trash").soup.select_one("[name=csrf_token]")["value"])
    data = {"csrf_token": token, "change": "restore", "ticked": "y", "id": [made[0].id, made[2].id]}
    page = confirmed(editor, editor.get(editor.post("/bulk", data).location))
    assert "2 assistants were changed." in page.text
    db.session.expire_all()
    assert [assistants.find(each.id).deleted_at is None for each in made] == [True, False, True]


def test_a_model_that_retires_is_told_and_changed_in_one_step(editor: Visitor) -> None:
    off = make_assistant(name="Off", model=OFF)
    ending = make_assistant(name="Ending", model=ENDING)
    stays = make_assistant(name="Stays", model=STAYS)
    page = editor.get("/assistants")
    assert "2 assistants name a model that is switched off, or soon will be." in page.text
    assert [" ".join(cell.get_text(" ").split()) for cell in page.soup.select("td[data-label=Model]")] == [
        STAYS, f"{ENDING} Ends on 14 Jan 2027", f"{OFF} Off since 23 Oct 2026",
    ]  # fmt: skip
    page = editor.get(page.link("Show them"))
    assert "Whose model retires" in page.text
    assert "Stays" not in [link.get_text() for link in page.soup.select("th a")]
    page = editor.submit(page, ".notice form")
    assert page.h1 == "Change retiring models to their successors"
    assert f"Ending {ENDING} gpt-6-luna" in page.text
    confirmed(editor, page)
    db.session.expire_all()
    assert [assistants.get(each.id).model for each in (off, ending, stays)] == ["gpt-5.6-sol", "gpt-6-luna", STAYS]
    assert "switched off" not in editor.get("/assistants").text


@pytest.mark.parametrize(("button", "changed"), [("Change this assistant…", 1), (f"Change all that use {OFF}…", 2)])
def test_an_assistants_own_page_tells_it_too(editor: Visitor, button: str, changed: int) -> None:
    made = make_assistant(model=OFF)
    make_assistant(model=OFF)
    make_assistant(model=ENDING)
    page = editor.get(f"/assistants/{made.id}")
    assert "gpt-4 was switched off Its maker stopped serving it on 23 Oct 2026" in page.text
    form = next(form for form in page.soup.select(".notice form") if button in form.get_text())
    values = {field["name"]: field["value"] for field in form.select("input")}
    page = confirmed(editor, editor.get(editor.post(str(form["action"]), values).location))
    assert len(page.soup.select("tbody tr")) == changed
    assert "gpt-4 was" not in editor.get(f"/assistants/{made.id}").text


def test_scripts_ask_for_models_that_retire(api_client: FlaskClient) -> None:
    make_assistant(model=STAYS)
    off = make_assistant(model=OFF)
    headers = bearer(make_key())
    listed = api_client.get("/v1/assistants?retiring=true", headers=headers).json
    assert [each["id"] for each in listed["data"]] == [off.id]
    assert search.count(Question(retiring=True, model=STAYS)) == 0
    change = api_client.post("/v1/bulk_changes", json={"change": {"type": "successor"}}, headers=headers).json
    assert (change["found"], change["change"]["models"][OFF]) == (1, "gpt-5.6-sol")
