"""Comparisons are exact, readable, and finish whatever the texts are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.comparison import Changed, Folded, Same, compare
from tests import sample_words
from tests.difficult import DIFFICULT_TEXTS

LONGEST = 256_000
WORDS = [
    "refund",
    "the",
    "Order",
    "42",
    "0.5",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    ".",
    "don't",
    "返金",
    "é",
    "e\u0301",
    "👍🏽",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map("".join) | st.text()


def check(before: str, after: str):
    """A comparison from which both texts can be had again."""
    comparison = compare(before, after)
    assert comparison.before == before
    assert comparison.after == after
    old = new = 1
    for run in comparison.runs:
        assert (run.before, run.after) == (old, new)
        if isinstance(run, Same):
            old, new = old + len(run.lines), new + len(run.lines)
        else:
            old, new = old + len(run.removed), new + len(run.added)
            check_segments(run)
    return comparison


def check_segments(change: Changed) -> None:
    gone, come = change.removed_segments, change.added_segments
    assert "".join(segment.text for segment in gone) == "".join(change.removed)
    assert "".join(segment.text for segment in come) == "".join(change.added)
    kept = ["".join(segment.text for segment in side if not segment.changed) for side in (gone, come)]
    if not change.is_whole:
        assert len(kept[0]) <= sum(map(len, change.removed))
    for lines, cut in ((change.removed, change.removed_lines()), (change.added, change.added_lines())):
        assert tuple("".join(segment.text for segment in line) for line in cut) == lines


def edited(text: str, count: int, rng: random.Random) -> str:
    for _ in range(count):
        place = rng.randrange(len(text) - 20)
        text = text[:place] + rng.choice(["never", "ask twice", "Monday"]) + text[place + rng.randint(0, 12) :]
    return text[:LONGEST]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_had_again(before, after):
    check(before, after)


@given(TEXTS)
def test_equal_texts_have_no_changes(text):
    assert check(text, text).changes == ()


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts(text):
    for other in ("", text + "x", "x" + text, text[1:], text.replace(" ", "\n"), text * 3):
        check(text, other)
        check(other, text)


def test_words_inside_a_line():
    (change,) = check("Refund within 14 days.\n", "Refund within 30 working days.\n").changes
    assert [(part.text, part.changed) for part in change.removed_segments] == [
        ("Refund within ", False), ("14", True), (" days.\n", False),
    ]  # fmt: skip
    assert [(part.text, part.changed) for part in change.added_segments] == [
        ("Refund within ", False), ("30 working", True), (" days.\n", False),
    ]  # fmt: skip
    assert (change.removed_characters, change.added_characters) == (2, 10)
    assert change.summary == "Line 1 changed"


def test_neighbouring_words_are_one_change():
    (change,) = check(
        "Ask the guest for a room and tell the desk.", "Ask the guest for my suite and tell the desk."
    ).changes
    assert [part.text for part in change.added_segments if part.changed] == ["my suite"]


def test_what_was_kept_behind_joined_words_is_no_change():
    (change,) = check("Refund 14 days after one parcel.", "Refund 30 working days after two parcel.").changes
    assert [part.text for part in change.removed_segments if part.changed] == ["14", "one"]
    assert [part.text for part in change.added_segments if part.changed] == ["30 working", "two"]


def test_characters_where_no_spaces_are_written():
    (change,) = check("返金は十四日以内です。", "返金は十九日以内です。").changes
    assert [part.text for part in change.removed_segments if part.changed] == ["四"]


@pytest.mark.parametrize("whole", ["👩‍👩‍👧‍👦", "e\u0301", "🇫🇮", "葛\U000e0100", "❤\ufe0f"])
def test_a_character_of_many_code_points_is_never_cut(whole):
    (change,) = check(f"one two three {whole} four", f"one two three {whole[0]} four").changes
    assert [part.text for part in change.removed_segments if part.changed] == [whole]


def test_a_rewrite_is_shown_whole():
    (change,) = check("Greet every guest by name.\n", "Say nothing before noon, whoever asks.\n").changes
    assert change.is_whole
    assert change.summary == "Line 1 changed"


@pytest.mark.parametrize(("before", "after"), [("a\nb\n", "a\r\nb\n"), ("a\rb", "a\nb"), ("a\nb", "a\nb\n")])
def test_a_change_of_newline_is_told(before, after):
    (change,) = check(before, after).changes
    assert change.is_newlines_only
    assert change.summary.endswith("only the line endings changed")


def test_a_change_of_words_is_not_one_of_newlines():
    (change,) = check("a\nb\n", "a\nc\r\n").changes
    assert not change.is_newlines_only


def test_added_and_removed_lines_say_so():
    assert [change.summary for change in check("a\nb\n", "a\nx\ny\nb\n").changes] == ["Lines 2 to 3 added"]
    assert [change.summary for change in check("a\nb\nc\n", "a\nc\n").changes] == ["Line 2 removed"]


def test_unchanged_lines_far_from_a_change_are_folded():
    before = [f"line {number}\n" for number in range(1, 41)]
    after = [*before[:19], "changed\n", *before[20:]]
    runs = list(compare("".join(before), "".join(after)).folded(context=2))
    assert runs[0] == Folded(17, 1, 1)
    assert runs[1] == Same(("line 18\n", "line 19\n"), 18, 18)
    assert isinstance(runs[2], Changed)
    assert runs[3] == Same(("line 21\n", "line 22\n"), 21, 21)
    assert runs[4] == Folded(18, 23, 23)


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_folding_hides_only_what_is_equal(before, after, context):
    comparison = compare(before, after)
    lines = sum(run.count if isinstance(run, Folded) else len(run.lines) for run in comparison.folded(context)
                if not isinstance(run, Changed))  # fmt: skip
    assert lines == sum(len(run.lines) for run in comparison.runs if isinstance(run, Same))
    assert [run for run in comparison.folded(context) if isinstance(run, Changed)] == list(comparison.changes)
    assert all(run.count > 1 for run in comparison.folded(context) if isinstance(run, Folded))


def prose(seed: int) -> str:
    return sample_words.prose(random.Random(seed), LONGEST)


RNG = random.Random(17)
LONG = {
    "scattered edits": (prose(1), edited(prose(1), 200, RNG)),
    "rewrite": (prose(1), prose(2)),
    "one line": (prose(1).replace("\n", " "), edited(prose(1), 200, RNG).replace("\n", " ")),
    "one line rewritten": (prose(1).replace("\n", " "), prose(2).replace("\n", " ")),
    "newlines against alternating lines": ("\n" * LONGEST, "\na\n" * (LONGEST // 3)),
    "two kinds of short lines": ("".join(RNG.choices(["a\n", "b\n"], k=LONGEST // 2)), "a\nb\nb\n" * (LONGEST // 6)),
    "every second line": (
        "".join(f"{n}\n" for n in range(40_000)), "".join(f"{n}{'x' * (n % 2)}\n" for n in range(40_000)),
    ),
    "newlines against lines": ("\n" * LONGEST, "a\n" * (LONGEST // 2)),
    "one character": ("a" * LONGEST, "a" * (LONGEST - 1) + "b"),
    "punctuation": ("".join(RNG.choices("!?.", k=LONGEST)), "".join(RNG.choices("!?.", k=LONGEST))),
    "no spaces": ("".join(RNG.choices("返金対応", k=LONGEST)), "".join(RNG.choices("返金対応", k=LONGEST))),
    "emptied": (prose(1), ""),
}  # fmt: skip


@pytest.mark.parametrize("texts", LONG.values(), ids=LONG)
def test_the_longest_texts_finish(texts):
    check(*texts)


def test_scattered_edits_in_one_line_are_found():
    (change,) = check(*LONG["one line"]).changes
    assert change.added_characters < 10_000


def test_a_change_in_more_places_than_anybody_reads_is_whole():
    (change,) = check("a " * 100_000, "a b " * 50_000).changes
    assert change.is_whole
    (change,) = check("a " * 100_000, "a " * 50_000 + "b " + "a " * 49_999).changes
    assert not change.is_whole


def test_changes_beyond_what_may_be_compared_by_words_are_whole():
    before = "one two three four five six\n" + "alpha beta gamma delta epsilon\n" * 100
    changed = compare(before, before.replace("two", "2").replace("beta", "b"), most_by_words=100).changes
    assert [change.is_whole for change in changed] == [True]
    apart = compare(before, before.replace("two", "2"), most_by_words=100).changes
    assert [change.is_whole for change in apart] == [False]
    # What both begin and end with costs nothing.
    line = "word " * 1_000
    assert not compare(line + "one", line + "two words", most_by_words=100).changes[0].is_whole
