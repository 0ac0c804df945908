"""Labels in an assistant's metadata: put on, taken off, and everything else left as it was."""

from __future__ import annotations

import pytest

from app.assistants.labels import labels_of, with_label, without_label
from app.assistants.spec import AssistantSpec
from app.core.errors import Invalid

OTHERS = {"team": "support", "labels": "Refunds, to review", "z": "last"}


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("", []),
        (" , ,", []),
        ("one", ["one"]),
        (" one ,two,, three  words ", ["one", "two", "three words"]),
        ("Straße, STRASSE, strasse", ["Straße"]),
        ("b,a,B", ["b", "a"]),
    ],
)
def test_labels_are_read_as_people_and_scripts_write_them(value: str, labels: list[str]) -> None:
    assert labels_of({"labels": value}) == labels


def test_no_key_is_no_label() -> None:
    assert labels_of({}) == []
    assert without_label({}, "x") == {}


def test_a_label_is_put_on_behind_the_others() -> None:
    assert with_label({}, " urgent ") == {"labels": "urgent"}
    changed = with_label(OTHERS, "urgent")
    assert changed == OTHERS | {"labels": "Refunds, to review, urgent"}
    assert list(changed) == list(OTHERS)
    assert with_label({}, "a, b,a") == {"labels": "a, b"}


@pytest.mark.parametrize("name", ["refunds", "TO  REVIEW", "", " , ", "Refunds,to review"])
def test_a_label_that_is_there_already_changes_nothing(name: str) -> None:
    odd = OTHERS | {"labels": "Refunds,to review,,"}
    assert with_label(odd, name) == odd
    assert with_label(OTHERS, name) == OTHERS


def test_a_label_is_taken_off_and_the_key_goes_with_the_last() -> None:
    assert without_label(OTHERS, "REFUNDS") == OTHERS | {"labels": "to review"}
    assert without_label(OTHERS, "refunds, to review") == {"team": "support", "z": "last"}
    assert without_label(OTHERS, "unknown") == OTHERS


def test_limits_are_those_of_metadata() -> None:
    full = {f"key {number}": "value" for number in range(16)}
    with pytest.raises(Invalid, match="at most 16 properties"):
        AssistantSpec.parse({"model": "m", "metadata": with_label(full, "one more")})
    with pytest.raises(Invalid, match="maximum length 512"):
        AssistantSpec.parse({"model": "m", "metadata": with_label({}, "x" * 513)})
