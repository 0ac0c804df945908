"""Reading a moment that somebody typed or sent: an ISO 8601 date and time, or Unix seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNIX = re.compile(r"-?[0-9]{1,11}")
# A plus sign that stands unescaped in an address arrives as a space.
_LOST_PLUS = re.compile(r"(?<=T)(.*) ([0-9]{2}:?[0-9]{2})")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<minute>[T ][0-9]{2}:[0-9]{2}(?P<second>:[0-9]{2}(?P<part>[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def read_moment(text: str, *, first: bool = False) -> datetime:
    """The last instant of what `text` names: of a second, a minute or a day, in UTC unless it gives a zone.

    So what happened within the minute a page shows is in. With `first` it is the first instant. Raises ValueError.
    """
    try:
        if _UNIX.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC) + _last_instant(timedelta(seconds=1), first)
        found = _ISO.fullmatch(_LOST_PLUS.sub(r"\1+\2", text))
        if found is None:
            raise ValueError(f"{text!r} is no moment")
        moment = datetime.fromisoformat(found[0])
        unit = timedelta(seconds=1) if found["second"] else timedelta(minutes=1) if found["minute"] else timedelta(1)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) + (timedelta() if found["part"] else _last_instant(unit, first))
    except (OverflowError, OSError):
        raise ValueError(f"{text!r} is beyond the calendar") from None


def _last_instant(unit: timedelta, first: bool) -> timedelta:
    """How long it is from the first instant of a unit to the one that is asked for."""
    return timedelta() if first else unit - timedelta(microseconds=1)
