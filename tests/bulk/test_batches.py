"""Batches: all or nothing, a version each, nothing overwritten; undone as one, except where somebody came between."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, select

from app.assistants import reindexing, versions
from app.assistants import service as assistants
from app.assistants.models import Assistant, AssistantVersion
from app.audit.models import AuditEntry
from app.bulk import batches, deeds, drafts, service, ticking
from app.bulk.models import Batch, Draft
from app.config import Settings
from app.core.actors import Origin
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Window
from app.extensions import db
from app.search import service as search
from app.search.question import Question
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import ADMIN, EDITOR, make_assistant
from tests.meeting import meeting
from tests.search.indexed import index as indexed

pytestmark = pytest.mark.usefixtures("app")

REFUND = {"type": "replace", "find": "14 days", "replacement": "30 days"}


def prepared(deed: dict[str, Any], **scope: Any) -> Draft:
    """A draft by Ed Editor that has been looked through."""
    draft = drafts.prepare(deeds.read(deed), scope, actor=EDITOR)
    while draft.position:
        drafts.look_further(draft)
    return draft


def done(deed: dict[str, Any], **scope: Any) -> Batch:
    return service.confirm(prepared(deed, **scope), actor=EDITOR)


def content() -> dict[str, tuple[Any, ...]]:
    """All that each assistant is, without its versions' numbers and dates."""
    db.session.expire_all()
    found = db.session.scalars(select(Assistant))
    return {each.id: (each.fingerprint, each.spec().as_json(), each.deleted_at is None) for each in found}


def test_a_batch_writes_a_version_each_with_one_note_and_one_entry() -> None:
    first = make_assistant(instructions="within 14 days\r\nor 14 days", name="14 days")
    second = make_assistant(instructions="14 days")
    other = make_assistant(instructions="15 days")
    batch = service.confirm(prepared(REFUND), actor=ADMIN, note="New terms")
    assert batch.size == 2
    assert (assistants.get(first.id).instructions, assistants.get(first.id).name) == (
        "within 30 days\r\nor 30 days",
        "30 days",
    )
    for each in (first, second):
        live = assistants.get(each.id)
        version = versions.get(live, 2)
        assert (live.version, live.updated_by, live.updated_via) == (2, "Ada Admin", "bulk")
        assert (version.origin, version.note, version.author_name) == ("bulk", "New terms", "Ada Admin")
        assert versions.spec_of(version) == live.spec()
        assert version.fingerprint == live.fingerprint == live.spec().fingerprint()
    assert assistants.get(other.id).version == 1
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_name == "Ada Admin")).all()
    assert [(entry.verb, entry.details.get("version")) for entry in entries] == [
        ("assistant.updated", 2), ("assistant.updated", 2), ("batch.confirmed", None),
    ]  # fmt: skip
    assert entries[0].details["fields"] == ["instructions", "name"]


def test_undoing_gives_every_text_and_field_back_and_histories_show_both_steps() -> None:
    texts = [text for text in DIFFICULT_TEXTS.values() if len(text) < 200_000]
    for text in texts:
        make_assistant(instructions=text + "14 days" + text, metadata={"k": "14 days"})
    before = content()
    batch = done(REFUND)
    assert batch.size == len(texts)
    assert all(content()[key][0] != before[key][0] for key in before)
    undo = service.undo(batch.id, actor=ADMIN)
    assert (undo.size, undo.undo_of, undo.left_alone) == (len(texts), batch.id, [])
    assert content() == before
    for each in db.session.scalars(select(Assistant)):
        page = versions.list_page(each, Window())
        assert [version.origin for version in page.items] == ["bulk", "bulk", "page"]
        assert page.items[0].note == "Undone: Replace “14 days” with “30 days”"
        assert page.items[0].fingerprint == page.items[2].fingerprint


def test_undoing_leaves_exactly_the_one_that_somebody_has_edited_since() -> None:
    made = [make_assistant(name=f"Number {number}", instructions="14 days") for number in range(5)]
    before = content()
    batch = done(REFUND)
    assistants.update(made[2].id, {"instructions": "by hand"}, actor=ADMIN, origin=Origin.PAGE)
    foreseen = batches.standing(batch)
    assert [found.title for found, _ in foreseen.left] == ["Number 2"]
    undo = service.undo(batch.id, actor=EDITOR)
    assert undo.left_alone == [{"id": made[2].id, "name": "Number 2", "why": batches.CHANGED}]
    after = content()
    assert {key for key in before if after[key] != before[key]} == {made[2].id}
    assert assistants.get(made[2].id).instructions == "by hand"


def test_an_undo_can_be_undone_and_each_batch_once() -> None:
    make_assistant(instructions="14 days")
    batch = done(REFUND)
    changed = content()
    undo = service.undo(batch.id, actor=EDITOR)
    with pytest.raises(Conflict, match="undone already, by batch 2"):
        service.undo(batch.id, actor=EDITOR)
    again = service.undo(undo.id, actor=EDITOR)
    assert content() == changed
    assert [row.batch.id for row in batches.list_page(Window()).items] == [3, 2, 1]
    assert [row.undone.id if row.undone else None for row in batches.list_page(Window()).items] == [None, 3, 2]
    service.undo(again.id, actor=EDITOR)
    assert content() != changed


def test_a_trashed_assistant_is_left_by_an_undo() -> None:
    kept, gone = make_assistant(instructions="14 days"), make_assistant(instructions="14 days")
    batch = done(REFUND)
    assistants.delete(gone.id, actor=ADMIN)
    undo = service.undo(batch.id, actor=EDITOR)
    assert (undo.size, [left["why"] for left in undo.left_alone]) == (1, [batches.MOVED])
    assert assistants.get(kept.id).instructions == "14 days"


def test_trash_and_restore_are_undone_by_each_other() -> None:
    made = [make_assistant() for _ in range(4)]
    before = content()
    deleted = done({"type": "delete"}, ids=[each.id for each in made[:3]])
    assert sum(is_live for _, _, is_live in content().values()) == 1
    assistants.undelete(made[0].id, actor=ADMIN)
    assistants.delete(made[0].id, actor=ADMIN)
    undo = service.undo(deleted.id, actor=EDITOR)
    assert [left["id"] for left in undo.left_alone] == [made[0].id]
    assert {key for key, row in content().items() if row != before[key]} == {made[0].id}
    again = service.undo(undo.id, actor=EDITOR)
    assert again.size == 2
    restored = done({"type": "restore"})
    assert (restored.size, content()) == (3, before)
    assert service.undo(restored.id, actor=EDITOR).size == 3
    assert all(assistants.find(each.id).version == 1 for each in made)


def test_what_changed_since_the_preview_is_refused_and_nothing_is_written() -> None:
    first, second, third = [make_assistant(name=name, instructions="14 days") for name in "ABC"]
    draft = prepared(REFUND)
    assistants.update(second.id, {"name": "B, changed"}, actor=ADMIN, origin=Origin.API)
    assistants.delete(third.id, actor=ADMIN)
    before = content()
    with pytest.raises(Conflict, match=r"“B, changed”, “C”. Nothing was written") as conflict:
        service.confirm(draft, actor=EDITOR)
    assert [found.id for found in conflict.value.current] == [second.id, third.id]
    assert content() == before
    ticking.leave_changed(draft)
    assert service.confirm(draft, actor=EDITOR).size == 1
    assert assistants.get(second.id).instructions == "14 days"
    assert assistants.get(first.id).instructions == "30 days"


def test_what_changed_can_be_looked_at_anew() -> None:
    first, second, third = [make_assistant(instructions="14 days") for _ in range(3)]
    draft = prepared(REFUND)
    assistants.update(first.id, {"instructions": "14 days, 14 days"}, actor=ADMIN, origin=Origin.API)
    assistants.update(second.id, {"instructions": "none"}, actor=ADMIN, origin=Origin.API)
    assistants.delete(third.id, actor=ADMIN)
    ticking.renew(draft)
    assert (drafts.totals(draft).assistants, drafts.totals(draft).hits) == (1, 2)
    assert service.confirm(draft, actor=EDITOR).size == 1
    assert assistants.get(first.id).instructions == "30 days, 30 days"


def test_confirming_twice_is_one_batch() -> None:
    made = make_assistant(instructions="14 days")
    draft = prepared({**REFUND, "replacement": "14 days or more"})
    assert service.confirm(draft, actor=EDITOR).id == service.confirm(draft, actor=EDITOR).id
    assert assistants.get(made.id).version == 2


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_confirming_and_discarding_at_once(app: Flask) -> None:
    make_assistant(instructions="14 days")
    draft = prepared(REFUND)
    withdraw = partial(drafts.withdraw, draft.id, actor=EDITOR)
    with meeting(app, withdraw, at="UPDATE bulk_drafts", until="DELETE FROM bulk_drafts") as answers:
        batch = service.confirm(draft, actor=EDITOR)
    assert isinstance(answers[0], Conflict)
    assert answers[0].current == batch.id


@pytest.mark.parametrize(
    "verb", [drafts.look_further, service.confirm, ticking.tick, ticking.renew, ticking.leave_changed]
)
def test_a_draft_discarded_meanwhile_is_not_found(settings: Settings, verb: Any) -> None:
    make_assistant(instructions="14 days")
    draft = drafts.prepare(deeds.read(REFUND), {}, actor=EDITOR)
    more: dict[Any, dict[str, Any]] = {service.confirm: {"actor": EDITOR}, ticking.tick: {"ticks": {}}}
    drafts.get(draft.id, actor=EDITOR)  # As each door has just done.
    theirs = create_engine(settings.database_url)
    with theirs.begin() as connection:
        connection.execute(delete(Draft))
    theirs.dispose()
    with pytest.raises(NotFound):
        verb(draft, **more.get(verb, {}))


def test_a_replacement_beyond_the_limit_is_refused_by_name() -> None:
    long = make_assistant(name="Long one", instructions="14 days" + "x" * 255_990)
    make_assistant(instructions="14 days")
    deed = {**REFUND, "replacement": "fourteen days"}
    draft = prepared(deed)
    assert [found.title for found in drafts.refused(draft)] == ["Long one"]
    assert drafts.totals(draft).ticked == 1
    seq = assistants.get(long.id).seq
    ticking.tick(draft, {seq: ticking.Ticks(included=True)})
    before = content()
    with pytest.raises(Invalid, match="“Long one” can't take the change: Invalid 'instructions': string too long"):
        service.confirm(draft, actor=EDITOR)
    assert content() == before
    ticking.tick(draft, {seq: ticking.Ticks(included=False)})
    assert service.confirm(draft, actor=EDITOR).size == 1


def test_leaving_hits_out_can_make_it_fit() -> None:
    long = make_assistant(instructions="a a" + "x" * 255_995, name="n")
    seq = assistants.get(long.id).seq
    draft = prepared({"type": "replace", "find": "a", "replacement": "aaa"})
    assert drafts.totals(draft).refused == 1
    ticking.tick(draft, {seq: ticking.Ticks(included=True, shown=[1], left_out={1})})
    assert drafts.totals(draft).refused == 0
    assert service.confirm(draft, actor=EDITOR).size == 1
    assert assistants.get(long.id).instructions == "aaa a" + "x" * 255_995


@pytest.mark.parametrize(
    ("deed", "before", "after"),
    [
        ({"type": "model", "model": "gpt-9"}, {"model": "gpt-4"}, {"model": "gpt-9"}),
        ({"type": "successor", "models": {"gpt-4": "gpt-9"}}, {"model": "gpt-4"}, {"model": "gpt-9"}),
        ({"type": "temperature", "temperature": 0.2}, {"temperature": 1.0}, {"temperature": 0.2}),
        (
            {"type": "add_label", "label": "Sales"},
            {"metadata": {"k": "v"}},
            {"metadata": {"k": "v", "labels": "Sales"}},
        ),
        (
            {"type": "remove_label", "label": "sales"},
            {"metadata": {"labels": "Sales, HR"}},
            {"metadata": {"labels": "HR"}},
        ),
    ],
)
def test_fields_are_changed_and_given_back(deed: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    made = make_assistant(**before)
    make_assistant(**{"model": "other", **after})
    was = content()
    batch = done(deed)
    assert batch.size == 1
    assert assistants.get(made.id).spec().as_json().items() >= after.items()
    service.undo(batch.id, actor=EDITOR)
    assert content() == was


def test_a_label_too_many_is_refused_by_name() -> None:
    make_assistant(name="Full", metadata={str(number): "" for number in range(16)})
    draft = prepared({"type": "add_label", "label": "Sales"})
    assert [found.title for found in drafts.refused(draft)] == ["Full"]
    with pytest.raises(Invalid, match="nothing would change"):
        service.confirm(draft, actor=EDITOR)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ({"type": "replace", "find": "", "replacement": "x"}, "Invalid 'find': empty string"),
        ({"type": "replace", "find": "a", "replacement": "a", "match_case": True}, "are the same"),
        ({"type": "replace", "find": "a", "replacement": "b", "fields": []}, "at least one field"),
        ({"type": "replace", "find": "a", "replacement": "b", "fields": ["model"]}, "Supported values are"),
        ({"type": "replace", "find": "a\x00", "replacement": "b"}, "NUL"),
        ({"type": "replace", "find": "a" * 10_001, "replacement": "b"}, "too long"),
        ({"type": "replace", "find": "a", "replacement": "b" * 10_001}, "too long"),
        ({"type": "temperature", "temperature": 3.0}, "above maximum"),
        ({"type": "temperature"}, "Missing required parameter: 'temperature'"),
        ({"type": "add_label", "label": " , "}, "Give the label a name"),
        ({"type": "model", "model": "m", "more": 1}, "Unknown parameter: 'more'"),
        ({"type": "everything"}, "Supported values are"),
        ({}, "type"),
        (["replace"], "an object"),
    ],
)
def test_what_no_deed_may_be(deed: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        deeds.read(deed)


def test_a_draft_is_its_makers_own_and_goes_after_a_day() -> None:
    make_assistant(instructions="14 days")
    draft = prepared(REFUND)
    with pytest.raises(NotFound):
        drafts.get(draft.id, actor=ADMIN)
    assert [each.id for each in drafts.waiting(actor=EDITOR)] == [draft.id]
    with db.session.begin_nested():
        draft.created_at -= drafts.LIFETIME
    db.session.commit()
    assert drafts.waiting(actor=EDITOR) == []
    draft_id = draft.id
    prepared(REFUND)
    with pytest.raises(NotFound):
        drafts.get(draft_id, actor=EDITOR)


def test_a_draft_must_be_looked_through_before_it_is_confirmed() -> None:
    for _ in range(3):
        make_assistant(instructions="14 days")
    draft = drafts.prepare(deeds.read(REFUND), {}, actor=EDITOR)
    drafts.look_further(draft, rows=1)
    assert (drafts.totals(draft).assistants, drafts.progress(draft)) == (1, drafts.Progress(1, 3))
    with pytest.raises(Conflict, match="looked through"):
        service.confirm(draft, actor=EDITOR)
    for _ in range(3):
        drafts.look_further(draft, seconds=0)
    assert drafts.progress(draft) == drafts.Progress(3, 3)
    assert service.confirm(draft, actor=EDITOR).size == 3


def test_a_question_narrows_it_and_the_index_follows() -> None:
    for number in range(6):
        make_assistant(name=f"Number {number}", instructions="14 days " * 400, model=f"m{number % 2}")
    batch = done(REFUND, question={"model": "m1", "query": "days"})
    assert batch.size == 3
    kept = indexed()
    assert sum(reindexing.rebuild()) == 6
    assert indexed() == kept
    assert search.count(Question(query='"30 days"')) == 3
    assert search.count(Question(changed_by="Ed Editor")) == 6
    service.undo(batch.id, actor=ADMIN)
    assert search.count(Question(query='"30 days"')) == 0
    assert search.count(Question(changed_by="Ada Admin")) == 3
    kept = indexed()
    assert sum(reindexing.rebuild()) == 6
    assert indexed() == kept


def test_a_history_knows_its_batches() -> None:
    made = make_assistant(instructions="14 days")
    batch = done(REFUND)
    live = assistants.get(made.id)
    assert batches.batches_of(live, [1, 2]) == {2: batch.id}
    assert db.session.scalar(select(AssistantVersion.origin).where(AssistantVersion.number == 2)) == "bulk"
