"""Finding and replacing: literal, exact to the character, with any newline, and as the editor's find panel does it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.replacing import changing_hits, folded, hits, replaced, wanted
from app.texts.text import as_browser_sends
from tests.difficult import DIFFICULT_TEXTS

TEXTS = st.text(st.sampled_from(list("aAbBß İıſsSKkéÉ\u0301_-\r\n中😀ﬁΣσς")), max_size=40)


def replace_all(text: str, find: str, replacement: str, **options: bool) -> str:
    what = wanted(find, replacement, **options)
    return replaced(text, what, hits(text, what))


@pytest.mark.parametrize(
    ("text", "find", "options", "expected"),
    [
        ("Refund and refund", "refund", {}, "X and X"),
        ("Refund and refund", "refund", {"match_case": True}, "Refund and X"),
        ("a.b*c axb", "a.b*c", {}, "X axb"),
        ("aaaa aaa", "aa", {}, "XX Xa"),
        ("cat concat cat_ cats cat", "cat", {"whole_words": True}, "X concat cat_ cats X"),
        ("l’assistant d'un", "assistant", {"whole_words": True}, "l’X d'un"),
        ("e\u0301t e", "e", {"whole_words": True}, "e\u0301t X"),
        ("costs $5, $50", "$5", {"whole_words": True}, "costs X, $50"),
        ("aXaXa", "axa", {"whole_words": True}, "aXaXa"),
        ("ÉTÉ été", "été", {}, "X X"),
        ("ΟΔΟΣ οδος", "οδοσ", {}, "X X"),
        ("Straße STRASSE STRAẞE", "straße", {}, "X STRASSE X"),
        ("İstanbul ISTANBUL", "istanbul", {}, "İstanbul X"),
        ("ﬁne FINE ßß ß", "fine", {}, "ﬁne X ßß ß"),
        ("退款 14 天", "14", {}, "退款 X 天"),
        ("👩‍💻 codes", "👩‍💻", {}, "X codes"),
        ("none", "some", {}, "none"),
        ("", "some", {}, ""),
    ],
)
def test_what_is_found(text: str, find: str, options: dict[str, bool], expected: str) -> None:
    assert replace_all(text, find, "X", **options) == expected


@pytest.mark.parametrize(
    ("text", "find", "replacement", "expected"),
    [
        ("a\r\nb\nc", "a\nb", "x\ny", "x\r\ny\nc"),
        ("a\r\nb\r\nc", "a\r\nb", "x\ny\nz", "x\r\ny\r\nz\r\nc"),
        ("a\rb", "a\nb", "x\ny", "x\ry"),
        ("one two\r\n", "one", "1\n2", "1\r\n2 two\r\n"),
        ("one two\n", "one", "1\r\n2", "1\n2 two\n"),
        ("a\r\n\r\nb", "\n\n", "\n", "a\r\nb"),
        ("a  \r\nb  \n", "  \n", "\n", "a\r\nb\n"),
        ("a\r\nb", "\n", " ", "a b"),
    ],
)
def test_kinds_of_newline_do_not_count_and_are_kept(text: str, find: str, replacement: str, expected: str) -> None:
    assert replace_all(text, find, replacement) == expected


def test_a_hit_that_is_left_out_stays() -> None:
    what = wanted("a", "b")
    first, _, third = hits("a-a-a", what)
    assert replaced("a-a-a", what, [first, third]) == "b-a-b"


def test_what_reads_as_the_replacement_already_is_no_change() -> None:
    what = wanted("OpenAI", "OpenAI")
    assert [tuple(place) for place in changing_hits("openai OpenAI OPENAI", what)] == [(0, 6), (14, 20)]


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
def test_everything_around_a_hit_stays_exactly(text: str) -> None:
    assert replace_all(f"{text}\u241e{text}", "\u241e", "X", match_case=True) == f"{text}X{text}"
    assert replace_all(text, "\u241e", "X") == text


@given(TEXTS)
def test_folding_moves_nothing(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


@given(TEXTS, TEXTS, st.booleans(), st.booleans())
def test_hits_are_stretches_that_say_the_same(text: str, find: str, case: bool, words: bool) -> None:
    what = wanted(find, "X", match_case=case, whole_words=words)
    last = 0
    for start, end in hits(text, what):
        assert last <= start < end
        last = end
        found = as_browser_sends(text[start:end])
        assert found == as_browser_sends(find) if case else folded(found) == folded(as_browser_sends(find))


@given(TEXTS, st.text(st.sampled_from("aAbß中_"), min_size=1, max_size=3))
def test_matching_case_without_newlines_is_the_plain_replacement(text: str, find: str) -> None:
    assert replace_all(text, find, "X", match_case=True) == text.replace(find, "X")


@given(TEXTS)
def test_the_same_kinds_of_newline_are_left(text: str) -> None:
    """A newline that comes in place of one is of the same kind."""
    changed = replace_all(text, "\n", "¶\n")
    assert re.findall("\r\n|\r|\n", changed) == re.findall("\r\n|\r|\n", text)
