"""The pages of a change of many, with their own forms, as somebody without JavaScript uses them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.assistants import service as assistants
from app.bulk import drafts
from app.core.actors import Origin
from app.extensions import db
from tests.factories import ADMIN, make_assistant
from tests.pages import Page, Visitor


def asked(visitor: Visitor, **values: Any) -> Page:
    """The preview of a replacement."""
    return visitor.submit(visitor.get("/replace"), **{"find": "14 days", "replacement": "30 days", **values})


def text_of(assistant_id: str) -> str | None:
    db.session.expire_all()
    return assistants.get(assistant_id).instructions


def test_from_the_list_to_the_batch_and_back(editor: Visitor) -> None:
    made = make_assistant(name="Refunds", instructions="# Terms\nWithin 14 days.\r\nOr 14 days.")
    page = asked(editor)
    assert page.h1 == "Replace “14 days” with “30 days”"
    assert "2 places in 1 of 1 assistant is ticked" in page.text
    hits = [" ".join(hit.get_text(" ").split()) for hit in page.soup.select(".hit")]
    assert hits == [
        "Instructions, line 2 , hit 1 in Refunds Before Within removed: 14 days . After Within added: 30 days .",
        "Instructions, line 3 , hit 2 in Refunds Before Or removed: 14 days . After Or added: 30 days .",
    ]
    page = editor.submit(page, "main form:has(.hits)", button="Go on", hit=[f"{seq(made.id)}-1"])
    assert page.h1.startswith("Confirm: Replace")
    assert "1 assistant, in 1 place" in page.text
    assert text_of(made.id) == "# Terms\nWithin 14 days.\r\nOr 14 days."
    page = editor.submit(page, "form[action$=confirm]", note="New terms")
    assert (page.path, page.h1) == ("/batches/1", "Replace “14 days” with “30 days”")
    assert "1 assistant was changed." in page.text
    assert text_of(made.id) == "# Terms\nWithin 14 days.\r\nOr 30 days."
    assert editor.get(page.link("Version 1 to 2 of Refunds")).status == 200
    page = editor.submit(editor.get(page.link("Undo this batch…")))
    assert (page.path, page.h1) == ("/batches/2", "Undo batch 1")
    assert text_of(made.id) == "# Terms\nWithin 14 days.\r\nOr 14 days."
    assert "by batch 2" in editor.get("/batches").text
    assert "This batch was undone" in editor.get("/batches/1").text


def seq(assistant_id: str) -> int:
    return assistants.get(assistant_id).seq


def test_ticks_are_kept_from_page_to_page(editor: Visitor) -> None:
    made = [make_assistant(name=f"Number {number}", instructions="14 days") for number in range(45)]
    page = asked(editor)
    assert len(page.soup.select(".bulk-item")) == 20
    assert "Not all are looked through yet" in page.text
    left = {made[44].id, made[20].id, made[0].id}
    for turn in range(3):
        ticked = [box["value"] for box in page.soup.select("[name=item]")]
        kept = [value for value in ticked if value not in {str(seq(each)) for each in left}]
        assert len(ticked) == (20, 20, 5)[turn]
        button = "Next page" if turn < 2 else "Previous page"
        page = editor.submit(page, "main form:has(.hits)", button=button, item=kept)
    assert sorted(box["value"] for box in page.soup.select("[name=item]:not([checked])")) == [str(seq(made[20].id))]
    page = editor.submit(page, "main form:has(.hits)", button="Go on")
    assert "42 assistants, in 42 places" in page.text
    editor.submit(page, "form[action$=confirm]")
    assert {each.id for each in made if text_of(each.id) == "14 days"} == left


def test_every_hit_of_one_assistant_has_its_tick(editor: Visitor) -> None:
    made = make_assistant(name="Many", instructions="\n".join(f"{number} x" for number in range(120)))
    page = asked(editor, find="x", replacement="y")
    assert len(page.soup.select(".hit")) == 8
    page = editor.submit(page, "main form:has(.hits)", button="All 120 places in it")
    assert (page.h1, len(page.soup.select(".hit"))) == ("Places in Many", 50)
    page = editor.submit(page, button="Next places", hit=None)
    assert "70 of 120 places are ticked. Shown are 51 to 100." in page.text
    page = editor.submit(page, button="Keep and go back", hit=[f"{seq(made.id)}-99"])
    assert "21 places in 1 of 1 assistant" in page.text
    page = editor.submit(page, "main form:has(.hits)", button="Go on")
    editor.submit(page, "form[action$=confirm]")
    changed = [number for number, line in enumerate((text_of(made.id) or "").split("\n")) if line.endswith("y")]
    assert changed == [99, *range(100, 120)]


def test_what_somebody_changed_meanwhile_is_shown_and_never_overwritten(editor: Visitor) -> None:
    first = make_assistant(name="First", instructions="14 days")
    second = make_assistant(name="Second", instructions="14 days")
    page = editor.submit(asked(editor), "main form:has(.hits)", button="Go on")
    assistants.update(second.id, {"instructions": "by hand: 14 days"}, actor=ADMIN, origin=Origin.PAGE)
    refused = editor.submit(page, "form[action$=confirm]", note="Keep me")
    assert refused.status == 409
    assert "1 assistant was changed meanwhile" in refused.text
    assert refused.link("Second")
    assert text_of(first.id) == "14 days"
    assert "Changed meanwhile" in editor.get(refused.path.removesuffix("/confirm")).text
    page = editor.submit(refused, "form[action$=renew]", button="Look at them anew")
    assert "by hand: removed: 14 days" in page.text
    page = editor.submit(page, "main form:has(.hits)", button="Go on")
    editor.submit(page, "form[action$=confirm]")
    assert (text_of(first.id), text_of(second.id)) == ("30 days", "by hand: 30 days")


def test_what_is_too_long_is_named_in_the_preview_and_refused_at_the_end(editor: Visitor) -> None:
    make_assistant(name="Long one", instructions="14 days" + "x" * 255_990)
    page = asked(editor, replacement="fourteen days")
    assert "1 assistant can't take this change Long one" in page.text
    assert "string too long. Expected a string with maximum length 256000" in page.errors[0]
    box = page.soup.select_one("[name=item]")
    assert not box.has_attr("checked")
    page = editor.submit(page, "main form:has(.hits)", button="Go on", item=box["value"])
    refused = editor.submit(page, "form[action$=confirm]")
    assert refused.status == 400
    assert "“Long one” can't take the change" in refused.summary[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"find": ""}, "Invalid 'find': empty string"),
        ({"replacement": "14 days", "match_case": "y"}, "nothing would change"),
        ({"fields": None}, "Choose at least one field"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(editor: Visitor, values: dict[str, Any], words: str) -> None:
    page = asked(editor, **values)
    assert page.status == 400
    assert words in page.summary[0]
    assert page.soup.select_one("[name=find]").get_text() == values.get("find", "14 days")


def test_nothing_found_is_said_calmly(editor: Visitor) -> None:
    make_assistant(instructions="15 days")
    page = asked(editor, whole_words="y")
    assert "Nothing would change The text stands in none of them, as whole words." in page.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"change": "model", "model": "gpt-9"}, "gpt-4o gpt-9"),
        ({"change": "temperature", "temperature": "0,5"}, "1 0.5"),
        ({"change": "add_label", "label": "Sales"}, "HR HR, Sales"),
        ({"change": "remove_label", "label": "hr"}, "HR No labels"),
        ({"change": "delete"}, "In the list In the trash"),
    ],
)
def test_fields_of_the_ticked_ones(editor: Visitor, typed: dict[str, str], told: str) -> None:
    made, other = (make_assistant(name=name, metadata={"labels": "HR"}) for name in ("Mine", "Other"))
    form = editor.get(f"/bulk?id={made.id}")
    assert "1 ticked assistant" in form.text
    page = editor.submit(form, **typed)
    assert f"Mine {told}" in page.text
    assert "Other" not in page.text
    page = editor.submit(page, "main form:has(table)", button="Go on")
    page = editor.submit(page, "form[action$=confirm]")
    assert page.path == "/batches/1"
    assert assistants.find(other.id).updated_via == "page"
    editor.submit(editor.get("/batches/1/undo"))
    db.session.expire_all()
    assert (
        assistants.get(made.id).fingerprint
        == assistants.get(other.id).spec().model_copy(update={"name": "Mine"}).fingerprint()
    )


def test_unfinished_ones_wait_on_the_batches_page(editor: Visitor, admin: Visitor) -> None:
    make_assistant(instructions="14 days")
    asked(editor)
    page = editor.get("/batches")
    assert "Not confirmed yet" in page.text
    assert "Not confirmed yet" not in admin.get("/batches").text
    page = editor.submit(page)
    assert "Discarded. Nothing was changed." in page.text
    assert "Not confirmed yet" not in page.text


def test_a_viewer_reads_batches_and_changes_nothing(viewer: Visitor, editor: Visitor) -> None:
    make_assistant(instructions="14 days")
    page = editor.submit(asked(editor), "main form:has(.hits)", button="Go on")
    editor.submit(page, "form[action$=confirm]")
    page = viewer.get("/batches/1")
    assert page.status == 200
    assert "Undo this batch" not in page.text
    assert viewer.get("/batches/1/undo").status == 403
    assert viewer.get("/batches/2").status == 404


def test_a_long_look_says_how_far_it_is(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(45):
        make_assistant(instructions="14 days")
    page = asked(editor)
    monkeypatch.setattr(drafts.look_further, "__kwdefaults__", {"rows": None, "seconds": 0})
    page = editor.submit(page, "main form:has(.hits)", button="Go on")
    assert "22 of 45 assistants are looked through; 22 would change." in page.text
    page = editor.get(page.link("Look further"))
    assert "23 of 45 assistants" in page.text
    page = editor.submit(page)
    assert "Discarded. Nothing was changed." in page.text


def test_a_preview_from_before_it_was_confirmed_discards_nothing(editor: Visitor) -> None:
    made = make_assistant(instructions="14 days")
    preview = asked(editor)
    page = editor.submit(preview, "main form:has(.hits)", button="Go on")
    editor.submit(page, "form[action$=confirm]")
    stale = editor.submit(preview, "form[action$=discard]")
    assert stale.path == "/batches/1"
    assert "This change was confirmed already, so there is nothing to discard." in stale.text
    assert text_of(made.id) == "30 days"
    assert editor.get(preview.path).path == "/batches/1"


def test_history_leads_to_the_batch(editor: Visitor) -> None:
    made = make_assistant(instructions="14 days")
    page = editor.submit(asked(editor), "main form:has(.hits)", button="Go on")
    editor.submit(page, "form[action$=confirm]")
    assert editor.get(f"/assistants/{made.id}/history").link("Change of many, batch 1") == "/batches/1"


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", ["after=x", "before=-1", "after=9999999999999999999"])
def test_odd_addresses_are_sentences(app: Flask, editor: Visitor, query: str) -> None:
    make_assistant(instructions="14 days")
    path = asked(editor).path
    for address in (path, "/batches"):
        assert editor.get(f"{address}?{query}").status == 400


def test_made_up_ticks_are_refused(editor: Visitor) -> None:
    make_assistant(instructions="14 days")
    page = asked(editor)
    assert editor.submit(page, "main form:has(.hits)", hit="x-y", follow=False).status == 400
    assert editor.submit(page, "main form:has(.hits)", shown="9" * 40, follow=False).status == 400
