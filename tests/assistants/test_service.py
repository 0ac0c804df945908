"""The verbs of assistants: what they write, what they refuse, and that the text stays exact."""

from __future__ import annotations

import pytest

from app.assistants import service, versions
from app.core.actors import Origin
from app.core.errors import Conflict, Invalid, NotFound
from app.history.verify import check_all
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import ADMIN, EDITOR, make_assistant

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
def test_exact_text_is_stored_in_the_row_and_in_its_version(text: str) -> None:
    made = make_assistant(instructions=text)
    found = service.get(made.id)
    assert found.instructions == text
    assert versions.spec_of(versions.get(found, 1)).instructions == text


def test_each_change_is_a_numbered_version_with_author_origin_and_fingerprint() -> None:
    made = make_assistant(instructions="one")
    service.update(made.id, {"instructions": "two"}, actor=ADMIN, origin=Origin.API, note="why")
    version = versions.get(service.get(made.id), 2)
    assert (version.author_name, version.origin, version.note) == ("Ada Admin", "API", "why")
    assert version.fingerprint == service.get(made.id).fingerprint
    assert versions.spec_of(versions.get(service.get(made.id), 1)).instructions == "one"


def test_a_save_that_changes_nothing_makes_no_version() -> None:
    made = make_assistant(instructions="one", temperature=0.5)
    service.update(made.id, {"instructions": "one", "temperature": 0.5}, actor=EDITOR, origin=Origin.PAGE)
    service.update(made.id, {}, actor=EDITOR, origin=Origin.PAGE)
    assert service.get(made.id).version == 1


def test_a_zero_with_a_sign_is_no_change() -> None:
    made = make_assistant(temperature=0.0, top_p=-0.0)
    service.update(made.id, {"temperature": -0.0, "top_p": -0.0}, actor=EDITOR, origin=Origin.API)
    found = service.get(made.id)
    assert (found.version, str(found.temperature), str(found.top_p)) == (1, "0.0", "0.0")
    assert [checked.fault for checked in check_all()] == [""]


def test_a_refused_change_changes_nothing() -> None:
    made = make_assistant(temperature=0.5)
    with pytest.raises(Invalid):
        service.update(made.id, {"temperature": 3, "name": "x"}, actor=EDITOR, origin=Origin.PAGE)
    assert (service.get(made.id).version, service.get(made.id).name) == (1, "Test assistant")


def test_a_write_that_expects_an_older_version_is_a_conflict() -> None:
    made = make_assistant()
    service.update(made.id, {"name": "second"}, actor=ADMIN, origin=Origin.API)
    with pytest.raises(Conflict) as conflict:
        service.update(made.id, {"name": "third"}, actor=EDITOR, origin=Origin.PAGE, expected_version=1)
    assert conflict.value.current.version == 2
    assert service.get(made.id).name == "second"


def test_the_trash_keeps_what_is_deleted() -> None:
    made = make_assistant(instructions="keep me")
    service.delete(made.id, actor=EDITOR)
    with pytest.raises(NotFound):
        service.get(made.id)
    with pytest.raises(NotFound):
        service.delete(made.id, actor=EDITOR)
    service.undelete(made.id, actor=EDITOR)
    assert service.get(made.id).instructions == "keep me"
