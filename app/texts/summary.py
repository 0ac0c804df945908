"""What changed between two states of an assistant, in one short sentence, from the values alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from app.texts.comparison import Changed, Comparison, compare
from app.texts.outline import Section, outline, sections_between
from app.texts.words import Segment

LONGEST = 300
MOST_SECTIONS = 3
LONGEST_TITLE = 40
# Changes of more characters are told by whole lines: twenty rewrites of the longest text stand in one list.
MOST_BY_WORDS = 50_000
# A text of more lines is no text of sections, and looking for them would take longer than all else.
MOST_LINES = 20_000

_LABELS = {
    "name": "name", "model": "model", "temperature": "temperature", "top_p": "top P",
    "reasoning_effort": "reasoning effort", "response_format": "answer format",
}  # fmt: skip
_TOOLS = {"code_interpreter": "code interpreter", "file_search": "file search"}

Fields = Mapping[str, Any]


def summary(before: Fields | None, after: Fields) -> str:
    """What changed from `before` to `after`, both as an assistant's JSON; at most `LONGEST` characters.

    Empty when nothing did. Without a `before` it is the first state there is.
    """
    if before is None:
        return "First version"
    parts = [*_instructions(before.get("instructions"), after.get("instructions")), *_settings(before, after)]
    text = _fitting(parts)
    return text[:1].upper() + text[1:]


def _settings(before: Fields, after: Fields) -> Iterator[str]:
    for field, label in _LABELS.items():
        old, new = before.get(field), after.get(field)
        if old != new:
            yield _value_change(label, _value(old), _value(new))
    if before.get("description") != after.get("description"):
        yield _appeared("description", before.get("description"), after.get("description"))
    yield from _tools(before.get("tools") or [], after.get("tools") or [])
    if before.get("tool_resources") != after.get("tool_resources"):
        yield "files of tools changed"
    if keys := _changed_keys(before.get("metadata") or {}, after.get("metadata") or {}):
        yield f"metadata changed: {_listed(keys, 'key')}"


def _instructions(before: str | None, after: str | None) -> Iterator[str]:
    if before == after:
        return
    if not before or not after:
        length = len(before or after or "")
        yield _appeared("instructions", before, after) + (f" ({length:,} characters)" if length else "")
        return
    comparison = compare(before, after, most_by_words=MOST_BY_WORDS)
    if all(change.is_newlines_only for change in comparison.changes):
        yield "instructions: only line endings changed"
        return
    sections = _touched(comparison, before, after)
    where = f" in {_listed(sections, 'section')}" if sections else ""
    yield f"instructions: {_amount(comparison)}{where}"


def _amount(comparison: Comparison) -> str:
    added, removed = comparison.added_characters, comparison.removed_characters
    signs = [f"+{added:,}"] * bool(added) + [f"\u2212{removed:,}"] * bool(removed)
    return f"{' '.join(signs)} {'character' if added + removed == 1 else 'characters'}"


def _touched(comparison: Comparison, before: str, after: str) -> list[str]:
    """The titles of the sections in which something was added, or only removed, in order and in quotes."""
    # Of the text before, only where something was only removed.
    old_sections, new_sections = cache(partial(_sections, before)), _sections(after)
    titles: dict[str, None] = {}
    old = new = 0
    for run in comparison.runs:
        if isinstance(run, Changed):
            added = any(segment.changed for segment in run.added_segments)
            found = (
                _over(new_sections, run.added_segments, new)
                if added
                else _over(old_sections(), run.removed_segments, old)
            )
            titles |= dict.fromkeys(_quoted(section.title) for section in found)
            old, new = old + sum(map(len, run.removed)), new + sum(map(len, run.added))
        else:
            length = sum(map(len, run.lines))
            old, new = old + length, new + length
    return list(titles)


def _sections(text: str) -> list[Section]:
    return outline(text) if max(text.count("\n"), text.count("\r")) <= MOST_LINES else []


def _over(sections: list[Section], segments: Sequence[Segment], start: int) -> Iterator[Section]:
    """The sections that the changed ones of `segments`, which begin at `start`, lie in or reach into."""
    for segment in segments:
        end = start + len(segment.text)
        if segment.changed:
            # An empty line in front belongs to the section before, which is not what was changed.
            first = start + len(segment.text) - len(segment.text.lstrip()) if segment.text.strip() else start
            yield from sections_between(sections, first, max(end, first + 1))
        start = end


def _tools(before: list[Any], after: list[Any]) -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    if added := [name for name in new if name not in old]:
        yield f"{'tool' if len(added) == 1 else 'tools'} added: {_listed(added, 'tool')}"
    if removed := [name for name in old if name not in new]:
        yield f"{'tool' if len(removed) == 1 else 'tools'} removed: {_listed(removed, 'tool')}"
    if changed := [name for name in old if name in new and old[name] != new[name]]:
        yield f"{'tool' if len(changed) == 1 else 'tools'} changed: {_listed(changed, 'tool')}"
    if before != after and not (added or removed or changed):
        yield "order of tools changed"


def _by_name(tools: list[Any]) -> dict[str, list[Any]]:
    """The tools by what people call them."""
    named: dict[str, list[Any]] = {}
    for tool in tools:
        function = tool.get("function") or {}
        name = _TOOLS.get(tool["type"]) or f"function {_cut(str(function.get('name')))}"
        named.setdefault(name, []).append(tool)
    return named


def _changed_keys(before: Fields, after: Fields) -> list[str]:
    return [_cut(key) for key in {**before, **after} if before.get(key) != after.get(key)]


def _value_change(label: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{_appeared(label, old, new)}: {new or old}"
    return f"{label} {old} to {new}" if old != new else f"{label} changed"


def _value(value: Any) -> str | None:
    """A field's value in a word or a number; None for one that isn't set."""
    match value:
        case None | "":
            return None
        case float() if value.is_integer():
            return str(int(value))
        case dict():
            return str(value.get("type"))
        case str():
            return _cut(value)
    return str(value)


def _appeared(label: str, before: str | None, after: str | None) -> str:
    """Whether a field was added, removed or changed."""
    verb = "changed" if before and after else "added" if after else "removed" if before else "emptied"
    return f"{label} {verb}"


def _fitting(parts: Sequence[str]) -> str:
    """As many of the parts as there is room for, and how many more there are."""
    whole = "; ".join(parts)
    shown = len(parts)
    while len(whole) > LONGEST:
        shown -= 1
        rest = len(parts) - shown
        whole = "; ".join([*parts[:shown], f"and {rest} more change{'s' if rest > 1 else ''}"])
    return whole


def _quoted(title: str) -> str:
    return f"“{_cut(title)}”"


def _cut(text: str) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _listed(items: Sequence[str], noun: str) -> str:
    shown = ", ".join(items[:MOST_SECTIONS])
    rest = len(items) - MOST_SECTIONS
    if rest <= 0:
        return shown
    return f"{shown} and {rest} more {noun}{'s' if rest > 1 else ''}"
