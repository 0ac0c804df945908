"""The matcher: what it calls equal is equal, as much as can be, and it never works longer than it says."""

from __future__ import annotations

import random
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from app.texts import matching
from app.texts.matching import edits, matching_blocks

ITEMS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d\r\n"]), max_size=40)


def longest_common(before: list[str], after: list[str]) -> int:
    """The length of a longest common subsequence, by the textbook."""
    row = [0] * (len(after) + 1)
    for old in before:
        last = 0
        for place, new in enumerate(after, start=1):
            last, row[place] = row[place], last + 1 if old == new else max(row[place], row[place - 1])
    return row[-1]


def check(before: list[str], after: list[str]) -> int:
    """How many items match; each must, and in rising order."""
    end = new_end = 0
    for block in (blocks := matching_blocks(before, after)):
        assert block.size > 0
        assert block.before >= end
        assert block.after >= new_end
        end, new_end = block.before + block.size, block.after + block.size
        assert before[block.before : end] == after[block.after : new_end]
    return sum(block.size for block in blocks)


@given(ITEMS, ITEMS)
def test_as_much_matches_as_can(before, after):
    assert check(before, after) == longest_common(before, after)


@given(ITEMS, ITEMS)
def test_edits_lead_from_one_to_the_other_and_never_touch(before, after):
    result, last = [], 0
    for place, edit in enumerate(edits(before, after)):
        assert edit.start < edit.end or edit.new_start < edit.new_end
        assert edit.start > last or place == 0
        result += before[last : edit.start] + after[edit.new_start : edit.new_end]
        last = edit.end
    assert result + before[last:] == after


@given(ITEMS, ITEMS, st.integers(0, 300))
def test_a_small_bound_costs_length_but_never_truth(before, after, cells):
    original, matching.CELLS = matching.CELLS, cells
    try:
        check(before, after)
    finally:
        matching.CELLS = original


def test_pins_find_scattered_edits_in_a_sequence_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(matching, "CELLS", 10_000)
    rng = random.Random(2)
    before = [rng.choice("abcdefgh") for _ in range(20_000)]
    after = list(before)
    for place in range(50, 20_000, 200):
        after[place] = "changed"
    assert check(before, after) == 19_900


def test_moved_and_reversed_items_stay_within_the_bound(monkeypatch):
    monkeypatch.setattr(matching, "CELLS", 10_000)
    items = [str(number) for number in range(20_000)]
    assert check(items, items[10_000:] + items[:10_000]) == 10_000
    assert check(items, items[::-1]) >= 1


def test_shuffled_stretches_stay_in_order(monkeypatch):
    monkeypatch.setattr(matching, "CELLS", 10_000)
    stretches = [[f"{stretch} {number}" for number in range(200)] for stretch in range(60)]
    before = list(chain.from_iterable(stretches))
    random.Random(1).shuffle(stretches)
    assert check(before, list(chain.from_iterable(stretches))) >= 8 * 200


def test_more_kinds_of_items_than_the_basic_plane_has_code_points():
    items = [str(number) for number in range(100_000)]
    assert check(items, [*items[:1_000], "new", *items[1_001:]]) == 99_999
