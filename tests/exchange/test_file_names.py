"""What the files of assistants are called: readable, different from each other on every file system, and no paths."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.file_names import LONGEST_IN_BYTES, FileNames, is_file_name, key_of, readable
from tests.difficult import DIFFICULT_TEXTS
from tests.sample_values import SPECIAL_NAMES

READABLE = {
    "Billing assistant": "billing-assistant",
    "  Spaces   around ": "spaces-around",
    "../../etc/passwd": "etc-passwd",
    "C:\\new\\table": "c-new-table",
    ".hidden": "hidden",
    "v1.2 (draft)": "v1-2-draft",
    "Straße ＡＢＣ ﬁne": "strasse-abc-fine",
    "cafe\u0301": "caf\u00e9",
    "مساعد المبيعات": "مساعد-المبيعات",
    "翻訳アシスタント \U0001f4d6": "翻訳アシスタント",
    "क्\u200dष": "क्-ष",
    "\U0001f9ed" * 10: "assistant",
    "a\nb\r\nc\x00d": "a-b-c-d",
    "": "assistant",
    None: "assistant",
}


@pytest.mark.parametrize(("name", "expected"), READABLE.items())
def test_names_can_be_read(name: str | None, expected: str) -> None:
    assert readable(name) == expected


@pytest.mark.parametrize("name", [*DIFFICULT_TEXTS.values(), *SPECIAL_NAMES, "x" * 256, "語" * 256])
def test_whatever_an_assistant_is_called_its_file_has_a_name(name: str | None) -> None:
    found = FileNames().give(name, "asst_1")
    assert is_file_name(found)
    assert len(found.encode()) <= LONGEST_IN_BYTES
    assert found == found.strip("-. ")


@hypothesis.settings(max_examples=50)
@given(st.text(max_size=256))
def test_a_name_stays_what_it_is(name: str) -> None:
    assert readable(readable(name)) == readable(name)
    assert is_file_name(readable(name))


def test_the_second_of_a_name_gets_the_end_of_its_id() -> None:
    names = FileNames()
    ids = ["asst_AAAAAAAAAAAAAAAAAAabcdef", "asst_BBBBBBBBBBBBBBBBBBABCDEF", "asst_CC", "asst_cc", "asst_cC"]
    assert [names.give("Same", each) for each in ids] == [
        "same",
        "same-abcdef",
        "same-cc",
        "same-cc-2",
        "same-cc-3",
    ]


def test_names_differ_where_case_and_accents_count_for_nothing() -> None:
    names = FileNames(["BILLING", "cafe\u0301"])
    assert names.give("billing", "asst_1") == "billing-1"
    assert names.give("caf\u00e9", "asst_1") == "caf\u00e9-1"


@pytest.mark.parametrize("device", ["CON", "nul", "Com1", "LPT9", "aux"])
def test_names_of_devices_are_not_given(device: str) -> None:
    assert FileNames().give(device, "asst_1") == f"{device.lower()}-1"


@pytest.mark.parametrize(
    "text", ["", ".", "..", ".git", "a/b", "a\\b", "a:b", "a\nb", " a", "a ", "a*", "x" * 201, None, 7, "a\x00"]
)
def test_what_is_no_file_name(text: object) -> None:
    assert not is_file_name(text)


def test_keys_don_t_depend_on_case() -> None:
    assert key_of("ÀB") == key_of("a\u0300b")
