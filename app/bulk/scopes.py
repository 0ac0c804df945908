"""Who is meant by a change of many: all assistants, those that were ticked, or those a question of the list finds.

A scope is JSON data: `ids`, or `question` as the address of the list holds it, or neither for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from app.assistants.many import Chosen
from app.core.errors import Invalid
from app.search import service as search
from app.search.question import Question
from app.texts.text import unstorable

Scope = dict[str, Any]
MOST_IDS = 1_000
# What a question asks, in words before what was typed.
WORDS = {
    "query": "words",
    "model": "model",
    "tool": "tool",
    "metadata_key": "metadata",
    "metadata_value": "metadata value",
    "label": "label",
    "changed_by": "last changed by",
    "changed_since": "changed since",
}
FLAGS = {"unsaved": "unsaved changes", "retiring": "a model that retires"}


def of_address(args: MultiDict[str, str]) -> Scope:
    """The scope in an address or a form: `id` for each assistant, or the question of the list. Raises `Invalid`.

    `ticked` says that only assistants with a tick are meant, also where nobody has one.
    """
    if "id" in args or "ticked" in args:
        return {"ids": args.getlist("id")}
    question = Question.read(args)
    return {} if question.is_empty else {"question": question.as_args()}


def as_args(scope: Mapping[str, Any]) -> dict[str, Any]:
    """What `of_address` reads the scope from."""
    return {"id": scope["ids"]} if "ids" in scope else dict(scope.get("question", {}))


def check(scope: Mapping[str, Any]) -> None:
    """That the scope means somebody, by ids that can be looked for; raises `Invalid`."""
    ids = scope.get("ids")
    if ids is not None and not 0 < len(ids) <= MOST_IDS:
        message = f"Choose 1 to {MOST_IDS:,} assistants, or all that match." if ids else "Tick at least one assistant."
        raise Invalid.one("assistants", "invalid_value", message)
    for assistant_id in ids or ():
        if reason := unstorable(assistant_id):
            message = f"Invalid 'assistants': an id contains {reason}, which no assistant's has."
            raise Invalid.one("assistants", "invalid_value", message)


def chosen(scope: Mapping[str, Any], *, trashed: bool) -> Chosen:
    """The assistants a scope means; those in the trash have no list to ask."""
    question = scope.get("question")
    within = search.seqs(Question.read(question)) if question and not trashed else None
    return Chosen(trashed=trashed, ids=scope.get("ids"), within=within)


def told(scope: Mapping[str, Any]) -> str:
    """The scope in words."""
    if "ids" in scope:
        return f"{len(scope['ids']):,} ticked assistant{'s' if len(scope['ids']) != 1 else ''}"
    if question := scope.get("question"):
        asked = [f"{words} “{question[name]}”" for name, words in WORDS.items() if name in question]
        asked += [words for name, words in FLAGS.items() if name in question]
        return f"assistants that match: {', '.join(asked)}"
    return "all assistants"
