"""What takes long to make or to load, and is not needed by everybody: made when something of it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, cast


class Later:
    """Stands for what `make` makes."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._make(), name)
        # From now on it is asked without this way round.
        setattr(self, name, found)
        return found


def module(name: str) -> Any:
    """A module that is loaded by its first use."""
    return Later(partial(import_module, name))


def pattern(expression: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression that is compiled by its first use: one with many characters takes a millisecond or more."""
    return cast("re.Pattern[str]", Later(partial(re.compile, expression, flags)))
