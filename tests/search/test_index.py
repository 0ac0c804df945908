"""The index follows every write by itself, changes little for a small edit, and is what one made anew would be."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from app.assistants import index, reindexing, service
from app.assistants.spec import AssistantSpec
from app.core.actors import COMMAND_LINE, Actor, Origin
from app.core.database import transaction
from app.core.writing import send
from app.exchange import service as exchange
from app.extensions import db
from app.search import service as search
from app.search.question import Question
from app.texts.passages import SHORT_TEXT, cut_after
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import ADMIN, EDITOR, make_assistant
from tests.sample_values import OTHERS
from tests.sample_words import prose
from tests.search.indexed import index as indexed
from tests.test_schema import fresh  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("app")


def found(query: str) -> set[int]:
    """The assistants that hold the words, which are as many as are counted."""
    question = Question(query=query)
    seqs = set(db.session.scalars(search.seqs(question)))
    assert search.count(question) == len(seqs)
    return seqs


def rebuild() -> None:
    assert sum(reindexing.rebuild()) == service.count_all()


def test_what_is_written_is_found_and_what_is_gone_is_not() -> None:
    made = make_assistant(name="Refunds", instructions="Answer within fourteen days.")
    assert found("fourteen refunds") == {made.seq}
    service.update(made.id, {"instructions": "Answer within a week."}, actor=ADMIN, origin=Origin.API)
    assert found("fourteen") == set()
    assert found("refunds week") == {made.seq}
    service.restore(made.id, 1, actor=ADMIN)
    assert (found("fourteen"), found("week")) == ({made.seq}, set())
    service.delete(made.id, actor=ADMIN)
    assert found("fourteen") == set()
    service.undelete(made.id, actor=ADMIN)
    assert found("fourteen") == {made.seq}
    rows = [{"id": made.id, "object": "assistant", "created_at": made.created_at, "model": "m", "name": "Imported"}]
    exchange.run(rows, actor=COMMAND_LINE)
    assert (found("fourteen"), found("imported")) == (set(), {made.seq})


def test_the_last_word_on_a_passage_is_what_is_kept() -> None:
    """As where several who write share a transaction."""
    made = make_assistant(instructions="first")
    first = index.first_id(made.seq, is_long=False)

    def row(words: str) -> dict[str, str]:
        return {"name": "", "description": "", "words": words}

    with transaction(db.session):
        put = [{first: row("second"), first + 1: row("more")}, {first: None, first + 1: None}, {first: row("third")}]
        index.put(partial(send, db), put)
    assert [found(word) for word in ("first", "second", "more", "third")] == [set(), set(), set(), {made.seq}]
    with transaction(db.session):
        index.put(partial(send, db), [{first: row("fourth")}, {first: None}])
    assert found("third") == found("fourth") == set()


def test_terms_hold_for_the_assistant_as_a_whole_and_phrases_in_one_field() -> None:
    far_apart = f"alpha {prose(random.Random(1), SHORT_TEXT * 2)} omega"
    one = make_assistant(name="first second", description="third", instructions="fourth fifth")
    other = make_assistant(name="sixth", description="third", instructions=far_apart)
    assert found("first third fifth") == {one.seq}
    assert found("sixth alpha omega") == {other.seq}
    assert found('"second third"') == found('"third fourth"') == found('"sixth alpha"') == set()
    assert found("third -omega") == {one.seq}
    assert found("third -alpha -first") == set()
    assert found("-omega") == {one.seq}
    assert found('third -"alpha omega"') == {one.seq, other.seq}


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
def test_difficult_texts_go_in_and_are_what_a_new_index_holds(text: str) -> None:
    made = make_assistant(name=text[:256], description=text[:512], instructions=text * 40)
    service.update(made.id, {"instructions": f"{text}changed"}, actor=EDITOR, origin=Origin.PAGE)
    kept = indexed()
    rebuild()
    assert indexed() == kept


def test_after_any_edits_the_index_is_what_a_new_one_would_be() -> None:
    rng = random.Random(11)
    lines = prose(rng, 30_000).split("\n")
    made = [make_assistant(instructions="\n".join(lines)), make_assistant(), make_assistant(instructions="short")]
    for step in range(60):
        target = rng.choice(made)
        service.update(target.id, edit(rng, target.instructions or "", step), actor=EDITOR, origin=Origin.PAGE)
    kept = indexed()
    rebuild()
    assert indexed() == kept


@pytest.mark.parametrize("field", AssistantSpec.model_fields)
@pytest.mark.parametrize("actor", [EDITOR, ADMIN], ids=["by the same", "by another"])
def test_a_change_of_any_one_field_by_anybody_is_in_the_index(field: str, actor: Actor) -> None:
    made = make_assistant(actor=EDITOR)
    service.update(made.id, {field: OTHERS[field]}, actor=actor, origin=Origin.PAGE)
    assert service.get(made.id).version == 2
    kept = indexed()
    rebuild()
    assert indexed() == kept


def edit(rng: random.Random, text: str, step: int) -> dict[str, object]:
    """A change such as people make: words, lines and sections typed, moved, doubled, taken out; names and labels."""
    at = rng.randrange(len(text) + 1)
    to = min(len(text), at + rng.choice([1, 40, 900, 9_000]))
    piece = text[at:to]
    return rng.choice(
        [
            {"instructions": f"{text[:at]} inserted {step} {text[at:]}"},
            {"instructions": text[:at] + text[to:]},
            {"instructions": text[:at] + piece * 3 + text[to:]},
            {"instructions": piece + text[:at] + text[to:]},
            {"instructions": text[:at] + prose(rng, 3_000) + text[at:]},
            {"instructions": text[:at].upper() + text[at:]},
            {"instructions": text[:SHORT_TEXT] if step % 3 else text * 2},
            {"instructions": None, "name": None},
            {"name": f"Name {step}", "description": piece[:500], "model": rng.choice(["a", "b"])},
            {"metadata": {"labels": f"one, {step}", "team": piece[:64] or "none"}, "tools": []},
        ]
    )


def test_a_small_edit_of_a_long_text_writes_few_passages() -> None:
    rng = random.Random(5)
    made = make_assistant(instructions=prose(rng, 256_000))
    written = []
    for _ in range(20):
        before = passages()
        text = made.instructions or ""
        at = rng.randrange(len(text) - 300)
        service.update(
            made.id, {"instructions": text[:at] + "New. " + text[at + 5 :]}, actor=EDITOR, origin=Origin.PAGE
        )
        written.append(len(passages() - before))
    assert len(passages()) > 50
    assert sum(written) / len(written) <= 4


def passages() -> set[tuple[int, str]]:
    return {(row.id, row.words) for row in db.session.execute(text("SELECT id, words FROM search_passages"))}


@pytest.mark.parametrize("words", [2, 19, 20, 21, 40, 75])
def test_a_phrase_is_found_wherever_the_text_is_cut(words: int) -> None:
    numbered = [f"w{number}" for number in range(6_000)]
    made = make_assistant(instructions="\n".join(" ".join(numbered[at : at + 7]) + "." for at in range(0, 6_000, 7)))
    assert len(passages()) > 3
    for start in range(0, 6_000 - words, 131):
        assert found(f'"{" ".join(numbered[start : start + words])}"') == {made.seq}
    assert found(f'"{" ".join(numbered[7 : 7 + words])} w3"') == set()


@pytest.mark.parametrize("text", ["x" * 256_000, "字" * 256_000, "word " * 51_200, "a,b" * 85_000, "é\n" * 128_000])
def test_odd_texts_have_no_more_passages_than_there_are_numbers(text: str) -> None:
    start, cuts = 0, []
    while start < len(text):
        cuts.append(cut_after(text, start))
        start = cuts[-1]
    assert len(cuts) < index.PASSAGES
    made = make_assistant(instructions=text)
    assert found(f"test {text[:1]}*") == {made.seq}


def test_an_earlier_database_is_filled_and_can_go_back(fresh: Flask, tmp_path: Path) -> None:  # noqa: F811
    flask_migrate.upgrade()
    for number in range(120):
        make_assistant(name=f"Number {number}", instructions=f"common {number}", metadata={"labels": "old"})
    make_assistant(instructions=prose(random.Random(2), 20_000))
    service.delete(make_assistant(name="Gone").id, actor=EDITOR)
    kept = indexed()
    flask_migrate.downgrade(revision="0002")
    flask_migrate.upgrade()
    assert indexed() == kept
    assert len(found("common")) == 120
