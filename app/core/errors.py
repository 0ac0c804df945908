"""The one family of errors that features raise. Doors translate them in `http.errors`; nothing here knows HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule.

    `param` is the path of the value in the API's notation (`tools[0].function.name`), or None for the body
    as a whole; `code` is the contract's error code; `message` is the sentence every door shows.
    """

    param: str | None
    code: str | None
    message: str


class GreenroomError(Exception):
    """The parent of every error a person or a script can act on.

    `message` is a whole sentence; `code` is the contract's error code, where it has one.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Invalid(GreenroomError):
    """What was given breaks a rule. Nothing was written. `faults` has at least one entry, worst first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message)
        self.faults = tuple(faults)

    @classmethod
    def one(cls, param: str | None, code: str | None, message: str) -> Invalid:
        """The common case of a single fault."""
        return cls([Fault(param, code, message)])


class NotFound(GreenroomError):
    """The thing does not exist for whoever asks."""


class Forbidden(GreenroomError):
    """The actor is known and may see this, but may not do it."""


class Conflict(GreenroomError):
    """Somebody else changed the thing first. `current` is its state now, for the page that explains."""

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current
