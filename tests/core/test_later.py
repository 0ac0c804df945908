"""What is made when it is first used."""

from __future__ import annotations

from app.core.later import Later, module, pattern


def test_it_is_made_by_its_first_use_and_kept() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("made")
        return "Text"

    text = Later(make)
    assert made == []
    assert [text.upper(), text.upper()] == ["TEXT", "TEXT"]
    assert made == ["made"]


def test_a_module_and_a_pattern_are_as_if_they_were_there() -> None:
    colours = module("colorsys")
    assert colours.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    digits = pattern("[0-9]+")
    assert (digits.findall("1 and 22"), digits.pattern) == (["1", "22"], "[0-9]+")
