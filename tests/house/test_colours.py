"""The colours of `static/css/tokens.css` are far enough apart, in light and in dark. axe doesn't see borders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
PLAIN = dict(re.findall(r"--([\w-]+): (#\w{6});", TOKENS))
BOTH = {name: colours for name, *colours in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)}
SCHEMES = {"light": 0, "dark": 1}

GROUNDS = ("page", "surface", "sunken", "hover")
TONES = ("accent", "warning", "danger", "info")
# WCAG 1.4.3 for text, 1.4.11 for what shows where a field is and where the focus is.
TEXT, EDGE = 4.5, 3.0
PAIRS = [
    *((colour, ground, TEXT) for colour in ("text", "muted", "accent-strong", *TONES) for ground in GROUNDS),
    *((colour, f"{tone}-soft", TEXT) for tone in TONES for colour in (tone, "text")),
    *((f"on-{tone}", tone, TEXT) for tone in ("accent", "danger")),
    ("on-accent", "accent-strong", TEXT),
    *((colour, ground, EDGE) for colour in ("border", "focus", "danger") for ground in GROUNDS),
]


def test_browsers_without_light_dark_get_the_light_colours() -> None:
    assert {name: light for name, (light, _) in BOTH.items()} == PLAIN


def test_no_other_stylesheet_names_a_colour() -> None:
    sheets = (Path(__file__).resolve().parents[2] / "static" / "css").glob("*.css")
    named = {sheet.name for sheet in sheets if re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text())}
    assert named <= {"tokens.css", "print.css"}, "Colours are tokens: define them in tokens.css"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("colour", "ground", "least"), PAIRS)
def test_contrast(colour: str, ground: str, least: float, scheme: str) -> None:
    front, back = (BOTH[name][SCHEMES[scheme]] for name in (colour, ground))
    assert _contrast(front, back) >= least, f"--{colour} on --{ground} in {scheme}"


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """The relative luminance of a colour like #18211c, as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
