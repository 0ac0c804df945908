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
from app.core.text import as_browser_sends
from tests.difficult import DIFFICULT_TEXTS
from tests.factories import EDITOR, bearer, make_assistant, make_key
from tests.history.history_of import a_day_apart, day, live, make_history, text_of
from tests.pages import Visitor
from tests.sample import make_sample

EDITS = 200


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
    assert editor.submit(page, "main form:has([name=instructions])", follow=False).status == 303


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
    assert editing.path.endswith("/edit?continue=1")
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


EXACT = {
    "CRLF": "Line one\r\nLine two\r\n\r\n",
    "leading newline": "\n\nAfter two empty lines\n",
    "invisible characters": "zero\u200bwidth\u200cand\u200djoiner\u2060 soft\u00adhyphen\ufeff\n",
    "right to left": "أنت مساعد. \u200fעולם\u200e abc \u2067לשמאל\u2069 ٣\n",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd 1\ufe0f\u20e3 \U0001f1eb\U0001f1ee\n",
}


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS.keys())
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_restored_text_is_exact(app: Flask, editor: Visitor, text: str) -> None:
    assistant = make_assistant(instructions=text)
    make_history(assistant, [text_of(2)])
    editor.submit(editor.get(f"/assistants/{assistant.id}/history/1"), "form[action$=restore]")
    assert live(assistant.id).instructions == text


@pytest.mark.parametrize("difficult", EXACT.values(), ids=EXACT.keys())
def test_a_section_brought_back_is_exact(app: Flask, editor: Visitor, difficult: str) -> None:
    newline = "\r\n" if "\r" in difficult else "\n"

    def whole(section: str) -> str:
        return "# Tone\nBe calm.\n\n# Refunds\n\0# Closing\nSay goodbye.\n".replace("\n", newline).replace(
            "\0", section
        )

    assistant = make_assistant(instructions=whole(difficult))
    make_history(assistant, [whole(f"Nothing.{newline}").replace("calm", "brief")])
    page = editor.get(f"/assistants/{assistant.id}/history/1")
    editor.submit(page, "form[action$=section]:has([name=section][value='1'])")
    save(editor, assistant.id)
    assert live(assistant.id).instructions == whole(difficult).replace("calm", "brief")


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
