"""Bringing a saved list in: what is created, changed, left and refused, in which order, and what a failure leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.assistants import service as assistants
from app.assistants import versions
from app.assistants.spec import AssistantSpec
from app.core.actors import COMMAND_LINE, Origin
from app.exchange import importing, service
from app.exchange.report import Report, RowReport
from app.extensions import db
from tests.exchange.saved import (
    DAY,
    NOON,
    SAMPLE_NAMES,
    SAMPLES,
    exported,
    exported_ids,
    reasons,
    row,
    verdicts,
)

every_sample = pytest.mark.parametrize("page", SAMPLES, ids=SAMPLE_NAMES)


def bring_in(rows: list[Any]) -> Report:
    return service.run(rows, actor=COMMAND_LINE)


@contextmanager
def counted_reads() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@every_sample
def test_a_whole_list_comes_in_and_goes_out_the_same(app: Flask, page: dict[str, Any]) -> None:
    count = len(page["data"])
    assert service.plan(page["data"]).summary() == (
        f"{count} in the file: {count} created, 0 changed, 0 unchanged, 0 refused"
    )
    report = bring_in(page["data"])
    assert report == Report.from_json(report.as_json())
    assert verdicts(report) == ["created"] * count
    assert [line.position for line in report.rows] == list(range(1, count + 1))
    out = exported()
    assert {key: value for key, value in out.items() if key != "data"} == {
        "object": "list",
        "first_id": page["data"][0]["id"],
        "last_id": page["data"][-1]["id"],
        "has_more": False,
    }
    for given, back in zip(page["data"], out["data"], strict=True):
        assert list(back) == list(given)
        assert back == given
        assert json.dumps(back["tools"]) == json.dumps(given["tools"])


@every_sample
def test_a_second_run_changes_nothing(app: Flask, page: dict[str, Any]) -> None:
    bring_in(page["data"])
    before = exported()
    again = bring_in(page["data"])
    assert verdicts(again) == ["unchanged"] * len(page["data"])
    assert exported() == before
    assert db.session.scalar(text("SELECT max(version) FROM assistants")) == 1
    assert db.session.scalar(text("SELECT count(*) FROM assistant_versions")) == len(page["data"])
    written = "SELECT count(*) FROM audit_entries WHERE subject_kind = 'assistant'"
    assert db.session.scalar(text(written)) == len(page["data"])


def test_each_import_is_a_version_with_author_and_origin(app: Flask) -> None:
    bring_in([row(1)])
    bring_in([row(1, name="New")])
    assistant = assistants.get("asst_1")
    kept = [versions.get(assistant, number) for number in (1, 2)]
    assert [(version.origin, version.author_name) for version in kept] == [("import", "Command line")] * 2
    assert versions.spec_of(kept[1]).name == "New"


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask) -> None:
    bring_in([row(1), row(2), row(3)])
    assistants.delete("asst_3", actor=COMMAND_LINE)
    before = exported()
    rows = [row(1, name="New"), row(2), row(3), row(4), row(5, temperature=9), row(4), row(1)]
    foreseen = service.plan(rows)
    assert exported() == before
    assert verdicts(foreseen) == ["changed", "unchanged", "refused", "created", "refused", "unchanged", "refused"]
    assert bring_in(rows) == foreseen


def test_a_change_names_its_fields_and_keeps_the_date(app: Flask) -> None:
    search = {"tools": [{"type": "file_search"}, {"type": "code_interpreter"}], "metadata": {"team": "a"}}
    bring_in([row(1, **search)])
    report = bring_in([row(1, created_at=NOON + DAY, tools=[{"type": "file_search"}], temperature=0.5)])
    assert report.rows[0].fields == ("tools", "temperature", "tool_resources", "metadata")
    (now,) = exported()["data"]
    assert (now["created_at"], now["temperature"], now["metadata"]) == (NOON, 0.5, {})
    # A tool that the file doesn't have any more takes its resources along: the next run finds nothing to do.
    assert now["tool_resources"] == {"file_search": {"vector_store_ids": []}}
    assert verdicts(bring_in([row(1, tools=[{"type": "file_search"}], temperature=0.5)])) == ["unchanged"]


def test_what_is_in_the_trash_stays_there(app: Flask) -> None:
    bring_in([row(1)])
    assistants.delete("asst_1", actor=COMMAND_LINE)
    report = bring_in([row(1, name="New"), row(1, name="New")])
    assert reasons(report) == [("It is in the trash. Restore it there first.",)] * 2
    assert exported_ids() == []
    assert assistants.undelete("asst_1", actor=COMMAND_LINE).name is None


def test_an_id_twice_in_a_file(app: Flask) -> None:
    report = bring_in([row(1, name="First"), row(2), row(1, name="First"), row(1, name="Other")])
    assert verdicts(report) == ["created", "created", "unchanged", "refused"]
    assert report.rows[3].reasons == ("It has the id of number 1 in this file, but differs.",)
    assert assistants.get("asst_1").name == "First"


def test_a_refused_row_does_not_reserve_its_id(app: Flask) -> None:
    assert verdicts(bring_in([row(1, temperature=9), row(1)])) == ["refused", "created"]


BAD_ROWS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no object": (7, ("Invalid type for the body: expected an object, but got an integer instead.",)),
    "an array": ([], ("Invalid type for the body: expected an object, but got an array instead.",)),
    "nothing": (
        {},
        (
            "Missing required parameter: 'id'.",
            "Missing required parameter: 'created_at'.",
            "Missing required parameter: 'model'.",
        ),
    ),
    "id of a wrong type": (row(1, id=7), ("Invalid type for 'id': expected a string, but got an integer instead.",)),
    "id of another kind": (
        row(1, id="file-1"),
        (
            "Invalid 'id': string does not match pattern. "
            "Expected a string that matches the pattern '^asst_[A-Za-z0-9_-]{1,59}$'.",
        ),
    ),
    "id with half a pair": (
        row(1, id="asst_\ud800"),
        ("Invalid 'id': it contains half of a surrogate pair, which can't be stored.",),
    ),
    "another object": (
        row(1, object="file"),
        ("Invalid value: 'file'. Supported values are: 'assistant'.",),
    ),
    "date as text": (
        row(1, created_at="1750000000"),
        ("Invalid type for 'created_at': expected an integer, but got a string instead.",),
    ),
    "date as a boolean": (
        row(1, created_at=True),
        ("Invalid type for 'created_at': expected an integer, but got a boolean instead.",),
    ),
    "date with a fraction": (
        row(1, created_at=1.5),
        ("Invalid type for 'created_at': expected an integer, but got a decimal instead.",),
    ),
    "no date": (
        row(1, created_at=None),
        ("Invalid type for 'created_at': expected an integer, but got null instead.",),
    ),
    "before 1970": (
        row(1, created_at=-1),
        ("Invalid 'created_at': integer below minimum value. Expected a value >= 0, but got -1 instead.",),
    ),
    "after 9999": (
        row(1, created_at=253_402_300_800),
        (
            "Invalid 'created_at': integer above maximum value. "
            "Expected a value <= 253402300799, but got 253402300800 instead.",
        ),
    ),
    "an unknown key": (row(1, nmae="x"), ("Unknown parameter: 'nmae'. Did you mean 'name'?",)),
    "two faults": (
        row(1, created_at=-1, temperature=2.5),
        (
            "Invalid 'created_at': integer below minimum value. Expected a value >= 0, but got -1 instead.",
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
        ),
    ),
    "a NUL": (
        row(1, instructions="a\x00b"),
        ("Invalid 'instructions': it contains a NUL character, which can't be stored.",),
    ),
    "one character too many": (
        row(1, instructions="語" * 256_001),
        (
            "Invalid 'instructions': string too long. Expected a string with maximum length 256000, "
            "but got a string with length 256001 instead.",
        ),
    ),
    "null parameters": (
        row(1, tools=[{"type": "function", "function": {"name": "f", "parameters": None}}]),
        (
            "Invalid type for 'tools[0].function.parameters': expected an object, but got null instead.",
        ),
    ),
}  # fmt: skip


def test_bad_rows_get_their_reasons_and_stop_nobody(app: Flask) -> None:
    rows = [row(100), *(bad for bad, _ in BAD_ROWS.values()), row(200)]
    report = bring_in(rows)
    assert dict(zip(BAD_ROWS, reasons(report)[1:-1], strict=True)) == {
        name: said for name, (_, said) in BAD_ROWS.items()
    }
    assert exported_ids() == ["asst_100", "asst_200"]
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_a_value_nested_too_deeply_is_refused(app: Flask) -> None:
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"a": deep}
    tools = [{"type": "function", "function": {"name": "f", "parameters": deep}}]
    report = bring_in([row(1, tools=tools), row(2)])
    assert reasons(report) == [("Invalid 'tools': it is nested too deeply to be stored.",), ()]


def test_a_report_can_be_shown_and_kept_whatever_a_row_holds(app: Flask) -> None:
    report = bring_in([row(1, name="\ud800" + "x" * 300, object="o" * 5_000)])
    assert report.rows[0].name == "?" + "x" * 255 + "…"
    assert len(report.rows[0].reasons[0]) == 1_001
    json.dumps(report.as_json(), ensure_ascii=False).encode()


def test_the_limit_is_brought_in(app: Flask) -> None:
    texts = [
        "a" * 256_000,
        "é" * 256_000,
        "語" * 256_000,
        "\U0001f9ed" * 256_000,
        "\r\n" * 128_000,
        "\n" + "b" * 255_999,
    ]
    rows = [row(number, instructions=text) for number, text in enumerate(texts)]
    assert verdicts(bring_in(rows)) == ["created"] * len(texts)
    assert [assistant["instructions"] for assistant in exported()["data"]] == texts


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([5, 5, 5, 5], [0, 1, 2, 3]),
        ([9, 5, 5, 1], [0, 1, 2, 3]),
        ([1, 5, 5, 9], [3, 2, 1, 0]),
        ([5, 5, 9, 9], [3, 2, 1, 0]),
        ([9, 9, 5, 5], [0, 1, 2, 3]),
        ([9, 5, 7, 1], [0, 2, 1, 3]),
    ],
)
def test_dates_that_tie_keep_the_order_of_the_file(app: Flask, dates: list[int], expected: list[int]) -> None:
    bring_in([row(number, created_at=date) for number, date in enumerate(dates)])
    assert exported_ids() == [f"asst_{number}" for number in expected]


def test_order_holds_across_chunks(app: Flask) -> None:
    bring_in([row(number) for number in range(250)])
    assert exported_ids() == [f"asst_{number}" for number in range(250)]


def test_a_crash_leaves_whole_chunks_and_the_next_run_goes_on(app: Flask) -> None:
    rows = [row(number) for number in range(250)]
    heard: list[RowReport] = []

    def interrupt_at_the_150th(report: RowReport) -> None:
        heard.append(report)
        if len(heard) == 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.run(rows, actor=COMMAND_LINE, on_row=interrupt_at_the_150th)
    # The oldest are written first, so it is the end of the file that is there.
    assert exported_ids() == [f"asst_{number}" for number in range(150, 250)]
    assert db.session.scalar(text("SELECT count(*) FROM assistant_versions")) == 100
    db.session.rollback()
    report = bring_in(rows)
    assert verdicts(report) == ["created"] * 150 + ["unchanged"] * 100
    assert exported_ids() == [f"asst_{number}" for number in range(250)]


def test_an_id_that_appears_meanwhile_is_refused_alone(app: Flask) -> None:
    def take_the_id(report: RowReport) -> None:
        if report.position == 3:
            spec = AssistantSpec.parse({"model": "theirs"})
            assistants.create(spec, actor=COMMAND_LINE, origin=Origin.API, id="asst_2", created_at=NOON)

    report = service.run([row(1), row(2), row(3)], actor=COMMAND_LINE, on_row=take_the_id)
    assert verdicts(report) == ["created", "refused", "created"]
    assert report.rows[1].reasons == (importing.OVERTAKEN,)
    assert {row["id"]: row["model"] for row in exported()["data"]} == {
        "asst_1": "gpt-4o",
        "asst_2": "theirs",
        "asst_3": "gpt-4o",
    }
    assert db.session.scalar(text("SELECT count(*) FROM assistant_versions")) == 3


def test_every_row_is_heard_once(app: Flask) -> None:
    heard: list[int] = []
    rows = [row(1), row(1), row(2), row(3, temperature=9), row(2, name="x")]
    service.run(rows, actor=COMMAND_LINE, on_row=lambda report: heard.append(report.position))
    assert sorted(heard) == [1, 2, 3, 4, 5]


def test_a_dry_run_asks_once_for_a_hundred_rows(app: Flask) -> None:
    rows = [row(number) for number in range(100)]
    bring_in(rows)
    with counted_reads() as few:
        service.plan(rows[:1])
    with counted_reads() as many:
        service.plan(rows)
    assert len(few) == len(many) == 1
