"""One row of a saved list: what it needs besides the fields of the specification. The words are `core.verdicts`'."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.assistants.identifiers import PATTERN
from app.assistants.spec import AssistantSpec
from app.core.errors import Fault, Invalid
from app.core.verdicts import faults_of, unstorable_faults, wrong_type
from app.exchange.filing import FOLDER, Filed
from app.exchange.report import LONGEST_NAME, legible

# The last second of the year 9999, the latest that calendars here can show.
LATEST = 253_402_300_799


class Head(BaseModel):
    """The keys an assistant has in a saved list and nobody can choose."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: Annotated[str, Field(pattern=f"^{PATTERN.pattern}$")]
    object: Literal["assistant"] = "assistant"
    created_at: Annotated[int, Field(ge=0, le=LATEST)]


@dataclass(frozen=True, slots=True)
class SavedAssistant:
    """A row that keeps every rule. `created_at` is in Unix seconds.

    `base` is the fingerprint of the state it was changed from, empty when that isn't known; None for one that may
    take the place of any other.
    """

    id: str
    created_at: int
    spec: AssistantSpec
    fingerprint: str
    base: str | None = None


def labels_of(row: Any) -> tuple[str | None, str | None]:
    """The id and the name to show for a row, whatever it holds. One that is no assistant is called after its file."""
    given = row.row if isinstance(row, Filed) else row if isinstance(row, dict) else {}
    shown = None if isinstance(row, Filed) and row.is_new else legible(given.get("id"), LONGEST_NAME)
    if isinstance(row, Filed) and row.faults:
        return shown, f"{FOLDER}/{row.file}"
    return shown, legible(given.get("name"), LONGEST_NAME)


def parse_row(row: Any) -> SavedAssistant:
    """The assistant in a row; raises `Invalid` with every fault."""
    if isinstance(row, Filed):
        if row.faults:
            raise Invalid(row.faults)
        return replace(parse_row(row.row), base=row.base)
    if not isinstance(row, dict):
        raise Invalid([wrong_type(None, "an object", row)])
    faults: list[Fault] = []
    try:
        head = _head({key: row[key] for key in Head.model_fields if key in row})
    except Invalid as refusal:
        faults += refusal.faults
    try:
        spec = AssistantSpec.parse({key: value for key, value in row.items() if key not in Head.model_fields})
    except Invalid as refusal:
        faults += refusal.faults
    if faults:
        raise Invalid(faults)
    return SavedAssistant(head.id, head.created_at, spec, spec.fingerprint())


def _head(given: dict[str, Any]) -> Head:
    if faults := list(unstorable_faults(given)):
        raise Invalid(faults)
    try:
        return Head.model_validate(given)
    except ValidationError as error:
        raise Invalid(faults_of(error, given, lambda location: location)) from None
