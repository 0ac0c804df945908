"""A real history: an assistant of the sample, 200 edits, a version and a section brought back; page and API agree."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from app.assistants import service
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin, Scope
from app.texts.outline import outline
from app.texts.text import as_browser_sends
from tests.difficult import DIFFICULT_TEXTS, FOR_LONG_WAYS
from tests.factories import EDITOR, bearer, make_assistant, make_key
from tests.history.history_of import a_day_apart, day, live, make_history, text_of
from tests.pages import Visitor
from tests.sample import make_sample

EDITS = 200
EDIT = "main form:has([name=instructions])"


def edited(text: str, number: int, rng: random.Random) -> str:
    """Another version of a section, and now and then a line more somewhere in the rest."""
    rest, _, _ = text.partition("\n# Escalation\n")
    lines = rest.split("\n")
    if number % 5 == 0:
        lines.insert(rng.randrange(len(lines)), f"Remark {number}.")
    return "\n".join(lines) + f"\n# Escalation\nCall colleague number {number}.\n"


def shown(editor: Visitor, address: str) -> str:
    return str(editor.get(address).soup.select_one(".text-view").get_text())


def save(editor: Visitor, assistant_id: str) -> None:
    """Publish what is in the editor, by the page's own form."""
    page = editor.get(f"/assistants/{assistant_id}/edit?continue=1")
    assert editor.submit(page, EDIT, follow=False).status == 303


def test_two_hundred_edits_can_be_followed_and_undone(
    app: Flask, editor: Visitor, api_client: FlaskClient, runner: FlaskCliRunner
) -> None:
    row = next(
        row
        for row in make_sample()["data"]
        if 2_000 < len(row["instructions"] or "") < 9_000 and "\r" not in row["instructions"]
    )
    fields = {name: value for name, value in row.items() if name not in {"id", "object", "created_at"}}
    assistant = service.create(AssistantSpec.parse(fields), actor=EDITOR, origin=Origin.IMPORT, id=row["id"])
    rng = random.Random(7)
    texts = [str(row["instructions"])]
    for number in range(2, EDITS + 2):
        texts.append(edited(texts[-1], number, rng))
    make_history(assistant, texts[1:])

    third = editor.get(f"/assistants/{assistant.id}/history/3")
    assert "as version 202" in editor.submit(third, "form[action$=restore]").text
    assert live(assistant.id).instructions == texts[2]

    fiftieth = editor.get(f"/assistants/{assistant.id}/history/50")
    forms = fiftieth.soup.select("form[action$=section]")
    last = len(forms) - 1
    assert "Escalation" in forms[last].get_text()
    editing = editor.submit(fiftieth, f"form[action$=section]:has([name=section][value='{last}'])")
    assert editing.path.endswith("/edit?continue=1&version=202")
    assert live(assistant.id).version == 202
    save(editor, assistant.id)
    now = live(assistant.id)
    assert now.version == 203
    assert now.instructions == texts[2].replace("number 3.", "number 50.")

    a_day_apart(assistant.id)
    headers = bearer(make_key(Scope.READ))
    for number, text in ((1, texts[0]), (3, texts[2]), (50, texts[49]), (201, texts[200]), (203, now.instructions)):
        at = f"{day(number):%Y-%m-%dT%H:%M}"
        for query in (f"version={number}", f"as_of={at}"):
            answer = api_client.get(f"/v1/assistants/{assistant.id}?{query}", headers=headers)
            assert answer.json["instructions"] == text, query
        assert shown(editor, f"/assistants/{assistant.id}/history/{number}") == as_browser_sends(text or "")
        assert shown(editor, f"/assistants/{assistant.id}/history/at?on={at}") == as_browser_sends(text or "")
    found = editor.get(f"/assistants/{assistant.id}/history/sentence?sentence=colleague+number+50.")
    assert [link.get_text() for link in found.soup.select("main li a")] == [
        "version 203", "version 50", "version 51", "See how version 51 changed it",
    ]  # fmt: skip
    assert runner.invoke(args=["assistants", "verify"]).exit_code == 0


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_restored_text_is_exact(app: Flask, editor: Visitor, text: str) -> None:
    assistant = make_assistant(instructions=text)
    make_history(assistant, [text_of(2)])
    editor.submit(editor.get(f"/assistants/{assistant.id}/history/1"), "form[action$=restore]")
    assert live(assistant.id).instructions == text


LIVE = "# Tone\r\nBe brief.\r# Refunds\nNothing.\r\n\n# Closing\nSay goodbye.\n"


def with_refunds(text: str) -> tuple[str, str]:
    """A version in whose second section is `text`, with newlines of every kind, and what bringing it back makes."""
    version = f"# Tone\rBe calm.\r\n# Refunds\n{text}\r# Closing\r\nSay farewell.\r"
    section = outline(version)[1]
    brought = version[section.start : section.end]
    start, end = LIVE.index("# Refunds"), LIVE.index("# Closing")
    return version, LIVE[:start] + brought + LIVE[end:]


@pytest.mark.parametrize("difficult", FOR_LONG_WAYS.values(), ids=FOR_LONG_WAYS)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_section_brought_back_is_exact(app: Flask, editor: Visitor, difficult: str) -> None:
    """Also when it was typed on elsewhere in the text, kept, overtaken by a script and merged on the way."""
    version, expected = with_refunds(difficult)
    assistant = make_assistant(instructions=version)
    make_history(assistant, [LIVE])
    bring = "form[action$=section]:has([name=section][value='1'])"
    editor.submit(editor.get(f"/assistants/{assistant.id}/history/1"), bring)
    save(editor, assistant.id)
    assert live(assistant.id).instructions == expected
    make_history(assistant, [LIVE])
    page = editor.submit(editor.get(f"/assistants/{assistant.id}/history/1"), bring)
    typed = page.soup.select_one("[name=instructions]").get_text()
    page = editor.submit(page, EDIT, button="Keep for later", instructions=typed.replace("Be brief", "Be kind", 1))
    make_history(assistant, ["# Top\r\r\n" + LIVE])
    page = editor.submit(page, EDIT)
    assert page.status == 409
    editor.submit(page, "main form[action$=merge]", button="Save the merge")
    # The line typed is a new one, with the kind of newline used most.
    kinds = {expected.replace("Be brief.\r", f"Be kind.{newline}", 1) for newline in ("\n", "\r", "\r\n")}
    assert live(assistant.id).instructions in {"# Top\r\r\n" + text for text in kinds}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_several_sections_brought_back_are_exact(app: Flask, editor: Visitor) -> None:
    version = "# A\rone\r\ntwo\n# B\r\none\rtwo\r\n# C\none\ntwo\r"
    assistant = make_assistant(instructions=version)
    make_history(assistant, ["# C\r\none\r\n# B\none\ntwo\n# A\n"])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    for section in "012":
        editor.submit(page, f"form[action$=section]:has([name=section][value='{section}'])")
    mine = editor.get(f"/assistants/{assistant.id}/compare?from=1&to=mine")
    assert "2 changes" in mine.text
    save(editor, assistant.id)
    assert live(assistant.id).instructions == "# C\none\ntwo\r# B\r\none\rtwo\r\n# A\rone\r\ntwo\n"


def test_a_section_goes_into_what_the_person_has_unsaved(app: Flask, editor: Visitor) -> None:
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(2)])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    for section in ("1", "2"):
        editor.submit(page, f"form[action$=section]:has([name=section][value='{section}'])")
    unsaved = editor.get(f"/assistants/{assistant.id}/edit?continue=1")
    assert unsaved.soup.select_one("[name=instructions]").get_text() == text_of(1)
    assert live(assistant.id).version == 2
    other = editor.post(f"/assistants/{assistant.id}/history/1/section", {"section": "9", "csrf_token": token(editor)})
    assert other.status_code == 404


def token(editor: Visitor) -> Any:
    return editor.get("/account").soup.select_one("[name=csrf_token]")["value"]
