"""Lines, and the newlines that a browser rewrites and a save gives back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.text import as_browser_sends, lines_of, restore_newlines, usual_newline
from tests.difficult import DIFFICULT_TEXTS

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "\n", "\r\n", "\r", "\u2028", "\x0b"]), max_size=30).map("".join)


@given(TEXTS)
def test_lines_make_up_the_text_and_end_in_a_newline(text):
    lines = lines_of(text)
    assert "".join(lines) == text
    assert all(line.endswith(("\r", "\n")) for line in lines[:-1])
    assert [line.rstrip("\r\n") for line in lines] == as_browser_sends(text).removesuffix("\n").split("\n")[
        : len(lines)
    ]


def test_only_three_kinds_of_newline_end_a_line():
    assert lines_of("a\u2028b\x0bc\x85d\re\r\nf\n\n") == ["a\u2028b\x0bc\x85d\r", "e\r\n", "f\n", "\n"]


@pytest.mark.parametrize(("text", "kind"), [("", "\n"), ("a\rb", "\r"), ("a\r\nb\r\nc\n", "\r\n")])
def test_the_usual_newline(text, kind):
    assert usual_newline(text) == kind


@given(TEXTS | st.sampled_from(list(DIFFICULT_TEXTS.values())))
def test_an_unchanged_text_comes_back_as_it_was(text):
    assert restore_newlines(as_browser_sends(text), text) == text


@given(TEXTS, TEXTS)
def test_only_newlines_are_given_back(original, submitted):
    restored = restore_newlines(as_browser_sends(submitted), original)
    assert as_browser_sends(restored) == as_browser_sends(submitted)


def test_each_kept_line_keeps_its_own_newline_and_a_new_one_gets_the_usual():
    original = "one\r\ntwo\rthree\nfour\r\nfive"
    assert restore_newlines("new\ntwo\nthree\nmore\nfive\n", original) == "new\r\ntwo\rthree\nmore\r\nfive\r\n"


def test_a_long_text_with_many_edits():
    rng = random.Random(3)
    lines = [f"line {number}" for number in range(30_000)]
    original = "".join(line + rng.choice(["\r\n", "\r\n", "\n"]) for line in lines)
    expected = lines_of(original)
    for place in range(10, 30_000, 150):
        lines[place], expected[place] = "edited", "edited\r\n"
    assert restore_newlines("\n".join([*lines, ""]), original) == "".join(expected)
