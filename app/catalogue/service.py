"""The verbs of the catalogue: which models there are, and an administrator's changes to that list.

The list served is the table's rows; while the table is empty, it is the one that comes with Greenroom
(`models.toml`). So a new release brings newer models to everybody who never changed the list. The first change
copies that list into the table, in the same transaction, and from then on the table alone counts. Removing the
last row brings the list of the release back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.service import Verb, record
from app.catalogue.models import ID_LENGTH, OWNER_LENGTH, CatalogueModel
from app.core.actors import Actor
from app.core.database import Record, transaction, utc_now
from app.core.errors import Fault, Invalid, NotFound
from app.core.names import is_name
from app.core.reading import Prepared
from app.extensions import db, reader
from app.texts.text import unstorable

SHIPPED = Path(__file__).with_name("models.toml")
FACTS = Prepared(select(CatalogueModel.id, CatalogueModel.created, CatalogueModel.retires_on, CatalogueModel.successor))


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What an administrator says of a model. `released_on` becomes the API's `created`, at midnight UTC."""

    owned_by: str
    released_on: date
    retires_on: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Retirement:
    """When a model is switched off, and what to use in its place, where that is known."""

    model_id: str
    retires_on: date
    successor: str | None
    is_over: bool


def list_all() -> list[CatalogueModel]:
    """Every model, the newest first."""
    return _newest_first(_rows() or [CatalogueModel(**facts) for facts in _shipped()])


def get(model_id: str) -> CatalogueModel:
    """One model of the list; raises `NotFound`."""
    for model in list_all():
        if model.id == model_id:
            return model
    raise _not_found(model_id)


def ids() -> list[str]:
    """The models to suggest for an assistant: those that haven't been switched off, the newest first."""
    today = utc_now().date()
    return [model.id for model in list_all() if model.retires_on is None or model.retires_on > today]


def retirements() -> Mapping[str, Retirement]:
    """Every model of which the day is known on which it is, or was, switched off; the newest model first."""
    return _retirements(tuple(reader().rows(FACTS)), utc_now().date())


# Asked by every list; what it was worked out from says whether it is still right.
@lru_cache(maxsize=4)
def _retirements(rows: tuple[Record, ...], today: date) -> Mapping[str, Retirement]:
    models = {model.id: model for model in _newest_first(rows or [CatalogueModel(**facts) for facts in _shipped()])}
    found = {
        model.id: Retirement(model.id, model.retires_on, _successor(model, models, today), model.retires_on <= today)
        for model in models.values()
        if model.retires_on is not None
    }
    return MappingProxyType(found)


def successors() -> dict[str, str]:
    """The models that are, or were, switched off, each with the one to use in its place; those that have one."""
    return {model_id: each.successor for model_id, each in retirements().items() if each.successor is not None}


def _newest_first(models: Iterable[Any]) -> list[Any]:
    """Models of the table, or those that ship."""
    return sorted(models, key=lambda model: (-model.created, model.id))


def _successor(model: Any, models: Mapping[str, Any], today: date) -> str | None:
    """Its successor; where that one has been switched off in turn, the successor's."""
    seen = {model.id}
    successor = model.successor
    while (next_one := models.get(successor or "")) is not None:
        is_over = next_one.retires_on is not None and next_one.retires_on <= today
        if not is_over or not next_one.successor:
            break
        if next_one.id in seen:
            return None
        seen.add(next_one.id)
        successor = next_one.successor
    return None if successor in seen else successor


def add(model_id: str, facts: ModelFacts, *, actor: Actor) -> CatalogueModel:
    """Put a model on the list; raises `Invalid`, also for one that is on it already."""
    _check([*_id_faults("id", model_id), *_faults(facts)])
    with transaction(db.session):
        _keep_shipped()
        if db.session.get(CatalogueModel, model_id) is not None:
            raise _known(model_id)
        model = CatalogueModel(id=model_id, created=_midnight(facts.released_on))
        db.session.add(model)
        _write(model, facts, actor=actor)
        try:
            db.session.flush()
        except IntegrityError:
            # Somebody else has put it there since.
            raise _known(model_id) from None
    return model


def change(model_id: str, facts: ModelFacts, *, actor: Actor) -> CatalogueModel:
    """Say something else of a model; its id stays. Raises `NotFound` and `Invalid`."""
    _check(_faults(facts))
    with transaction(db.session):
        _keep_shipped()
        model = _row(model_id)
        # A day that stays keeps the second the model was first listed with.
        if facts.released_on != released_on(model):
            model.created = _midnight(facts.released_on)
        _write(model, facts, actor=actor)
    return model


def remove(model_id: str, *, actor: Actor) -> None:
    """Take a model off the list; raises `NotFound`. Assistants that use it stay as they are."""
    with transaction(db.session):
        _keep_shipped()
        db.session.delete(_row(model_id))
        record(Verb.MODEL_REMOVED, model_id[:64], actor=actor, id=model_id)


def released_on(model: CatalogueModel) -> date:
    return datetime.fromtimestamp(model.created, UTC).date()


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    """The list that comes with this release, as column values."""
    import tomllib

    return tuple(tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["model"])


def _rows() -> list[CatalogueModel]:
    return list(db.session.scalars(select(CatalogueModel)))


def _keep_shipped() -> None:
    """Before the first change: the table takes over the list of the release."""
    if not _rows():
        # Of two first changes at once the second waits here, and goes on with what the table has from the other.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add_all([CatalogueModel(**facts) for facts in _shipped()])


def _row(model_id: str) -> CatalogueModel:
    """A model of the table, held until the end of the write."""
    if unstorable(model_id):
        raise _not_found(model_id)
    model = db.session.get(CatalogueModel, model_id, with_for_update=True, populate_existing=True)
    if model is None:
        raise _not_found(model_id)
    return model


def _known(model_id: str) -> Invalid:
    return Invalid.one("id", "invalid_value", f"'{model_id}' is on the list already.")


def _not_found(model_id: str) -> NotFound:
    return NotFound(f"The model '{model_id}' does not exist", code="model_not_found")


def _write(model: CatalogueModel, facts: ModelFacts, *, actor: Actor) -> None:
    model.owned_by, model.retires_on, model.successor = facts.owned_by, facts.retires_on, facts.successor
    retires_on = facts.retires_on.isoformat() if facts.retires_on else None
    record(
        Verb.MODEL_SAVED,
        model.id[:64],
        actor=actor,
        id=model.id,
        created=model.created,
        owned_by=model.owned_by,
        retires_on=retires_on,
        successor=model.successor,
    )


def _check(faults: list[Fault]) -> None:
    if faults:
        raise Invalid(faults)


def _faults(facts: ModelFacts) -> list[Fault]:
    found = []
    if not is_name(facts.owned_by, OWNER_LENGTH):
        found.append(Fault("owned_by", "invalid_value", f"Say who makes the model in 1 to {OWNER_LENGTH} characters."))
    if facts.retires_on is not None and facts.retires_on < facts.released_on:
        message = "A model is switched off after its release. Check both dates."
        found.append(Fault("retires_on", "invalid_value", message))
    if facts.successor is not None:
        found += _id_faults("successor", facts.successor)
    return found


def _id_faults(param: str, model_id: str) -> list[Fault]:
    """An id stands in the address of its page and of its API object, so it has to read as a path there."""
    parts = model_id.split("/")
    if not 1 <= len(model_id) <= ID_LENGTH:
        message = f"Write the model's id in 1 to {ID_LENGTH} characters."
    elif not model_id.isprintable() or " " in model_id:
        message = "An id has no spaces and no invisible characters."
    elif any(part in {"", ".", ".."} for part in parts):
        message = "An id may have slashes inside, but neither at its ends nor two in a row, and no part of dots alone."
    else:
        return []
    return [Fault(param, "invalid_value", message)]


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
