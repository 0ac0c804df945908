"""What somebody types into the search field, read without ever refusing it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.texts.query import LONGEST, MOST_TERMS, MOST_WORDS, Query, Term, read_query

SHORTHAND = {
    "refund days": "refund|days",
    '"refund in 14 days" -free': "refund in 14 days|-free",
    "refun* -\"no w*\" -non*": "refun*|-no w|-non*",
    '"two wor"*': "two wor*",
    '-"two words"': "-two words",
    "14-days action_framework": "14 days|action framework",
    "中文* 退款": "中 文*|退 款",
    "Ｒéfund REFUND refund": "refund",
    "“curly quotes” «others»": "curly quotes|others",
    "don't": "don t",
    '"left open at the end': "left open at the end",
    'a" b': "a|b",
    'left"over "': "left|over",
    "AND OR NOT NEAR(a b, 2) x AND (y": "and|or|not|near a|b|2|x|y",
    "name:refund ^refund {a}: b": "name refund|refund|a|b",
    "a-* a** a*b *a cafe\u0301*": "a|a*|a b|cafe*",
    "- -- --a - a -* *": "a",
    "$5 -$5 -👍": "$ 5|-$ 5|-👍",
    "x'; DROP TABLE assistants; --": "x|drop|table|assistants",
    "100% a_b \\ % _": "100|a b",
    "a\x00b \ud800 c": "a b|c",
    "": "",
    '"" " ** - .': "",
}  # fmt: skip


def shown(query: Query) -> str:
    def one(term: Term) -> str:
        return term.folded + ("*" if term.is_begin else "")

    return "|".join([*map(one, query.terms), *(f"-{one(term)}" for term in query.without)])


@pytest.mark.parametrize(("typed", "read"), SHORTHAND.items())
def test_what_is_typed_and_what_is_read(typed: str, read: str) -> None:
    query = read_query(typed)
    assert shown(query) == read
    assert query.is_empty == (read == "")
    assert not query.is_cut


def test_ten_thousand_characters_are_a_question_like_any_other() -> None:
    assert shown(read_query("ab " * (LONGEST // 3))) == "ab"
    many = read_query(" ".join(f"w{number}" for number in range(MOST_TERMS + 1)))
    assert (len(many.terms), many.is_cut) == (MOST_TERMS, True)
    assert not read_query(" ".join(f"w{number}" for number in range(MOST_TERMS)) + " w1").is_cut
    assert read_query("x" * (LONGEST + 1)).is_cut
    phrase = "ab " * MOST_WORDS
    assert not read_query(f'"{phrase}"').is_cut
    assert shown(read_query(f'"{phrase} ab" cd')) == "cd"
    assert read_query(f'"{phrase} ab" cd').is_cut


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text(st.sampled_from("ab \"*-–\u0301é中\n()'\\"), max_size=30))
def test_nothing_is_refused(typed: str) -> None:
    query = read_query(typed)
    assert all(term.words for term in (*query.terms, *query.without))


def test_whether_a_term_is_in_folded_words() -> None:
    text = " the refund comes in 14 days "
    assert Term(("refund",)).is_in(text)
    assert Term(("in", "14"), is_begin=True).is_in(text)
    assert Term(("in", "14", "da"), is_begin=True).is_in(text)
    assert not Term(("in", "14", "da")).is_in(text)
    assert not Term(("efund",), is_begin=True).is_in(text)
