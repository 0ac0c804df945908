"""A batch as a script asks for it, in JSON: what its body may hold. What then becomes of it is in `batch`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Fault, Invalid
from app.core.verdicts import faults_of, unstorable_faults
from app.exchange.batch import Batch
from app.exchange.rows import SavedAssistant, parse_row


class BatchRequest(BaseModel):
    """`based_on` and `delete` have fingerprints by id: of the state it was changed from, or must still be in."""

    model_config = ConfigDict(strict=True, extra="forbid")

    assistants: list[dict[str, Any]] = Field(default_factory=list)
    based_on: dict[str, str] = Field(default_factory=dict)
    delete: dict[str, str] = Field(default_factory=dict)
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and whether only to be told what would happen."""

    batch: Batch
    dry_run: bool


def read_wish(given: dict[str, Any]) -> Wish:
    """The batch in the body of a request; raises `Invalid` with every fault."""
    if faults := list(unstorable_faults({key: value for key, value in given.items() if key != "assistants"})):
        raise Invalid(faults)
    try:
        asked = BatchRequest.model_validate(given)
    except ValidationError as error:
        raise Invalid(faults_of(error, given, lambda location: location)) from None
    saved = [replace(each, base=asked.based_on.get(each.id, "")) for each in _saved(asked.assistants)]
    _check_ids(saved, asked.delete)
    return Wish(Batch(saved, list(asked.delete.items()), asked.force), asked.dry_run)


def _saved(rows: list[dict[str, Any]]) -> Iterator[SavedAssistant]:
    faults: list[Fault] = []
    for position, row in enumerate(rows):
        try:
            yield parse_row(row)
        except Invalid as refusal:
            faults += [_inside(f"assistants[{position}]", fault) for fault in refusal.faults]
    if faults:
        raise Invalid(faults)


def _inside(path: str, fault: Fault) -> Fault:
    return Fault(f"{path}.{fault.param}" if fault.param else path, fault.code, f"{path}: {fault.message}")


def _check_ids(saved: list[SavedAssistant], leaving: dict[str, str]) -> None:
    seen = set(leaving)
    for position, each in enumerate(saved):
        if each.id in seen:
            param = f"assistants[{position}].id"
            raise Invalid.one(param, "invalid_value", f"Invalid '{param}': '{each.id}' stands in this request twice.")
        seen.add(each.id)
