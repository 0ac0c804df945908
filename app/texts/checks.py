"""Checks of an assistant's text: what deserves a second look, said in a sentence, with the places it means.

They are deterministic, read the text a few times from end to end, and neither alter nor forbid anything. Odd characters
and things that look like secrets have modules of their own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from app.core.later import pattern
from app.texts.characters import odd_characters
from app.texts.leaks import secrets_in
from app.texts.notices import Kind, Notice, Span, counted, notice
from app.texts.outline import Lines, closing_tag, opening_tag, read_lines

# A repeated line such as "Answer in English." is often meant; a repeated paragraph seldom is.
SHORTEST_PARAGRAPH = 40
TOOL_NAMES = {"code_interpreter": "code interpreter", "file_search": "file search"}

_PARAGRAPH = pattern(r"[^\s](?:[^\r\n]|(?:\r\n|\r|\n)(?![ \t]*(?:[\r\n]|\Z)))*")
_LEFT_OVER = pattern(
    r"(?<![\w-])(?:TODO|FIXME|XXX|TBD)(?![\w-])"
    r"|\[(?i:insert|add|fill in|your|enter|placeholder|todo|tbd)\b[^\[\]\r\n]{0,100}\](?!\()"
    r"|\[[A-Z]{2,30}(?:[ _][A-Z]{1,30}){1,5}\](?!\()"
    r"|(?i:\blorem ipsum\b)"
)
_VARIABLE = pattern(r"\{\{[ \t]{0,9}[\w][\w. -]{0,60}\}\}")
_NAME = r"[^\W\d][\w.:-]{0,60}"
_TAG = pattern(rf"<(?P<end>/?)(?P<name>{_NAME})(?:[ \t][^<>\r\n]{{0,300}})?(?<!/)>")
_INLINE_CODE = pattern(r"`[^`\r\n]{1,300}`")
# Elements of HTML that need no closing tag.
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    "p", "li", "dt", "dd", "td", "th", "tr", "option",
})  # fmt: skip
_TOOL = pattern(r"(?i:\b(code[ _-]?interpreter|file[ _-]?search)\b)")
_FUNCTION = pattern(
    r"(?i:\b(?:functions?|tools?)[ \t]{1,3})`(?P<after>[A-Za-z0-9_-]{1,64})(?:\(\))?`"
    r"|`(?P<before>[A-Za-z0-9_-]{1,64})(?:\(\))?`(?i:[ \t]{1,3}(?:function|tool)\b)"
)


def check(text: str, tools: Collection[str] = (), functions: Collection[str] = ()) -> list[Notice]:
    """The notices about `text` for an assistant with these types of tools and these functions switched on."""
    lines = read_lines(text)
    return [
        *secrets_in(text),
        *_unclosed_fence(lines),
        *_tags(text, lines),
        *_left_overs(text),
        *_repeated_paragraphs(text),
        *_missing_tools(text, tools),
        *_missing_functions(text, tools, functions),
        *odd_characters(text),
    ]


def check_sampling(temperature: float, top_p: float) -> list[Notice]:
    """The notice about two settings that work against each other. The usual value of each is 1."""
    if temperature == 1 or top_p == 1:
        return []
    return [Notice(Kind.SAMPLING, "Temperature and top P are both changed. It is easier to tell what works with one.")]


def _unclosed_fence(lines: Lines) -> Iterator[Notice]:
    if line := lines.unclosed_fence:
        message = "A code block is opened and never closed. All that follows counts as code."
        yield notice(Kind.FENCE, message, [Span(line.start, line.start + len(line.text))])


def _tags(text: str, lines: Lines) -> Iterator[Notice]:
    """Tags without their other half: opened alone on a line, or closed anywhere."""
    unclosed: list[Span] = []
    unopened: list[Span] = []
    # Open tags by name, those alone on their line apart from those that may be a mere mention.
    alone: defaultdict[str, list[Span]] = defaultdict(list)
    inline: defaultdict[str, list[Span]] = defaultdict(list)
    for line in lines.outside_code:
        if "<" not in line.text:
            continue
        on_its_own = bool(opening_tag(line.text) or closing_tag(line.text))
        for tag in _TAG.finditer(_INLINE_CODE.sub(lambda code: " " * len(code[0]), line.text)):
            name, span = tag["name"], Span(line.start + tag.start(), line.start + tag.end())
            if name.lower() in _VOID:
                continue
            likely, other = (alone[name], inline[name]) if on_its_own else (inline[name], alone[name])
            if not tag["end"]:
                likely.append(span)
            elif likely or other:
                (likely or other).pop()
            else:
                unopened.append(span)
    for spans in alone.values():
        unclosed += spans
    yield from _tag_notices(text, unclosed, "never closed")
    yield from _tag_notices(text, unopened, "never opened")


def _tag_notices(text: str, spans: list[Span], fault: str) -> Iterator[Notice]:
    if spans:
        first = min(spans)
        more = f" and {counted(len(spans) - 1, 'other tag')} are" if len(spans) > 1 else " is"
        yield notice(Kind.TAG, f"{_quoted(text[first.start : first.end])}{more} {fault}.", spans)


def _left_overs(text: str) -> Iterator[Notice]:
    if spans := _spans(_LEFT_OVER, text):
        places = counted(len(spans), "place")
        yield notice(Kind.LEFT_OVER, f"{places} still to be filled in: {_quoted(_first(text, spans))}.", spans)
    if spans := _spans(_VARIABLE, text):
        message = (
            f"{counted(len(spans), 'template variable')}, {_quoted(_first(text, spans))} first. "
            "Nothing is put in their place here: the program that uses the text has to do it."
        )
        yield notice(Kind.VARIABLE, message, spans)


def _repeated_paragraphs(text: str) -> Iterator[Notice]:
    seen: set[str] = set()
    repeats = []
    for match in _PARAGRAPH.finditer(text):
        paragraph = match[0].rstrip()
        if len(paragraph) < SHORTEST_PARAGRAPH:
            continue
        if paragraph in seen:
            repeats.append(Span(match.start(), match.start() + len(paragraph)))
        seen.add(paragraph)
    if repeats:
        message = f"{counted(len(repeats), 'paragraph')} word for word as before: {_quoted(_first(text, repeats))}."
        yield notice(Kind.REPEATED, message, repeats)


def _missing_tools(text: str, tools: Collection[str]) -> Iterator[Notice]:
    mentions: defaultdict[str, list[Span]] = defaultdict(list)
    for match in _TOOL.finditer(text):
        tool = "file_search" if match[1][0] in "fF" else "code_interpreter"
        mentions[tool].append(Span(*match.span()))
    for tool, spans in sorted(mentions.items()):
        if tool not in tools:
            yield notice(Kind.TOOL, f"The text mentions {TOOL_NAMES[tool]}, which isn't switched on.", spans)


def _missing_functions(text: str, tools: Collection[str], functions: Collection[str]) -> Iterator[Notice]:
    known = {*functions, *tools, *TOOL_NAMES}
    mentions: defaultdict[str, list[Span]] = defaultdict(list)
    for match in _FUNCTION.finditer(text):
        group = "after" if match["after"] else "before"
        if match[group] not in known:
            mentions[match[group]].append(Span(*match.span(group)))
    for name, spans in mentions.items():
        yield notice(
            Kind.TOOL, f"The text mentions the function {_quoted(name)}, which the assistant doesn't have.", spans
        )


def _spans(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [Span(*match.span()) for match in pattern.finditer(text)]


def _first(text: str, spans: list[Span]) -> str:
    return text[spans[0].start : spans[0].end]


def _quoted(text: str, longest: int = 60) -> str:
    """The text in quotes, on one line and cut where it is long."""
    line = " ".join(text[: longest * 2].split())
    return f"“{line}”" if len(line) <= longest else f"“{line[: longest - 1].rstrip()}…”"
