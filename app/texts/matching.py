"""Which items two sequences have in common, in order: the matcher under comparison, merge and restored newlines.

The answer is a longest common subsequence wherever the work for one is within `CELLS`. Where it isn't, the sequences
are first pinned together at runs of items that occur once on each side, the longest runs first; what is still too
large between two pins counts as replaced. So the work stays within about `len * sqrt(CELLS)` cells, whatever the texts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from app.core import later

if TYPE_CHECKING:
    from rapidfuzz import distance
else:
    distance = later.module("rapidfuzz.distance")

# One cell is one item of one side against one of the other; 64 of them cost one step, and a cell needs one bit.
CELLS = 64_000_000
# Lengths of the runs that pin two long sequences together.
PINS = (32, 8, 1)


class Block(NamedTuple):
    """`size` items, equal on both sides, from these two places."""

    before: int
    after: int
    size: int


class Edit(NamedTuple):
    """Items `start` to `end` became items `new_start` to `new_end`; either may be empty, never both."""

    start: int
    end: int
    new_start: int
    new_end: int


def matching_blocks(before: Sequence[str], after: Sequence[str]) -> list[Block]:
    """The runs of equal items, in order and as long as they can be."""
    if len(before) * len(after) <= CELLS:
        codes = _codes({*before, *after})
        return list(_longest(_coded(before, codes), _coded(after, codes)))
    # An item that is on one side only can't match. Without those there is often little left to do.
    codes = _codes(set(before).intersection(after))
    old_places = [place for place, item in enumerate(before) if item in codes]
    new_places = [place for place, item in enumerate(after) if item in codes]
    old = _coded([before[place] for place in old_places], codes)
    new = _coded([after[place] for place in new_places], codes)
    return list(_joined(_put_back(_aligned(old, new, PINS), old_places, new_places)))


def edits(before: Sequence[str], after: Sequence[str]) -> list[Edit]:
    """What changed between the runs of equal items, in order. No two of them touch."""
    found = []
    start = new_start = 0
    for block in [*matching_blocks(before, after), Block(len(before), len(after), 0)]:
        if start < block.before or new_start < block.after:
            found.append(Edit(start, block.before, new_start, block.after))
        start, new_start = block.before + block.size, block.after + block.size
    return found


def _codes(items: set[str]) -> dict[str, str]:
    """A character for each item: as strings, sequences are fast to compare."""
    return {item: chr(code) for code, item in enumerate(items)}


def _coded(items: Sequence[str], codes: dict[str, str]) -> str:
    return "".join(map(codes.__getitem__, items))


def _longest(old: str, new: str) -> Iterator[Block]:
    """The blocks of a longest common subsequence."""
    for found in distance.Indel.opcodes(old, new).as_matching_blocks():
        if found.size:
            yield Block(found.a, found.b, found.size)


def shared_start(old: str, new: str) -> int:
    """How many characters both begin with."""
    return int(distance.Prefix.similarity(old, new))


def shared_end(old: str, new: str) -> int:
    """How many characters both end with."""
    return int(distance.Postfix.similarity(old, new))


def _aligned(old: str, new: str, pins: tuple[int, ...]) -> Iterator[Block]:
    head = shared_start(old, new)
    if head:
        yield Block(0, 0, head)
    old, new = old[head:], new[head:]
    tail = shared_end(old, new)
    yield from _moved(_between(old[: len(old) - tail], new[: len(new) - tail], pins), head, head)
    if tail:
        yield Block(head + len(old) - tail, head + len(new) - tail, tail)


def _between(old: str, new: str, pins: tuple[int, ...]) -> Iterator[Block]:
    """Like `_aligned`, for two sides whose ends differ."""
    if not old or not new:
        return
    if len(old) * len(new) <= CELLS:
        yield from _longest(old, new)
    elif pins:
        start = new_start = 0
        for place, new_place in [*_pinned(old, new, pins[0]), (len(old), len(new))]:
            yield from _moved(_aligned(old[start:place], new[new_start:new_place], pins[1:]), start, new_start)
            start, new_start = place, new_place


def _moved(blocks: Iterator[Block], before: int, after: int) -> Iterator[Block]:
    for block in blocks:
        yield Block(block.before + before, block.after + after, block.size)


def _pinned(old: str, new: str, length: int) -> list[tuple[int, int]]:
    """Places of runs of `length` items that occur once on each side: as many as come in the same order on both.

    Where such runs overlap in step, the first stands for all.
    """
    new_places = _single(new, length)
    pairs = [(place, new_places[run]) for run, place in _single(old, length).items() if run in new_places]
    chain = _rising(pairs)
    return chain[:1] + [place for last, place in pairwise(chain) if (last[0] + 1, last[1] + 1) != place]


def _single(items: str, length: int) -> dict[str, int]:
    """The place of each run that occurs once, in order."""
    places: dict[str, int] = {}
    for place in range(len(items) - length + 1):
        run = items[place : place + length]
        places[run] = -1 if run in places else place
    return {run: place for run, place in places.items() if place >= 0}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs, sorted by their first number, in which the second rises too."""
    lowest_ends: list[int] = []
    chain_ends: list[int] = []
    before: list[int] = []
    for index, (_, new_place) in enumerate(pairs):
        length = bisect_left(lowest_ends, new_place)
        before.append(chain_ends[length - 1] if length else -1)
        lowest_ends[length : length + 1] = [new_place]
        chain_ends[length : length + 1] = [index]
    chain = []
    index = chain_ends[-1] if chain_ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _put_back(blocks: Iterator[Block], old_places: list[int], new_places: list[int]) -> Iterator[Block]:
    """The blocks at the places that their items had before some were left out."""
    for before, after, size in blocks:
        start = 0
        for step in range(1, size + 1):
            if step < size and (
                old_places[before + step] - old_places[before + start]
                == new_places[after + step] - new_places[after + start]
                == step - start
            ):
                continue
            yield Block(old_places[before + start], new_places[after + start], step - start)
            start = step


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, with those that follow on each other as one."""
    last = Block(0, 0, 0)
    for block in blocks:
        if (last.before + last.size, last.after + last.size) == (block.before, block.after):
            last = Block(last.before, last.after, last.size + block.size)
            continue
        if last.size:
            yield last
        last = block
    if last.size:
        yield last
