"""`flask assistants verify` finds every version as it was written, and names the one that isn't."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import update

from app.assistants import service, versions
from app.assistants.models import Assistant, AssistantVersion
from app.core.actors import Origin
from app.extensions import db
from tests.factories import EDITOR, bearer, make_assistant, make_key
from tests.history.history_of import make_history, text_of
from tests.pages import Visitor


@pytest.fixture
def assistant(app: Flask) -> Assistant:
    """Seventy versions in two blocks of packed texts, beside one in the trash and one without instructions."""
    assistant = make_assistant(instructions=text_of(1))
    make_history(assistant, [text_of(number) for number in range(2, 71)])
    service.delete(make_assistant(instructions="In the trash").id, actor=EDITOR)
    make_assistant()
    return assistant


def damage(assistant: Assistant, number: int, **values: Any) -> None:
    mine = (AssistantVersion.assistant_seq == assistant.seq, AssistantVersion.number == number)
    db.session.execute(update(AssistantVersion).where(*mine).values(**values))
    db.session.commit()
    db.session.expire_all()


def frame(assistant: Assistant, number: int) -> bytes:
    version = db.session.get(AssistantVersion, (assistant.seq, number))
    assert version is not None
    assert version.packed
    return version.packed


def test_all_is_as_it_was_written(assistant: Assistant, runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["assistants", "verify"])
    assert done.stdout == "72 versions of 3 assistants are as they were written.\n"
    assert done.exit_code == 0


@pytest.mark.parametrize("place", [0, 9, -1])
def test_one_flipped_byte_is_named(assistant: Assistant, runner: FlaskCliRunner, place: int) -> None:
    whole = bytearray(frame(assistant, 7))
    whole[place] ^= 1
    damage(assistant, 7, packed=bytes(whole))
    done = runner.invoke(args=["assistants", "verify"])
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    assert lines[0].startswith(f"{assistant.id} version 7: The stored text is damaged")
    assert lines[1:] == ["1 of 72 versions of 3 assistants are not as they were written."]


def test_a_full_frame_takes_those_packed_against_it_along(assistant: Assistant, runner: FlaskCliRunner) -> None:
    damage(assistant, 1, packed=b"no frame")
    lines = runner.invoke(args=["assistants", "verify"]).stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [f"{assistant.id} version {n}" for n in range(1, 65)]
    assert lines[-1].startswith("64 of 72")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"packed": None}, "differ from the SHA-256"),
        ({"instructions_sha256": "0" * 64}, "differ from the SHA-256"),
        ({"instructions_length": 3}, "differ from the length"),
        ({"settings": {"model": "other"}}, "differ from the fingerprint"),
        ({"fingerprint": "0" * 64}, "differ from the fingerprint"),
    ],
)
def test_other_damage_is_named(
    assistant: Assistant, runner: FlaskCliRunner, values: dict[str, Any], words: str
) -> None:
    damage(assistant, 70, **values)
    done = runner.invoke(args=["assistants", "verify"])
    assert done.exit_code == 1
    assert f"{assistant.id} version 70: Its" in done.stdout
    assert words in done.stdout


def test_a_live_state_that_is_not_its_latest_version_is_named(assistant: Assistant, runner: FlaskCliRunner) -> None:
    for values in ({"instructions": "changed past the service"}, {"name": "changed past the service"}):
        kept = {name: getattr(assistant, name) for name in values}
        db.session.execute(update(Assistant).where(Assistant.seq == assistant.seq).values(**values))
        db.session.commit()
        db.session.expire_all()
        done = runner.invoke(args=["assistants", "verify"])
        assert done.exit_code == 1
        assert f"{assistant.id} version 70: The live" in done.stdout
        db.session.execute(update(Assistant).where(Assistant.seq == assistant.seq).values(**kept))
        db.session.commit()


def test_a_version_that_is_missing_is_named(assistant: Assistant, runner: FlaskCliRunner) -> None:
    db.session.execute(
        AssistantVersion.__table__.delete().where(  # type: ignore[attr-defined]
            AssistantVersion.assistant_seq == assistant.seq, AssistantVersion.number == 70
        )
    )
    db.session.commit()
    done = runner.invoke(args=["assistants", "verify"])
    assert done.exit_code == 1
    assert f"{assistant.id} version 70: " in done.stdout


def test_a_damaged_version_is_told_on_both_doors_and_the_others_stay(
    assistant: Assistant, editor: Visitor, api_client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    damage(assistant, 70, packed=b"no frame")
    shown = editor.get(f"/assistants/{assistant.id}/history/70")
    assert shown.status == 500
    assert "its check sum differs" in shown.text
    answer = api_client.get(f"/v1/assistants/{assistant.id}?version=70", headers=bearer(make_key()))
    assert (answer.status_code, answer.json["error"]["type"]) == (500, "server_error")
    assert answer.headers["x-should-retry"] == "false"
    assert [record.getMessage().split(": ", 1)[1] for record in caplog.records if record.name == "app.http.errors"] == [
        answer.json["error"]["message"]
    ] * 2
    assert editor.get(f"/assistants/{assistant.id}/history").status == 200
    assert editor.get(f"/assistants/{assistant.id}/history/69").status == 200


def test_changes_that_leave_the_text_alone_keep_it_in_every_version(app: Flask, runner: FlaskCliRunner) -> None:
    """Over two blocks: at each place of a group the text may be a new one or that of the version before."""
    assistant = make_assistant(instructions=text_of(1))
    texts = {1: text_of(1)}
    for number in range(2, 131):
        renewed = number % 5 == 0
        texts[number] = text_of(number) if renewed else texts[number - 1]
        changes = {"instructions": texts[number]} if renewed else {"temperature": number / 100}
        service.update(assistant.id, changes, actor=EDITOR, origin=Origin.API)
    assert versions.texts_of(assistant, list(texts)) == texts
    assert runner.invoke(args=["assistants", "verify"]).exit_code == 0


def test_a_damaged_frame_is_not_taken_over_by_the_next_version(assistant: Assistant) -> None:
    damage(assistant, 70, packed=frame(assistant, 70)[:-1] + b"?")
    service.update(assistant.id, {"temperature": 0.5}, actor=EDITOR, origin=Origin.API)
    assert versions.texts_of(assistant, [71]) == {71: text_of(70)}
    service.update(assistant.id, {"temperature": 0.6}, actor=EDITOR, origin=Origin.API)
    assert frame(assistant, 72) == frame(assistant, 71)
