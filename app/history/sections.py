"""Bringing one section of an earlier text into another text, at the section of the same title."""

from __future__ import annotations

from app.core.errors import NotFound
from app.texts.outline import Section, outline
from app.texts.text import usual_newline

ENDS = ("\r", "\n")


def with_section(text: str, source: str, index: int) -> tuple[str, str]:
    """`text` with section number `index` (from 0) of `source` in it, and that section's title.

    It takes the place of the section with the same title, of several the one that comes at the same turn; without one
    it stands at the end. Nothing of either text is altered, newlines too. Raises `NotFound`.
    """
    offered = outline(source)
    if not 0 <= index < len(offered):
        raise NotFound("That version has no such section.")
    section = offered[index]
    brought = source[section.start : section.end]
    place = _counterpart(outline(text), offered, section)
    start, end = (place.start, place.end) if place else (len(text), len(text))
    before, after = text[:start], text[end:]
    # A heading stands on a line of its own, whatever the neighbours end in.
    if before and not before.endswith(ENDS):
        before += usual_newline(text)
    if after and not brought.endswith(ENDS):
        brought += usual_newline(text)
    return before + brought + after, section.title


def _counterpart(sections: list[Section], offered: list[Section], section: Section) -> Section | None:
    same = [other for other in sections if other.title == section.title]
    turn = sum(other.title == section.title for other in offered if other.start < section.start)
    return same[min(turn, len(same) - 1)] if same else None
