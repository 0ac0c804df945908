"""Words as a search compares them: accents, case and forms of presentation don't count, in any script."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.texts.folding import LONGEST_WORD, placed_words, places, words
from tests.difficult import DIFFICULT_TEXTS

SAME = {
    "case": ["Refund", "REFUND", "refund", "reFund"],
    "accents, composed and not": ["café", "cafe\u0301", "CAFÉ", "cafe"],
    "German": ["Straße", "STRASSE", "strasse", "STRAẞE"],
    "Turkish": ["İstanbul", "istanbul"],
    "Vietnamese": ["Việt", "Viet"],
    "Greek, with final sigma": ["Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    "Cyrillic": ["Ёлка", "елка"],
    "Arabic points and tatweel": ["أهلًا", "اهلا", "أهـــلا"],
    "Hebrew points": ["שָׁלוֹם", "שלום", "שלום\u200f"],
    "Persian joiner": ["می\u200cخواهم", "میخواهم"],
    "ligature": ["ﬁne", "fine"],
    "full width": ["ＡＢＣ１２", "abc12"],
    "half-width kana": ["ガギグ", "ｶﾞｷﾞｸﾞ"],
    "Hangul letters": ["한국어", unicodedata.normalize("NFD", "한국어")],
    "soft hyphen": ["hy\u00adphen", "hyphen"],
    "tones of skin": ["👍", "👍🏽"],
    "variant of an emoji": ["❤\ufe0f", "❤\ufe0e", "❤"],
    "stroke through a letter": ["a\u0338b", "ab"],
}  # fmt: skip
DIFFERENT = [("か", "が"), ("क", "क़"), ("कि", "कु"), ("resume", "resumes"), ("👍", "👎"), ("l", "ł"), ("ไป", "ใป")]


@pytest.mark.parametrize("forms", SAME.values(), ids=SAME)
def test_forms_of_the_same_word(forms: list[str]) -> None:
    assert len({tuple(words(form)) for form in forms}) == 1
    assert words(forms[0])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14-days action_framework it's", ["14", "days", "action", "framework", "it", "s"]),
        ("<b>bold</b> {{name}} a.b/c", ["b", "bold", "b", "name", "a", "b", "c"]),
        ("costs $5 or 5€", ["costs", "$", "5", "or", "5", "€"]),
        ("退款14天", ["退", "款", "14", "天"]),
        ("ผู้ช่วย", list("ผู้ช่วย")),
        ("질문에 답하세요", ["질문에", "답하세요"]),
        ("👩\u200d👩\u200d👧 ok👍", ["👩", "👩", "👧", "ok", "👍"]),
        ("🇫🇮 1\ufe0f\u20e3", ["🇫", "🇮", "1"]),
        ("│ cell ├── └ ■ │", ["cell", "■"]),
        ("Acme™ ℠x", ["acme", "x"]),
        ("सहायक हैं", ["सहायक", "हैं"]),
        (" \n\t.,;\x00\ud800\ue000", []),
    ],
)
def test_where_words_begin_and_end(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_word_counts_up_to_its_limit() -> None:
    long = "Fensterrahmenbeschlag" * 20
    assert words(long) == [long.lower()[:LONGEST_WORD]]
    assert words(f"é{long}") == [f"e{long.lower()}"[:LONGEST_WORD]]


def test_heaps_of_marks_are_cut_and_cost_no_more_than_other_texts() -> None:
    for heap in ("\u3099\u093c\u0301\u200d" * 64_000, "\u3099\u0640\u093c\u0640" * 64_000, "\u0301\u0327" * 128_000):
        assert words(f"a{heap}b c") == words(f"a{heap[:400]}b c")
        check_places(f"a{heap[:400]}b c{heap[:90]}")


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
def test_places_of_difficult_texts(text: str) -> None:
    check_places(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=sys.maxunicode), max_size=40))
def test_places_of_any_text(text: str) -> None:
    check_places(text)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("aé e\u0301ｶﾞか゛\u3099ᄒ\u1161\u11abㅏﬁ中-ل\u064b\u0640क\u093c\u200d👍🏽ß\n"), max_size=14)
)
def test_places_of_texts_whose_characters_join(text: str) -> None:
    check_places(text)


def check_places(text: str) -> None:
    """Word by word the same as the fast way, in order, and each place holds its word."""
    placed = list(placed_words(text))
    assert [word for word, _, _ in placed] == words(text)
    assert [(start, end) for _, start, end in placed] == places(text)
    assert all(0 <= start < end <= len(text) for _, start, end in placed)
    assert [start for _, start, _ in placed] == sorted(start for _, start, _ in placed)
    for word, start, end in placed:
        assert word in words(text[start:end])
