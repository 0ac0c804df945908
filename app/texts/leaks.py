"""Things in a text that look like a secret: keys, tokens, passwords. What is found is never repeated in the message."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.later import pattern
from app.texts.notices import Kind, Notice, Span, counted, notice

# A made-up key such as "sk-xxxxxxxxxxxxxxxx" has fewer kinds of characters than this.
FEWEST_KINDS = 6

# Every repetition is bounded or of one class alone, so that no text can make these slow.
_KEY = pattern(
    r"(?<![\w-])(?:"
    r"sk-[\w-]{16,200}|gr_[A-Za-z0-9_-]{20,200}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{35}"
    r"|gh[opsur]_[A-Za-z0-9]{30,255}|github_pat_\w{30,255}|glpat-[\w-]{20,100}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,250}"
    r"|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}(?:\.[\w-]{0,2000})?"
    r")(?!\w)"
)
_BEARER = pattern(r"\b[Bb]earer[ \t]{1,3}(?P<value>[\w.~+/-]{20,2000}={0,2})")
_PRIVATE_KEY = pattern(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_NAMED = pattern(
    r"(?i:\b(?:pass(?:word|phrase|wd)|pwd|secret(?:[ _-]key)?|api[ _-]?key|access[ _-]?token|auth[ _-]?token)"
    r"[\"'`]?[ \t]{0,3}(?:[:=]|is)[ \t]{0,3}[\"'`]?)"
    r"(?P<value>[^\s\"'`<>{}\[\](),;]{6,200})"
)


def secrets_in(text: str) -> Iterator[Notice]:
    """One notice about everything in `text` that looks like a secret."""
    spans = sorted({*_keys(text), *_named_values(text)})
    apart = [span for before, span in zip([Span(0, 0), *spans], spans, strict=False) if span.start >= before.end]
    if apart:
        what = counted(len(apart), "place looks", "places look")
        message = f"{what} like a password or a key. Whoever talks to the assistant may get to read it."
        yield notice(Kind.LEAK, message, apart)


def _keys(text: str) -> Iterator[Span]:
    for match in _PRIVATE_KEY.finditer(text):
        yield Span(*match.span())
    for match in _KEY.finditer(text):
        if _is_varied(match[0]):
            yield Span(*match.span())
    for match in _BEARER.finditer(text):
        if _is_varied(match["value"]) and _mixes(match["value"]):
            yield Span(*match.span("value"))


def _named_values(text: str) -> Iterator[Span]:
    """What stands behind "password:" and the like, unless it is a word of the language."""
    for match in _NAMED.finditer(text):
        if _mixes(match["value"]):
            yield Span(*match.span("value"))


def _is_varied(value: str) -> bool:
    return len(set(value)) >= FEWEST_KINDS


def _mixes(value: str) -> bool:
    """Whether letters and digits stand together, as in few words."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))
