"""The merge keeps what each side did, tells where they touch, and favours neither."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.merge import Agreed, Conflict, merge
from tests.difficult import DIFFICULT_TEXTS

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "\n", "\r\n", "\r", "d\n", "e\n"]), max_size=24).map("".join)


def lines(count: int) -> list[str]:
    return [f"line {number}\n" for number in range(count)]


def sides(rng: random.Random, base: list[str], gap: int) -> tuple[str, str, str]:
    """Edits of either side in turn, with at least `gap` untouched lines between, and all of them together."""
    mine, theirs, all_of_them = list(base), list(base), list(base)
    for turn, place in enumerate(range(len(base) - 2, 0, -gap - 3)):
        replacement = [f"new {turn} {step}\n" for step in range(rng.randint(0, 3))]
        removed = rng.randint(0 if replacement else 1, 2)
        for text in (all_of_them, mine if turn % 2 else theirs):
            text[place : place + removed] = replacement
    return "".join(mine), "".join(theirs), "".join(all_of_them)


@given(TEXTS, TEXTS)
def test_changes_of_one_side_come_through(base, changed):
    assert merge(base, changed, base).text() == changed
    assert merge(base, base, changed).text() == changed


@given(TEXTS, TEXTS)
def test_equal_changes_come_once(base, changed):
    assert merge(base, changed, changed).text() == changed


@given(TEXTS, TEXTS, TEXTS)
def test_a_conflict_holds_a_place_of_each_text_that_both_changed(base, mine, theirs):
    result = merge(base, mine, theirs)
    for conflict in result.conflicts:
        assert conflict.mine != conflict.theirs
        assert conflict.base not in (conflict.mine, conflict.theirs)
        assert conflict.mine in mine
        assert conflict.theirs in theirs
        assert conflict.base in base


@given(TEXTS, TEXTS, TEXTS)
def test_the_order_of_sides_only_swaps_the_roles(base, mine, theirs):
    swapped = merge(base, theirs, mine).pieces
    assert merge(base, mine, theirs).pieces == tuple(
        piece if isinstance(piece, Agreed) else Conflict(piece.base, piece.theirs, piece.mine, piece.line)
        for piece in swapped
    )


@given(st.randoms(use_true_random=False), st.integers(3, 80), st.integers(1, 4))
def test_disjoint_changes_both_come_through(rng, length, gap):
    base = lines(length)
    mine, theirs, together = sides(rng, base, gap)
    assert merge("".join(base), mine, theirs).text() == together


@given(TEXTS, TEXTS, TEXTS)
def test_agreed_pieces_never_follow_each_other(base, mine, theirs):
    pieces = merge(base, mine, theirs).pieces
    assert all(piece.text for piece in pieces if isinstance(piece, Agreed))
    assert not any(isinstance(one, Agreed) and isinstance(two, Agreed) for one, two in pairwise(pieces))


def test_neighbouring_lines_conflict():
    result = merge("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nC\nd\n")
    assert result.pieces == (Agreed("a\n"), Conflict("b\nc\n", "B\nc\n", "b\nC\n", 2), Agreed("d\n"))
    assert not result.is_clean
    assert result.text(["both of them\n"]) == "a\nboth of them\nd\n"


def test_two_insertions_at_one_place_conflict():
    (conflict,) = merge("a\nb\n", "a\nx\nb\n", "a\ny\nb\n").conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == ("", "x\n", "y\n")


def test_both_stand_on_lines_of_their_own():
    assert Conflict("", "x", "y", 1).both == "x\ny"
    assert Conflict("a\r\n", "x", "y\r\n", 1).both == "x\r\ny\r\n"
    assert Conflict("a", "", "y", 1).both == "y"


@pytest.mark.parametrize("choices", [[], ["a", "b"]])
def test_each_conflict_needs_a_choice(choices):
    with pytest.raises(ValueError, match="1 conflicts"):
        merge("a", "b", "c").text(choices)


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_come_through(text):
    middle = "".join(lines(10))
    base = f"start\n{middle}{text}"
    mine, theirs = f"my start\n{middle}{text}", f"start\n{middle}{text} and theirs"
    assert merge(base, mine, theirs).text() == f"my start\n{middle}{text} and theirs"


def test_a_hundred_edits_on_each_side_of_the_longest_text():
    base = [
        f"{number}: what to do when a guest asks for a refund, and whom to tell about it first\n"
        for number in range(2_900)
    ]
    rng = random.Random(4)
    mine, theirs, together = sides(rng, base, 12)
    assert len("".join(base)) > 230_000
    assert merge("".join(base), mine, theirs).text() == together
