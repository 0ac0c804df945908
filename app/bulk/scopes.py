"""Who is meant by a change of many: all assistants, those that were ticked, or those a question of the list finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

Scope = dict[str, Any]


def of_address(args: MultiDict[str, str]) -> Scope:
    """The scope that an address holds: `id` for each assistant, or the question of the list."""
    return {"ids": args.getlist("id")} if "id" in args else {}


def of_ticks(form: MultiDict[str, str]) -> Scope:
    """The same, of a form with ticks."""
    return {"ids": form.getlist("id")} if "id" in form else {}


def as_args(scope: Mapping[str, Any]) -> dict[str, Any]:
    """What `of_address` reads the scope from."""
    return {"id": scope["ids"]} if "ids" in scope else {}


def told(scope: Mapping[str, Any]) -> str:
    """The scope in words."""
    if "ids" in scope:
        return f"{len(scope['ids']):,} ticked assistant{'s' if len(scope['ids']) != 1 else ''}"
    return "all assistants"
