"""Two changes of one assistant put together: field by field, the instructions line by line.

Knows only values. Who the other was, how a place looks on the page and where a decision is kept is for the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.assistants.spec import AssistantSpec
from app.editing.values import Data, same
from app.texts.merge import Agreed, Conflict, merge

LABELS = {
    "name": "Name",
    "description": "Description",
    "model": "Model",
    "instructions": "Instructions",
    "tools": "Tools",
    "top_p": "Top P",
    "temperature": "Temperature",
    "reasoning_effort": "Reasoning effort",
    "tool_resources": "Files and vector stores",
    "metadata": "Metadata",
    "response_format": "Answer format",
}
# Fields whose keys are settled one by one.
PARTED = {"metadata", "tool_resources"}
RESOURCES = {"code_interpreter": "Files of the code interpreter", "file_search": "Vector stores of file search"}
# Places in the instructions that a person can still go through. Beyond that, neighbours are decided together.
MOST_PLACES = 200


class Choice(StrEnum):
    """What a person says about a place."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


class Side(StrEnum):
    """Where a field's merged value comes from."""

    MINE = "mine"
    THEIRS = "theirs"
    SAME = "same"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Place:
    """What both changed, each to something else. None as a value means that it isn't there.

    In the instructions `line` is where it was in the base, from 1. `base` is empty there, too, when neighbouring
    places are decided together.
    """

    field: str
    label: str
    base: Any
    mine: Any
    theirs: Any
    line: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is a stretch of the instructions, of which both can be kept, one after the other."""
        return self.line is not None

    @property
    def choices(self) -> tuple[Choice, ...]:
        both = self.is_text and bool(self.mine) and bool(self.theirs)
        return (Choice.MINE, Choice.THEIRS, Choice.BOTH) if both else (Choice.MINE, Choice.THEIRS)

    def chosen(self, choice: Choice) -> Any:
        if choice is Choice.BOTH:
            return Conflict(self.base, self.mine, self.theirs, self.line or 1).both
        return self.mine if choice is Choice.MINE else self.theirs


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """One field that at least one of the two changed. Its `places`, if any, are still to be decided."""

    field: str
    side: Side
    pieces: tuple[Any, ...]

    @property
    def label(self) -> str:
        return LABELS[self.field]

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Place))

    def value(self, chosen: Iterator[Any]) -> Any:
        """The field's merged value, with the next of `chosen` in each place."""
        settled = [next(chosen) if isinstance(piece, Place) else piece for piece in self.pieces]
        if self.field in PARTED and self.side is Side.TOGETHER:
            return {key: value for part in settled for key, value in part.items() if value is not None}
        if self.field == "instructions" and self.side is Side.TOGETHER:
            return "".join(settled) or None
        return settled[0]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What becomes of an assistant that two people changed at the same time."""

    theirs: Data
    fields: tuple[FieldMerge, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """All that is to be decided, in the order of the page."""
        return tuple(place for field in self.fields for place in field.places)

    def undecided(self, choices: Mapping[int, Choice]) -> list[int]:
        """The numbers, from 0, of the places for which there is no choice that can be made there."""
        return [number for number, place in enumerate(self.places) if choices.get(number) not in place.choices]

    def result(self, choices: Mapping[int, Choice]) -> Data:
        """The merged assistant as JSON, with a choice for each place. It may break a rule that neither side broke."""
        chosen = iter([_part(place, choices[number]) for number, place in enumerate(self.places)])
        return self.theirs | {field.field: field.value(chosen) for field in self.fields}


def meet(base: AssistantSpec, mine: AssistantSpec, theirs: AssistantSpec) -> Meeting:
    """My and their changes of `base`, put together."""
    was, my, their = base.as_json(), mine.as_json(), theirs.as_json()
    fields = [_merged(name, was[name], my[name], their[name]) for name in LABELS]
    return Meeting(their, tuple(field for field in fields if field))


def _merged(name: str, base: Any, mine: Any, theirs: Any) -> FieldMerge | None:
    if same(mine, theirs):
        return None if same(mine, base) else FieldMerge(name, Side.SAME, (mine,))
    if same(mine, base):
        return FieldMerge(name, Side.THEIRS, (theirs,))
    if same(theirs, base):
        return FieldMerge(name, Side.MINE, (mine,))
    if name == "instructions":
        return FieldMerge(name, Side.TOGETHER, tuple(_text_pieces(base or "", mine or "", theirs or "")))
    if name in PARTED:
        return FieldMerge(name, Side.TOGETHER, tuple(_parts(name, base, mine, theirs)))
    return FieldMerge(name, Side.TOGETHER, (Place(name, LABELS[name], base, mine, theirs),))


def _parts(name: str, base: Data, mine: Data, theirs: Data) -> Iterator[Any]:
    """Each key by itself: theirs in their order, then what only the others have."""
    for key in dict.fromkeys([*theirs, *mine, *base]):
        was, my, their = base.get(key), mine.get(key), theirs.get(key)
        if same(my, was) or same(my, their):
            yield {key: their}
        elif same(their, was):
            yield {key: my}
        else:
            label = f"Metadata “{key}”" if name == "metadata" else RESOURCES.get(key, key)
            yield Place(f"{name}.{key}", label, was, my, their)


def _part(place: Place, choice: Choice) -> Any:
    """A choice as it goes into its field: as a whole value, or as one key of it."""
    field, _, key = place.field.partition(".")
    return {key: place.chosen(choice)} if field in PARTED else place.chosen(choice)


def _text_pieces(base: str, mine: str, theirs: str) -> Iterator[str | Place]:
    pieces = merge(base, mine, theirs).pieces
    conflicts = sum(isinstance(piece, Conflict) for piece in pieces)
    together = -(-conflicts // MOST_PLACES)
    label = LABELS["instructions"]
    group: list[Agreed | Conflict] = []
    for piece in pieces:
        if isinstance(piece, Agreed) and not group:
            yield piece.text
            continue
        group.append(piece)
        if sum(isinstance(each, Conflict) for each in group) == together:
            yield _place(group, label)
            group = []
    if group:
        yield _place(group, label)


def _place(group: list[Agreed | Conflict], label: str) -> Place:
    """One place of several conflicts and what was agreed between them."""
    first = group[0]
    assert isinstance(first, Conflict)
    if len(group) == 1:
        return Place("instructions", label, first.base, first.mine, first.theirs, first.line)
    mine = "".join(piece.text if isinstance(piece, Agreed) else piece.mine for piece in group)
    theirs = "".join(piece.text if isinstance(piece, Agreed) else piece.theirs for piece in group)
    return Place("instructions", label, "", mine, theirs, first.line)
