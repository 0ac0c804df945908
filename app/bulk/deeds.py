"""What can be done to many assistants at once: each deed with its rules, and what it makes of one assistant.

A deed comes from a form or a JSON object and is kept as one. Who is meant, and when it is done, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.assistants.labels import KEY as LABELS
from app.assistants.labels import labels_of, with_label, without_label
from app.assistants.spec import MODEL_LENGTH, NOTE_LENGTH, AssistantSpec, Temperature
from app.core.errors import Invalid
from app.core.verdicts import faults_of, missing, unstorable_faults, unsupported_value, written, wrong_type
from app.texts.notices import Span
from app.texts.replacing import Wanted, changing_hits, replaced, wanted

# Of what is looked for, and of what is put there: it stands in lists of batches, too.
LONGEST_FIND = 10_000
# So much of a text stands in a sentence about it.
LONGEST_QUOTE = 80
TEXT_FIELDS = ("name", "description", "instructions")
State = Mapping[str, Any]


class Deed(BaseModel):
    """What all deeds share. `reads` names the fields of an assistant that `hits` and `changes` look at."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    type: str
    reads: ClassVar[tuple[str, ...]] = ()
    # Whether it is done to what is in the trash.
    of_trash: ClassVar[bool] = False
    # Whether it only moves an assistant, in or out of the trash, and writes no version.
    moves: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What it does, as a heading."""
        raise NotImplementedError

    def note(self) -> str:
        """What the versions it writes say when nobody gave a reason."""
        return self.title[:NOTE_LENGTH]

    def hits(self, state: State) -> int:
        """How many places of this assistant it changes; 0 when it leaves it as it is."""
        return 1 if self.changes(state) else 0

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        """The fields it changes, as JSON values; without the hits in `left_out`, counted from 0."""
        raise NotImplementedError

    def holds(self) -> str | None:
        """A text that one of the fields in `reads` holds exactly wherever it changes anything; None where none is."""
        return None


class Replace(Deed):
    """Put one text in the place of another, in the chosen fields."""

    type: Literal["replace"]
    find: Annotated[str, Field(min_length=1, max_length=LONGEST_FIND)]
    replacement: Annotated[str, Field(max_length=LONGEST_FIND)]
    match_case: bool = False
    whole_words: bool = False
    fields: list[Literal["name", "description", "instructions"]] = Field(
        default=["name", "description", "instructions"]
    )

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(field for field in TEXT_FIELDS if field in self.fields)

    @property
    def title(self) -> str:
        new = f"with {quoted(self.replacement)}" if self.replacement else "with nothing"
        return f"Replace {quoted(self.find)} {new}"

    def wanted(self) -> Wanted:
        return wanted(self.find, self.replacement, match_case=self.match_case, whole_words=self.whole_words)

    def places(self, state: State) -> list[tuple[str, Span]]:
        """Every hit, in the order in which hits are counted: the field and the stretch of its text."""
        what = self.wanted()
        return [(field, place) for field in self.reads for place in changing_hits(state[field], what)]

    def hits(self, state: State) -> int:
        return len(self.places(state))

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        places, what = self.places(state), self.wanted()
        chosen: dict[str, list[Span]] = {}
        for number, (field, place) in enumerate(places):
            if number not in left_out:
                chosen.setdefault(field, []).append(place)
        return {field: replaced(state[field], what, spans) for field, spans in chosen.items()}

    def holds(self) -> str | None:
        return self.find if self.match_case and "\n" not in self.wanted().find else None


class SetModel(Deed):
    """Have a certain model answer."""

    type: Literal["model"]
    model: Annotated[str, Field(min_length=1, max_length=MODEL_LENGTH)]
    reads: ClassVar[tuple[str, ...]] = ("model",)

    @property
    def title(self) -> str:
        return f"Change the model to {self.model}"

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        return {"model": self.model} if state["model"] != self.model else {}


class Succeed(Deed):
    """Have the successors answer in place of models that retire: `models` maps one to the other."""

    type: Literal["successor"]
    models: dict[str, Annotated[str, Field(min_length=1, max_length=MODEL_LENGTH)]] = Field(default_factory=dict)
    reads: ClassVar[tuple[str, ...]] = ("model",)

    @property
    def title(self) -> str:
        if len(self.models) == 1:
            ((old, new),) = self.models.items()
            return f"Change the model {old} to its successor {new}"
        return "Change retiring models to their successors"

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        successor = self.models.get(state["model"])
        return {"model": successor} if successor else {}


class SetTemperature(Deed):
    """Set the temperature."""

    type: Literal["temperature"]
    temperature: Temperature
    reads: ClassVar[tuple[str, ...]] = ("temperature",)

    @property
    def title(self) -> str:
        return f"Set the temperature to {self.temperature:g}"

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        return {"temperature": self.temperature} if state["temperature"] != self.temperature else {}


class AddLabel(Deed):
    """Add a label to those that lack it."""

    type: Literal["add_label"]
    label: Annotated[str, Field(min_length=1)]
    reads: ClassVar[tuple[str, ...]] = ("metadata",)

    @property
    def title(self) -> str:
        return f"Add the label {quoted(self.label)}"

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        return _metadata(state, with_label(state["metadata"], self.label))


class RemoveLabel(Deed):
    """Take a label off those that have it."""

    type: Literal["remove_label"]
    label: Annotated[str, Field(min_length=1)]
    reads: ClassVar[tuple[str, ...]] = ("metadata",)

    @property
    def title(self) -> str:
        return f"Remove the label {quoted(self.label)}"

    def changes(self, state: State, left_out: Collection[int] = ()) -> dict[str, Any]:
        return _metadata(state, without_label(state["metadata"], self.label))


class Delete(Deed):
    """Move to the trash."""

    type: Literal["delete"]
    moves: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return "Move to the trash"

    def hits(self, state: State) -> int:
        return 1


class Restore(Deed):
    """Take out of the trash."""

    type: Literal["restore"]
    of_trash: ClassVar[bool] = True
    moves: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return "Restore from the trash"

    def hits(self, state: State) -> int:
        return 1


AnyDeed: TypeAlias = Annotated[
    Replace | SetModel | Succeed | SetTemperature | AddLabel | RemoveLabel | Delete | Restore,
    Field(discriminator="type"),
]
DEEDS: TypeAdapter[Any] = TypeAdapter(AnyDeed)
KINDS = ("replace", "model", "successor", "temperature", "add_label", "remove_label", "delete", "restore")


def read(given: Any, param: str = "") -> Deed:
    """The deed that a JSON object describes; raises `Invalid` with every fault. `param` is where a body has it."""
    prefix = (param,) if param else ()
    if not isinstance(given, dict):
        raise Invalid([wrong_type(param or None, "an object", given)])
    kind = written((*prefix, "type"))
    if not isinstance(given.get("type"), str):
        raise Invalid([missing(kind)])
    if given["type"] not in KINDS:
        raise Invalid([unsupported_value(kind, given["type"], KINDS)])
    if faults := list(unstorable_faults(given, prefix)):
        raise Invalid(faults)
    try:
        deed: Deed = DEEDS.validate_python(given)
    except ValidationError as error:
        body = {param: given} if param else given
        # Pydantic's location begins with the tag of the union.
        raise Invalid(faults_of(error, body, lambda location: (*prefix, *location[1:]))) from None
    _check(deed, lambda field: written((*prefix, field)))
    return deed


def refusal(deed: Deed, state: State, left_out: Collection[int] = ()) -> str | None:
    """Why this assistant can't be changed so, in the words of the specification; None when it can."""
    if deed.moves:
        return None
    try:
        changes = deed.changes(state, left_out)
        AssistantSpec.parse({"model": "any", **changes})
    except Invalid as refused:
        return refused.message
    return None


def told(deed: Deed, state: State) -> tuple[str, str]:
    """What it changes, before and after, for a deed that isn't about texts."""
    if deed.moves:
        return ("In the trash", "Back in the list") if deed.of_trash else ("In the list", "In the trash")
    (field,) = deed.reads
    after = state | deed.changes(state) if isinstance(state, dict) else {**state, **deed.changes(state)}
    return _shown(field, state[field]), _shown(field, after[field])


def quoted(text: str) -> str:
    """A text in quotation marks on one line, cut where it is long."""
    line = " ↵ ".join(text.splitlines()) if "\n" in text else text
    return f"“{line if len(line) <= LONGEST_QUOTE else line[:LONGEST_QUOTE] + '…'}”"


def _check(deed: Deed, param: Callable[[str], str]) -> None:
    """What a schema can't say."""
    if isinstance(deed, AddLabel | RemoveLabel) and not labels_of({LABELS: deed.label}):
        raise Invalid.one(param("label"), "invalid_value", "Give the label a name.")
    if not isinstance(deed, Replace):
        return
    what = deed.wanted()
    if not deed.fields:
        raise Invalid.one(param("fields"), "invalid_value", "Choose at least one field to look in.")
    if deed.match_case and what.find == what.replacement:
        message = "What to find and what to put there are the same, so nothing would change."
        raise Invalid.one(param("replacement"), "invalid_value", message)


def _metadata(state: State, metadata: dict[str, str]) -> dict[str, Any]:
    return {"metadata": metadata} if metadata != state["metadata"] else {}


def _shown(field: str, value: Any) -> str:
    if field == "metadata":
        return ", ".join(labels_of(value)) or "No labels"
    return f"{value:g}" if isinstance(value, float) else str(value)
