"""The whole question of a list: words and filters, as the address bar holds them. `service` answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Invalid
from app.core.moments import read_moment
from app.texts.query import Query, read_query
from app.texts.text import unstorable

# What is written into a text field, and so may hold anything.
TEXTS = ("model", "tool", "metadata_key", "metadata_value", "label", "changed_by", "changed_since")
FLAGS = ("unsaved", "retiring")
NAMES = ("query", *TEXTS, *FLAGS)
NO = {"", "0", "false", "no", "n"}
YES = {"1", "true", "yes", "y", "on"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. What is empty doesn't matter; all else has to hold.

    `tool` is a tool's type, `changed_by` the name of whoever changed an assistant last. `changed_since` is a day or a
    moment in ISO 8601, or Unix seconds, read as UTC unless it names a zone. `retiring` means those whose model is, or
    will be, switched off.
    """

    query: str = ""
    model: str = ""
    tool: str = ""
    metadata_key: str = ""
    metadata_value: str = ""
    label: str = ""
    changed_by: str = ""
    changed_since: str = ""
    unsaved: bool = False
    retiring: bool = False

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Question:
        """The question in an address; raises `Invalid` with a sentence for what can't be asked."""
        if not args:
            return EVERYTHING
        texts = {name: args.get(name, "") for name in TEXTS}
        unsaved, retiring = (_is_set(args.get(name, ""), name) for name in FLAGS)
        question = cls(query=args.get("query", ""), **texts, unsaved=unsaved, retiring=retiring)
        for name, text in texts.items():
            if reason := unstorable(text):
                raise Invalid.one(name, "invalid_value", f"Invalid '{name}': it contains {reason}, which nothing has.")
        if question.metadata_value and not question.metadata_key:
            message = "A value of metadata is looked for under its key. Give the key, too."
            raise Invalid.one("metadata_value", "invalid_value", message)
        question.since()
        return question

    def as_args(self) -> dict[str, str]:
        """The question as an address holds it, without what is empty."""
        given = {name: getattr(self, name) for name in NAMES}
        return {name: "y" if value is True else value for name, value in given.items() if value}

    @property
    def is_empty(self) -> bool:
        """Nothing is asked, so everything is meant."""
        return self == EVERYTHING

    @property
    def is_ranked(self) -> bool:
        """There are words that one assistant may fit better than another."""
        return bool(self.words().terms)

    @property
    def has_filters(self) -> bool:
        return bool(self.as_args().keys() - {"query"})

    def words(self) -> Query:
        return read_query(self.query)

    def since(self) -> datetime | None:
        """The first moment of `changed_since`; raises `Invalid`."""
        if not self.changed_since.strip():
            return None
        try:
            return read_moment(self.changed_since.strip(), first=True)
        except ValueError:
            message = "Give a day or a moment, such as 2026-11-22 or 2026-11-22T10:00. It is read as UTC."
            raise Invalid.one("changed_since", "invalid_value", message) from None


def _is_set(text: str, name: str) -> bool:
    if text.casefold() not in YES | NO:
        raise Invalid.one(name, "invalid_value", f"Invalid '{name}': give 'true' or 'false', or leave it out.")
    return text.casefold() in YES


EVERYTHING = Question()
