"""Doing a thing at most so often: once, then not again before its time, and never with a memory that grows."""

from __future__ import annotations

from datetime import timedelta

from app.core.sampling import Sampler


def test_a_thing_is_due_once() -> None:
    sampler = Sampler(timedelta(hours=1), most=10)
    assert [sampler.is_due(thing) for thing in (1, 2, 1, 2, 1)] == [True, True, False, False, False]


def test_a_thing_is_due_again_after_its_time() -> None:
    sampler = Sampler(timedelta(0), most=10)
    assert [sampler.is_due(1), sampler.is_due(1)] == [True, True]


def test_it_forgets_the_oldest() -> None:
    sampler = Sampler(timedelta(hours=1), most=3)
    assert all(sampler.is_due(thing) for thing in range(100))
    assert list(sampler.due_again) == [97, 98, 99]
    assert sampler.is_due(0)
