"""What of a text is marked, and which passage of a long one is shown."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.texts.marking import LENGTH, Passage, hits, marked, passage
from app.texts.query import read_query
from tests.difficult import DIFFICULT_TEXTS
from tests.sample_words import prose


def marks(text: str, typed: str) -> list[str]:
    return [piece.text for piece in marked(text, read_query(typed).terms, 1_000) if piece.is_hit]


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("A refund, Refunds and a REFUND.", "refund", ["refund", "REFUND"]),
        ("A refund, Refunds.", "refun*", ["refund", "Refunds"]),
        ("in 14 days, in 14-days", '"14 days"', ["14 days", "14-days"]),
        ("two words, two w, two", '"two w"*', ["two words", "two w"]),
        ("Café cafe\u0301 CAFE", "cafe", ["Café", "cafe\u0301", "CAFE"]),
        ("refund refund in", '"refund in" refund', ["refund", "refund in"]),
        ("退款14天退", "退款 天", ["退款", "天"]),
        ("ok 👍🏽 👍", "👍", ["👍🏽", "👍"]),
        ("أجب بالعربية", "اجب", ["أجب"]),
        ("a without b", "a -b", ["a"]),
        ("nothing here", "else", []),
    ],
)
def test_what_is_marked(text: str, typed: str, expected: list[str]) -> None:
    assert marks(text, typed) == expected


def test_marking_changes_no_character_and_stops_at_a_bound() -> None:
    for text in DIFFICULT_TEXTS.values():
        pieces = marked(text, read_query("a the 1 é* 中").terms, 1_000)
        assert "".join(piece.text for piece in pieces) == text
        assert all(text[piece.start :].startswith(piece.text) for piece in pieces)
    assert [piece.is_hit for piece in marked("a a a a", read_query("a").terms, 2)] == [True, False, True, False]


def shown(found: Passage | None) -> str:
    assert found is not None
    text = "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in found.pieces)
    return f"{'…' if found.more_before else ''}{text}{'…' if found.more_behind else ''}"


def test_a_short_text_is_shown_whole() -> None:
    assert shown(passage("We refund all.", read_query("refund").terms)) == "We [refund] all."
    assert passage("We refund all.", read_query("else").terms) is None
    assert passage("", read_query("else").terms) is None


@pytest.mark.parametrize("length", [3_000, 60_000])
def test_the_passage_with_most_terms_is_shown(length: int) -> None:
    both = "Here is a zebra beside a yak, both calm."
    text = f"zebra {prose(random.Random(1), length)}\n\n{both} {prose(random.Random(2), length)} yak"
    found = passage(text, read_query("zebra yak").terms)
    assert shown(found).startswith("…Here is a [zebra] beside a [yak], both calm.")
    assert found is not None
    assert text.index("zebra beside") == found.hit
    assert sum(len(piece.text) for piece in found.pieces) <= LENGTH


def test_a_passage_begins_and_ends_between_words() -> None:
    text = "Lorem ipsum dolor " * 30 + "needle " + "sit amet consectetur " * 30
    words = shown(passage(text, read_query("needle").terms)).strip("…").split()
    assert {"[needle]", *text.split()} >= set(words)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("ab é中\n.,-_\u0301👍"), max_size=60), st.text(st.sampled_from('ab é中"*- '), max_size=9)
)
def test_any_passage_holds_a_mark_and_is_a_part_of_the_text(text: str, typed: str) -> None:
    terms = read_query(typed).terms
    found = passage(text * 20, terms)
    assert (found is None) == (not marks(text * 20, typed))
    if found:
        assert (text * 20)[found.pieces[0].start :].startswith("".join(piece.text for piece in found.pieces))
        assert any(piece.is_hit for piece in found.pieces)


@given(
    st.text("aAbB1 $.-\n_", max_size=40),
    st.lists(
        st.sampled_from(["a", "ab", "ab*", '"a b"', '"b a"*', "$", "1", "aa*", '"a $"', "b1"]), min_size=1, max_size=4
    ),
)
def test_plain_text_has_the_hits_of_any_other(text: str, typed: list[str]) -> None:
    terms = read_query(" ".join(typed)).terms
    # A letter of another script, which no term has, makes the whole text one that isn't plain.
    assert list(hits(text, terms)) == list(hits(f"{text} \u0444", terms))
