"""The list of versions, one version, restoring it, and the ways that lead to a version."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.assistants import service, versions
from app.core.actors import COMMAND_LINE, Origin
from tests.factories import ADMIN, EDITOR, make_assistant
from tests.history.history_of import a_day_apart, day, live, make_history, text_of
from tests.pages import Page, Visitor

ENTRIES = re.compile(r"^Version (\d+)")


def numbers(page: Page) -> list[int]:
    return [int(ENTRIES.match(row.get_text(" ", strip=True))[1]) for row in page.soup.select("tbody th[scope=row]")]  # type: ignore[index]


def test_a_row_says_what_happened(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    changes = {"instructions": text_of(22), "temperature": 0.2}
    service.update(assistant.id, changes, actor=ADMIN, origin=Origin.API, note="Longer refunds")
    page = editor.get(f"/assistants/{assistant.id}/history")
    assert page.h1 == "History of Test assistant"
    newest = page.soup.select("tbody tr")[0].get_text(" ", strip=True)
    for part in ("Version 2", "live", "in “Refunds”", "temperature 1 to 0.2", "Longer refunds", "Ada Admin", "Script"):
        assert part in newest
    oldest = page.soup.select("tbody tr")[1].get_text(" ", strip=True)
    assert "First version" in oldest
    assert "Ed Editor" in oldest
    shown = editor.get(f"/assistants/{assistant.id}")
    assert shown.link("Version 2") == f"/assistants/{assistant.id}/history/2"
    assert shown.link("History") == f"/assistants/{assistant.id}/history"


def test_walking_through_the_pages_meets_every_version_once(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(number) for number in range(2, 46)])
    page = editor.get(f"/assistants/{assistant.id}/history")
    seen = numbers(page)
    while page.soup.select("a[rel=next]"):
        page = editor.get(page.soup.select_one("a[rel=next]")["href"])
        seen += numbers(page)
    assert seen == list(range(45, 0, -1))
    assert len(numbers(page)) == 5
    back: list[int] = numbers(page)
    while page.soup.select("a[rel=prev]"):
        page = editor.get(page.soup.select_one("a[rel=prev]")["href"])
        back = numbers(page) + back
    assert back == seen


def test_a_page_unpacks_no_more_texts_than_it_needs(
    app: Flask, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(number) for number in range(2, 46)])
    unpacked = []
    real = versions.unpack

    def counted(frames: object) -> str | None:
        unpacked.append(1)
        return real(frames)  # type: ignore[arg-type]

    monkeypatch.setattr(versions, "unpack", counted)
    editor.get(f"/assistants/{assistant.id}/history")
    assert len(unpacked) == 21


def test_filters_hold_over_pages_and_stand_in_the_address(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    for number in range(2, 50):
        who, door = (ADMIN, Origin.API) if number % 2 else (COMMAND_LINE, Origin.IMPORT)
        note = "why" if number % 3 == 0 else None
        service.update(assistant.id, {"instructions": text_of(number)}, actor=who, origin=door, note=note)
    page = editor.submit_get(editor.get(f"/assistants/{assistant.id}/history"), person="Ada Admin", door="API")
    assert "person=Ada+Admin" in page.path
    seen = numbers(page)
    page = editor.get(page.soup.select_one("a[rel=next]")["href"])
    assert seen + numbers(page) == list(range(49, 2, -2))
    noted = editor.get(f"/assistants/{assistant.id}/history?noted=y&door=import")
    assert numbers(noted) == [48, 42, 36, 30, 24, 18, 12, 6]
    none = editor.get(f"/assistants/{assistant.id}/history?person=Ada+Admin&door=import")
    assert "No version fits these filters" in none.text
    assert editor.get(f"/assistants/{assistant.id}/history?person=Nobody").status == 400
    assert editor.get(f"/assistants/{assistant.id}/history?after=x").status == 400


def test_a_version_is_shown_whole(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1), metadata={"team": "support"}, tools=[{"type": "file_search"}])
    make_history(assistant, [text_of(2)])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    assert page.soup.select_one(".text-view").get_text() == text_of(1)
    first = versions.get(assistant, 1)
    for part in (first.instructions_sha256, f"{len(text_of(1)):,} characters", "Metadata: team support", "gpt-4o"):
        assert part in page.text
    assert "Version 2 is live" in page.text
    assert page.soup.select_one("a[rel=next]")["href"].endswith("/history/2")
    assert not page.soup.select("a[rel=prev]")
    for missing in ("3", "0", "99999999999999999999"):
        assert editor.get(f"/assistants/{assistant.id}/history/{missing}").status == 404


def test_restoring_is_a_new_version_on_top(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2), text_of(3)])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    after = editor.submit(page, "form[action$=restore]")
    assert "Version 1 is live again, as version 4" in after.text
    now = live(assistant.id)
    assert (now.version, now.instructions, now.updated_via) == (4, text_of(1), "restore")
    again = editor.submit(editor.get(f"/assistants/{assistant.id}/history/1"), "form[action$=restore]")
    assert "nothing was changed" in again.text
    assert live(assistant.id).version == 4


def test_restoring_over_somebody_elses_save_asks_first(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2)])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    service.update(assistant.id, {"instructions": text_of(3)}, actor=ADMIN, origin=Origin.API)
    refused = editor.submit(page, "form[action$=restore]")
    assert refused.status == 409
    assert "Ada Admin saved version 3" in refused.text
    assert live(assistant.id).version == 3
    assert "as version 4" in editor.submit(refused, "form[action$=restore]").text


def test_as_it_was_on_a_date(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2), text_of(3)])
    a_day_apart(assistant.id)
    address = f"/assistants/{assistant.id}/history/at?on="
    for asked, number in (
        (f"{day(2):%Y-%m-%dT%H:%M}", 2),
        ("2026-03-02T09:29", 1),
        ("2026-03-02T10:29+01:00", 1),
        ("2026-03-02T10:30+01:00", 2),
        ("2026-03-02", 2),
        ("2030-01-01T00:00", 3),
    ):
        page = editor.get(address + asked)
        assert page.h1 == f"Version {number} of Test assistant", asked
        assert "As it was on" in page.text
    early = editor.get(address + "2026-02-28T00:00")
    assert early.status == 404
    assert "its first one is newer" in early.text
    for wrong in ("", "yesterday", "2026-13-01T00:00", "0001-01-01T00:00%2B14:00"):
        assert editor.get(address + wrong).status == 400, wrong


def test_when_a_sentence_came_and_went(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions="One.\r\nTwo.")
    make_history(assistant, ["Two.", "One.\nTwo. Three.", "Two.", "Say “One.” Two."])
    page = editor.submit_get(
        editor.get(f"/assistants/{assistant.id}/history"), "form[action$=sentence]", sentence="One."
    )
    lines = [" ".join(item.get_text(" ").split()) for item in page.soup.select("main li")]
    assert len(lines) == 3
    assert lines[0].startswith("Appeared in version 5")
    assert "still there" in lines[0]
    assert re.search(r"version 3 \(.*Ed Editor.*\).*gone since version 4", lines[1])
    assert re.search(r"version 1 .*gone since version 2", lines[2])
    across = editor.get(f"/assistants/{assistant.id}/history/sentence?sentence=One.%0D%0ATwo.")
    assert len(across.soup.select("main li")) == 2
    assert "In no version" in editor.get(f"/assistants/{assistant.id}/history/sentence?sentence=one.").text
    for wrong in ("", "%20", "x" * 501):
        assert editor.get(f"/assistants/{assistant.id}/history/sentence?sentence={wrong}").status == 400


def test_a_viewer_reads_and_is_offered_no_writing(app: Flask, viewer: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2)])
    for path in ("history", "history/1", "compare?from=1&to=2"):
        page = viewer.get(f"/assistants/{assistant.id}/{path}")
        assert page.status == 200
        assert not page.soup.select("main form[method=post]")


def test_a_note_that_is_too_long_stays_beside_its_field(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(actor=EDITOR)
    page = editor.get(f"/assistants/{assistant.id}/edit")
    refused = editor.submit(page, ".edit-form, main form:has([name=note])", name="Other", note="n" * 501)
    assert refused.status == 400
    assert any("maximum length 500" in error for error in refused.errors)
    assert refused.soup.select_one("[name=note]")["value"] == "n" * 501
    kept = editor.submit(refused, ".edit-form, main form:has([name=note])", note="n" * 500)
    assert kept.status == 200
    assert versions.get(live(assistant.id), 2).note == "n" * 500
