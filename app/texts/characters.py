"""Characters that people don't see, or take for others: found, named, and taken out when somebody asks for it.

Joiners stay unmentioned where a script or an emoji needs them, and direction marks where text runs right to left.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator

from app.core.later import pattern
from app.texts.notices import Kind, Notice, counted, notice

# Scripts whose letters change with a joiner or a non-joiner behind them: Arabic, Syriac, N'Ko, Indic, Burmese, Khmer …
_JOINING = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
# Scripts without spaces between words, which may mark where a line can break.
_BREAKING = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
_VARIANTS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e007f"
# The flags of England, Scotland and Wales are a black flag with tag characters behind it.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_INVISIBLE = pattern(
    rf"(?P<flag>{_FLAG})"
    "|[\u00ad\u034f\u180e\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]"
    rf"|(?<![{_BREAKING}])\u200b"
    rf"|(?<![{_JOINING}])\u200c"
    rf"|(?<![{_JOINING}{_EMOJI}])\u200d|(?<=[{_EMOJI}])\u200d(?![{_EMOJI}])"
    # Nothing needs two variation selectors in a row, or tags outside a flag; both can carry hidden text.
    rf"|[{_VARIANTS}]{{2,}}|[{_TAGS}]+"
)
_CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_SEPARATORS = "\x85\u2028\u2029"
_RIGHT_TO_LEFT = pattern("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_DIRECTION = pattern("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OVERRIDE = pattern("[\u202d\u202e]")
_NO_BREAK = pattern("[\u00a0\u2007\u202f]")
_LOST = pattern("\ufffd")
_CURLY = {
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u201f": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u201a": "'",
    "\u201b": "'",
}
_CURLY_QUOTE = pattern(f"[{''.join(_CURLY)}]")
_MOST_NAMES = 3
_NAMES = {
    "\u00ad": "soft hyphen", "\u200b": "zero width space", "\ufeff": "byte order mark",
    "\u202d": "left-to-right override", "\u202e": "right-to-left override",
}  # fmt: skip

CLEANABLE = (Kind.INVISIBLE, Kind.CONTROL, Kind.DIRECTION, Kind.NO_BREAK_SPACE, Kind.QUOTES)


def odd_characters(text: str) -> Iterator[Notice]:
    """A notice for each kind of odd character in `text`."""
    for kind, find, noun, meaning in _CHECKS:
        if places := [match.span() for match in find(text)]:
            names = _named(text, places) if kind in _NAMED else ""
            message = f"{counted(len(places), noun)}{names}. {meaning}"
            yield notice(kind, message, places)


def clean(text: str, kinds: Collection[str]) -> str:
    """`text` without the odd characters of `kinds`, which are some of `CLEANABLE`; nothing else is touched."""
    for kind, find, _, _ in _CHECKS:
        if kind in kinds and kind in CLEANABLE:
            text = _replaced(text, kind, find(text))
    return text


def _replaced(text: str, kind: Kind, matches: Iterator[re.Match[str]]) -> str:
    pieces = []
    last = 0
    for match in matches:
        pieces += [text[last : match.start()], _replacement(kind, match[0])]
        last = match.end()
    return "".join([*pieces, text[last:]])


def _replacement(kind: Kind, odd: str) -> str:
    if kind is Kind.NO_BREAK_SPACE:
        return " "
    if kind is Kind.QUOTES:
        return _CURLY[odd]
    return "\n" if odd in _LINE_SEPARATORS else ""


def _invisible(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _INVISIBLE.finditer(text) if not match["flag"])


def _direction(text: str) -> Iterator[re.Match[str]]:
    """Every mark of direction in a text that runs one way; in others only those that turn letters round."""
    return (_OVERRIDE if _RIGHT_TO_LEFT.search(text) else _DIRECTION).finditer(text)


def _mixed_quotes(text: str) -> Iterator[re.Match[str]]:
    return _CURLY_QUOTE.finditer(text) if '"' in text or "'" in text else iter(())


def _named(text: str, places: list[tuple[int, int]]) -> str:
    """What these characters are, the commonest first."""
    counts = Counter(text[start] for start, _ in places)
    names = [_name(character) for character, _ in counts.most_common(_MOST_NAMES)]
    rest = len(counts) - len(names)
    return f": {', '.join(names)}" + (f" and {rest} more" if rest else "")


def _name(character: str) -> str:
    return _NAMES.get(character) or unicodedata.name(character, f"U+{ord(character):04X}").lower()


_NAMED = (Kind.INVISIBLE, Kind.CONTROL, Kind.DIRECTION)
_CHECKS = (
    (Kind.INVISIBLE, _invisible, "invisible character", "People don't see them, a model reads them."),
    (Kind.CONTROL, _CONTROL.finditer, "control character", "They usually come along when text is copied."),
    (Kind.DIRECTION, _direction, "mark of writing direction", "They can make text look other than it is."),
    (Kind.NO_BREAK_SPACE, _NO_BREAK.finditer, "no-break space", "They look like spaces, but a search misses them."),
    (Kind.QUOTES, _mixed_quotes, "curly quote", "The text has straight quotes as well."),
    (Kind.LOST, _LOST.finditer, "lost character", "It was lost before the text came here and shows as \ufffd."),
)  # fmt: skip
