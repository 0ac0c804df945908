"""The list of models: the one that comes with Greenroom, and an administrator's changes to it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.service import Verb
from app.catalogue import service
from app.catalogue.models import CatalogueModel
from app.catalogue.service import ModelFacts
from app.core.errors import Invalid, NotFound
from app.extensions import db
from tests import factories
from tests.factories import ADMIN
from tests.meeting import meeting
from tests.pages import Visitor

FACTS = ModelFacts(owned_by="us", released_on=date(2026, 1, 2))


def stored() -> list[str]:
    return list(db.session.scalars(select(CatalogueModel.id)))


def test_the_shipped_list_keeps_the_rules(app: Flask) -> None:
    models = service.list_all()
    assert 20 <= len(models) <= 40
    assert len({model.id for model in models}) == len(models)
    ids = {model.id for model in models}
    for model in models:
        facts = ModelFacts(model.owned_by, service.released_on(model), model.retires_on, model.successor)
        service.change(model.id, facts, actor=ADMIN)
        assert model.successor is None or model.successor in ids


def test_reading_writes_nothing(app: Flask) -> None:
    service.list_all()
    service.ids()
    service.get("gpt-4o")
    assert stored() == []


def test_the_first_change_keeps_the_rest_of_the_shipped_list(app: Flask) -> None:
    shipped = [model.id for model in service.list_all()]
    service.add("vendor/model", FACTS, actor=ADMIN)
    assert sorted(stored()) == sorted([*shipped, "vendor/model"])
    service.remove("gpt-4o", actor=ADMIN)
    assert "gpt-4o" not in [model.id for model in service.list_all()]


def test_a_refused_first_change_leaves_the_shipped_list_alone(app: Flask) -> None:
    with pytest.raises(Invalid):
        service.add("gpt-4o", FACTS, actor=ADMIN)
    with pytest.raises(NotFound):
        service.remove("nobody", actor=ADMIN)
    assert stored() == []


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_first", [True, False])
def test_two_who_add_one_model_at_once(app: Flask, is_first: bool) -> None:
    if not is_first:
        service.change("gpt-4o", FACTS, actor=ADMIN)
    shipped = {model.id for model in service.list_all()}

    def add() -> str:
        with suppress(Invalid):
            return service.add("vendor/model", FACTS, actor=ADMIN).id
        return "refused"

    with meeting(app, add, at="INSERT INTO catalogue_models", until="INSERT INTO catalogue_models") as answers:
        answers.append(add())
    assert sorted(answers) == ["refused", "vendor/model"]
    assert set(stored()) == {*shipped, "vendor/model"}


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_two_first_changes_at_once_are_both_there(app: Flask) -> None:
    shipped = {model.id for model in service.list_all()}
    remove = partial(service.remove, "gpt-4o", actor=ADMIN)
    insert = "INSERT INTO catalogue_models"
    with meeting(app, remove, at=insert, until=insert) as answers:
        service.add("vendor/model", FACTS, actor=ADMIN)
    assert answers == [None]
    assert set(stored()) == (shipped | {"vendor/model"}) - {"gpt-4o"}


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_of_two_who_remove_one_model_at_once_the_second_does_not_find_it(app: Flask) -> None:
    service.change("gpt-4o", FACTS, actor=ADMIN)
    remove = partial(service.remove, "gpt-4o", actor=ADMIN)
    with meeting(app, remove, at="DELETE FROM catalogue_models", until="FOR UPDATE") as answers:
        remove()
    assert [type(answer) for answer in answers] == [NotFound]
    assert "gpt-4o" not in stored()


def test_removing_the_last_one_brings_the_shipped_list_back(app: Flask) -> None:
    shipped = [model.id for model in service.list_all()]
    for model_id in shipped:
        service.remove(model_id, actor=ADMIN)
    assert [model.id for model in service.list_all()] == shipped


def test_a_change_keeps_the_second_of_an_unchanged_day(app: Flask) -> None:
    before = service.get("gpt-4o")
    facts = ModelFacts("somebody", service.released_on(before), date(2030, 1, 1), "gpt-5")
    service.change("gpt-4o", facts, actor=ADMIN)
    after = service.get("gpt-4o")
    assert (after.created, after.owned_by) == (before.created, "somebody")
    assert (after.retires_on, after.successor) == (date(2030, 1, 1), "gpt-5")


def test_what_is_switched_off_is_not_suggested(app: Flask) -> None:
    service.add("gone", ModelFacts("us", date(2020, 1, 1), retires_on=date(2020, 1, 2)), actor=ADMIN)
    service.add("ending", ModelFacts("us", date(2020, 1, 1), retires_on=date(9999, 1, 1)), actor=ADMIN)
    assert "gone" not in service.ids()
    assert "ending" in service.ids()
    assert "gone" in [model.id for model in service.list_all()]


def test_a_retirement_leads_to_a_model_that_is_still_served(app: Flask) -> None:
    past, future = date(2020, 1, 2), date(9999, 1, 1)
    for model_id, retires_on, successor in (
        ("first", past, "second"), ("second", past, "third"), ("third", future, "fourth"), ("lonely", past, None),
        ("circle-1", past, "circle-2"), ("circle-2", past, "circle-1"), ("elsewhere", past, "unlisted"),
    ):  # fmt: skip
        service.add(model_id, ModelFacts("us", date(2020, 1, 1), retires_on, successor), actor=ADMIN)
    known = service.retirements()
    assert (known["first"].successor, known["second"].successor) == ("third", "third")
    assert known["third"].successor == "fourth"
    assert (known["first"].is_over, known["third"].is_over) == (True, False)
    assert known["lonely"].successor is known["circle-1"].successor is None
    assert known["elsewhere"].successor == "unlisted"
    assert "gpt-6.1-terra" not in known
    assert {"first", "elsewhere"} < set(service.successors())
    assert "lonely" not in service.successors()


def test_every_change_is_in_the_audit(app: Flask) -> None:
    service.add("vendor/model", FACTS, actor=ADMIN)
    service.change("vendor/model", FACTS, actor=ADMIN)
    service.remove("vendor/model", actor=ADMIN)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.verb for entry in entries] == [Verb.MODEL_SAVED, Verb.MODEL_SAVED, Verb.MODEL_REMOVED]
    assert {(entry.subject_kind, entry.subject_id, entry.actor_name) for entry in entries} == {
        ("model", "vendor/model", ADMIN.name)
    }


@pytest.mark.parametrize(
    "model_id", ["", "a b", "a\nb", "a\x00", "/a", "a/", "a//b", "..", "a/../b", "\u200b", "m" * 257]
)
def test_ids_that_can_not_stand_in_an_address(app: Flask, model_id: str) -> None:
    with pytest.raises(Invalid) as refusal:
        service.add(model_id, FACTS, actor=ADMIN)
    assert refusal.value.faults[0].param == "id"
    with pytest.raises(Invalid) as refusal:
        service.add("fine", ModelFacts("us", date(2026, 1, 1), successor=model_id), actor=ADMIN)
    assert refusal.value.faults[0].param == "successor"


def test_adding_editing_and_removing_on_the_pages(admin: Visitor) -> None:
    page = admin.submit(
        admin.get(admin.get("/models").link("Add a model")),
        id=" vendor/model-1 ", owned_by=" Vendor ", released_on="2026-03-04", retires_on="2027-01-01", successor="x",
    )  # fmt: skip
    assert (page.path, page.h1) == ("/models", "Models")
    assert "vendor/model-1 is on the list." in page.text
    model = service.get("vendor/model-1")
    assert (model.owned_by, service.released_on(model)) == ("Vendor", date(2026, 3, 4))

    form = admin.get("/models/vendor/model-1/edit")
    assert form.h1 == "Edit vendor/model-1"
    page = admin.submit(form, owned_by="Other", retires_on="", successor="")
    assert page.path == "/models"
    db.session.expire_all()
    model = service.get("vendor/model-1")
    assert (model.owned_by, model.retires_on, model.successor) == ("Other", None, None)

    asked = admin.get("/models/vendor/model-1/remove")
    assert service.get("vendor/model-1")
    page = admin.submit(asked)
    assert "vendor/model-1 is off the list." in page.text
    with pytest.raises(NotFound):
        service.get("vendor/model-1")


def test_a_refused_form_keeps_what_was_typed(admin: Visitor) -> None:
    page = admin.submit(admin.get("/models/new"), id="a b", owned_by="", released_on="tomorrow")
    assert page.status == 400
    assert "Write a day as year, month and day, for example 2026-11-30." in page.errors
    page = admin.submit(page, released_on="2026-01-01", retires_on="2025-01-01")
    assert page.status == 400
    assert page.errors == [
        "An id has no spaces and no invisible characters.",
        "Say who makes the model in 1 to 100 characters.",
        "A model is switched off after its release. Check both dates.",
    ]
    assert page.summary == page.errors
    assert page.soup.select_one("[name=id]")["value"] == "a b"
    page = admin.submit(page, id="gpt-4o", owned_by="us", retires_on="")
    assert page.errors == ["'gpt-4o' is on the list already."]


def test_the_last_one_says_what_happens(admin: Visitor) -> None:
    for model in service.list_all()[1:]:
        service.remove(model.id, actor=ADMIN)
    page = admin.get(admin.get("/models").link("Remove"))
    assert "the list that comes with Greenroom is back" in page.text


@pytest.mark.parametrize("path", ["/models", "/models/new", "/models/gpt-4o/edit", "/models/gpt-4o/remove"])
def test_only_administrators_know_the_pages(editor: Visitor, path: str) -> None:
    assert editor.get(path).status == 404


def test_unknown_models_have_no_pages(admin: Visitor) -> None:
    assert admin.get("/models/nobody/edit").status == 404
    assert admin.get("/models/nobody/remove").status == 404


def test_the_api_serves_what_the_page_saved(app: Flask, api_client) -> None:
    service.add("vendor/model", ModelFacts("us", date(2030, 1, 1), retires_on=date(2031, 2, 3)), actor=ADMIN)
    headers = factories.bearer(factories.make_key())
    expected = {
        "id": "vendor/model",
        "object": "model",
        "created": 1893456000,
        "owned_by": "us",
        "shutdown_date": "2031-02-03",
    }
    assert api_client.get("/v1/models/vendor/model", headers=headers).json == expected
    assert api_client.get("/v1/models/vendor%2Fmodel", headers=headers).json == expected
    assert api_client.get("/v1/models", headers=headers).json["data"][0] == expected
