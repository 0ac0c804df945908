"""`flask assistants pull` and `push` on this database: what is written, what is brought back, and what is refused."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from app.assistants import service as assistants
from app.assistants import versions
from app.core.actors import COMMAND_LINE
from app.core.paging import Window
from app.exchange import service
from app.exchange.judging import BOTH_CHANGED, IN_TRASH, UNKNOWN_BASE
from app.exchange.pulling import BOTH_CHANGED as BOTH_CHANGED_HERE
from app.extensions import db
from tests.difficult import DIFFICULT_TEXTS
from tests.exchange.folders import change, change_here, contents, lines, pull, push, settings, take_away
from tests.exchange.saved import NOON, SAMPLE_NAMES, SAMPLES, exported, row

DIFFICULT = [
    row(number, name=name, description=text_[:512], instructions=text_, metadata={text_[:64]: text_[:512]})
    for number, (name, text_) in enumerate(DIFFICULT_TEXTS.items())
]


def bring_in(*rows: dict[str, Any]) -> None:
    service.run(rows, actor=COMMAND_LINE)


def wipe() -> None:
    """No assistants, as on a new database. What was done stays in the audit, which forgets nothing."""
    for table in ("assistant_reads", "assistant_versions", "assistants"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()
    assert exported()["data"] == []


def fingerprints() -> dict[str, str]:
    return {given["id"]: sha256((given["instructions"] or "").encode()).hexdigest() for given in exported()["data"]}


@pytest.mark.parametrize("rows", [*(page["data"] for page in SAMPLES), DIFFICULT], ids=[*SAMPLE_NAMES, "difficult"])
def test_out_wiped_and_in_again_is_the_same(runner: FlaskCliRunner, tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    bring_in(*rows)
    before, texts = exported(), fingerprints()
    assert pull(runner, tmp_path).exit_code == 0
    wipe()
    pushed = push(runner, tmp_path)
    assert (pushed.exit_code, pushed.stderr) == (0, "")
    assert lines(pushed)[-1] == f"{len(rows)} compared: {len(rows)} created, 0 changed, 0 unchanged, 0 refused"
    assert exported() == before
    assert json.dumps(exported()) == json.dumps(before)
    assert fingerprints() == texts


def test_what_is_in_the_folder(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(
        row(2, name="Empty", instructions=""),
        row(1, name="Refunds & returns", instructions="\nBe kind.\r\n", temperature=0.5, metadata={"team": "é"}),
        row(0, name="refunds  RETURNS", instructions=None, created_at=NOON - 1),
    )
    result = pull(runner, tmp_path)
    assert lines(result) == [
        'created: asst_0 "refunds  RETURNS"',
        'created: asst_1 "Refunds & returns"',
        'created: asst_2 "Empty"',
        "3 compared: 3 created, 0 changed, 0 unchanged, 0 refused",
    ]
    found = contents(tmp_path)
    assert sorted(found) == [
        "assistants/.gitattributes",
        "assistants/empty.json",
        "assistants/empty.md",
        "assistants/refunds-returns-1.json",
        "assistants/refunds-returns-1.md",
        "assistants/refunds-returns.json",
        "greenroom.json",
    ]
    assert found["assistants/refunds-returns-1.md"] == b"\nBe kind.\r\n"
    assert found["assistants/empty.md"] == b""
    assert b"* -text" in found["assistants/.gitattributes"]
    assert list(settings(tmp_path, "refunds-returns").items())[:6] == [
        ("id", "asst_0"),
        ("created_at", NOON - 1),
        ("name", "refunds  RETURNS"),
        ("description", None),
        ("model", "gpt-4o"),
        ("instructions", None),
    ]
    assert "instructions" not in settings(tmp_path, "refunds-returns-1")
    assert '"team": "é"' in found["assistants/refunds-returns-1.json"].decode()
    listed = json.loads(found["greenroom.json"])["assistants"]
    assert [(line["id"], line["file"]) for line in listed] == [
        ("asst_2", "empty"),
        ("asst_1", "refunds-returns-1"),
        ("asst_0", "refunds-returns"),
    ]


def test_pulling_again_writes_only_what_changed(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"), row(2, name="Two", instructions="two"), row(3, name="Three"))
    pull(runner, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert lines(pull(runner, tmp_path)) == ["3 compared: 0 created, 0 changed, 3 unchanged, 0 refused"]
    assert {path: path.stat().st_mtime_ns for path in before} == before

    change_here("asst_1", name="Renamed", instructions="uno")
    change_here("asst_2", temperature=0.5)
    assistants.delete("asst_3", actor=COMMAND_LINE)
    result = pull(runner, tmp_path)
    assert lines(result) == [
        'changed: asst_2 "Two": temperature',
        'changed: asst_1 "Renamed": name, instructions',
        'removed: asst_3 "Three"',
        "3 compared: 0 created, 2 changed, 1 removed, 0 unchanged, 0 refused",
    ]
    # A renamed assistant keeps its files, and of the second one the settings alone are written.
    written = {path.name for path in before if path.exists() and path.stat().st_mtime_ns != before[path]}
    assert written == {"greenroom.json", "one.json", "one.md", "two.json"}
    assert sorted(contents(tmp_path)) == [
        "assistants/.gitattributes",
        *(f"assistants/{name}" for name in ("one.json", "one.md", "two.json", "two.md")),
        "greenroom.json",
    ]


def test_instructions_that_become_null_lose_their_file(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"))
    pull(runner, tmp_path)
    change_here("asst_1", instructions=None)
    pull(runner, tmp_path)
    assert not (tmp_path / "assistants" / "one.md").exists()
    assert settings(tmp_path, "one")["instructions"] is None
    assert lines(push(runner, tmp_path)) == ["1 compared: 0 created, 0 changed, 1 unchanged, 0 refused"]


def test_other_files_are_left_alone(runner: FlaskCliRunner, tmp_path: Path) -> None:
    others = {
        "README.md": b"mine",
        ".git/config": b"[core]",
        "assistants/NOTES.md": b"x",
        "assistants/sub/a.json": b"{",
    }
    for name, content in others.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    bring_in(row(1, name="Notes", instructions="theirs"))
    pull(runner, tmp_path)
    assert contents(tmp_path).items() >= others.items()
    assert settings(tmp_path, "notes-1")["name"] == "Notes"
    assistants.delete("asst_1", actor=COMMAND_LINE)
    pull(runner, tmp_path)
    assert contents(tmp_path).items() >= others.items()
    assert push(runner, tmp_path).exit_code == 0


def test_what_was_changed_in_the_folder_is_brought_back(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"), row(2, name="Two"), row(3, name="Three"))
    pull(runner, tmp_path)
    change(tmp_path, "one", instructions="uno\r\n", temperature=0.25)
    dry = push(runner, tmp_path, "--dry-run")
    assert lines(dry) == [
        'changed: asst_1 "One": instructions, temperature',
        "3 compared: 0 created, 1 changed, 2 unchanged, 0 refused",
    ]
    assert dry.stderr == "This was a dry run: nothing was written.\n"
    assert assistants.get("asst_1").version == 1

    done = push(runner, tmp_path, "--note", "Shorter")
    assert (done.exit_code, lines(done), done.stderr) == (0, lines(dry), "")
    one = assistants.get("asst_1")
    assert (one.version, one.instructions, one.temperature, one.updated_via) == (2, "uno\r\n", 0.25, "import")
    assert versions.get(one, 2).note == "Shorter"
    assert assistants.get("asst_2").version == 1
    # It stands for the new state now: it can be changed and pushed again, and there is nothing to pull.
    assert "3 unchanged" in lines(push(runner, tmp_path))[-1]
    change(tmp_path, "one", instructions="un")
    assert push(runner, tmp_path).exit_code == 0
    assert lines(pull(runner, tmp_path)) == ["3 compared: 0 created, 0 changed, 3 unchanged, 0 refused"]


def test_settings_saved_with_a_byte_order_mark(runner: FlaskCliRunner, tmp_path: Path) -> None:
    """Some editors write one. In the text it is a character like any other."""
    bring_in(row(1, name="One", instructions="\ufeffone"))
    pull(runner, tmp_path)
    path = tmp_path / "assistants" / "one.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert lines(push(runner, tmp_path)) == ["1 compared: 0 created, 0 changed, 1 unchanged, 0 refused"]
    assert (tmp_path / "assistants" / "one.md").read_bytes() == b"\xef\xbb\xbfone"


def test_files_are_followed_by_id(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"))
    pull(runner, tmp_path)
    for ending in (".md", ".json"):
        (tmp_path / "assistants" / f"one{ending}").rename(tmp_path / "assistants" / f"First of all{ending}")
    change(tmp_path, "First of all", name="Uno")
    assert lines(push(runner, tmp_path))[0] == 'changed: asst_1 "Uno": name'
    change_here("asst_1", instructions="due")
    pull(runner, tmp_path)
    assert (tmp_path / "assistants" / "First of all.md").read_text() == "due"
    assert not (tmp_path / "assistants" / "one.md").exists()


def test_one_change_on_both_sides_stops_all(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"), row(2, name="Two"))
    pull(runner, tmp_path)
    change(tmp_path, "one", name="Uno")
    change(tmp_path, "two", name="Due")
    change_here("asst_1", description="Meanwhile")
    before = exported()
    for options in ([], ["--dry-run"]):
        result = push(runner, tmp_path, *options)
        assert result.exit_code == 1
        assert lines(result) == [
            f'refused: asst_1 "Uno": {BOTH_CHANGED}',
            'changed: asst_2 "Two": name'.replace('"Two"', '"Due"'),
            "2 compared: 0 created, 1 changed, 0 unchanged, 1 refused",
        ]
        assert exported() == before
    assert push(runner, tmp_path).stderr == "Nothing was written.\n"

    forced = push(runner, tmp_path, "--force")
    assert (forced.exit_code, lines(forced)[0]) == (0, 'changed: asst_1 "Uno": name, description')
    assert [each["name"] for each in exported()["data"]] == ["Uno", "Due"]
    assert assistants.get("asst_1").description is None


def test_what_only_the_registry_changed_is_left_there(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"), row(2, name="Two"))
    pull(runner, tmp_path)
    change_here("asst_1", description="Meanwhile")
    change(tmp_path, "two", name="Due")
    result = push(runner, tmp_path)
    assert result.exit_code == 0
    assert lines(result)[0].startswith('kept: asst_1 "One": It has been changed here since')
    assert lines(result)[-1] == "2 compared: 0 created, 1 changed, 0 unchanged, 1 kept, 0 refused"
    assert (assistants.get("asst_1").description, assistants.get("asst_2").name) == ("Meanwhile", "Due")
    # The folder is still behind, and says so: its next pull brings the change.
    assert lines(pull(runner, tmp_path))[0] == 'changed: asst_1 "One": description'


def test_pulling_keeps_what_the_folder_changed(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"), row(2, name="Two"))
    pull(runner, tmp_path)
    change(tmp_path, "one", name="Uno")
    change_here("asst_2", name="Due")
    assert lines(pull(runner, tmp_path)) == [
        'changed: asst_2 "Due": name',
        'kept: asst_1 "One"',
        "2 compared: 0 created, 1 changed, 0 unchanged, 1 kept, 0 refused",
    ]
    assert settings(tmp_path, "one")["name"] == "Uno"
    change_here("asst_1", name="Ein")
    change_here("asst_2", name="Zwei")
    before = contents(tmp_path)
    result = pull(runner, tmp_path)
    assert (result.exit_code, lines(result)[1]) == (1, f'refused: asst_1 "Ein": {BOTH_CHANGED_HERE}')
    assert contents(tmp_path) == before
    assert pull(runner, tmp_path, "--force").exit_code == 0
    assert [settings(tmp_path, file)["name"] for file in ("one", "two")] == ["Ein", "Zwei"]


def test_files_that_can_t_be_read_are_not_overwritten_either(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"))
    pull(runner, tmp_path)
    (tmp_path / "assistants" / "one.json").write_text("{ half")
    assert lines(pull(runner, tmp_path))[0] == 'kept: asst_1 "One"'
    change_here("asst_1", name="Uno")
    assert pull(runner, tmp_path).exit_code == 1
    assert (tmp_path / "assistants" / "one.json").read_text() == "{ half"
    pull(runner, tmp_path, "--force")
    assert settings(tmp_path, "one")["name"] == "Uno"


def test_one_that_is_gone_is_kept_while_the_folder_changed_it(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"))
    pull(runner, tmp_path)
    change(tmp_path, "one", instructions="uno")
    assistants.delete("asst_1", actor=COMMAND_LINE)
    assert pull(runner, tmp_path).exit_code == 1
    assert (tmp_path / "assistants" / "one.md").read_text() == "uno"
    assert lines(push(runner, tmp_path))[0] == f'refused: asst_1 "One": {IN_TRASH}'
    assert pull(runner, tmp_path, "--force").exit_code == 0
    assert not (tmp_path / "assistants" / "one.md").exists()


def test_what_was_taken_out_of_the_folder(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"), row(2, name="Two"), row(3, name="Three"))
    pull(runner, tmp_path)
    bring_in(row(4, name="Made later"))
    for file in ("one", "two"):
        take_away(tmp_path, file)
    missing = 'missing: asst_1 "One": not in the folder; --delete moves it to the trash'
    plain = push(runner, tmp_path)
    assert (plain.exit_code, lines(plain)[0]) == (0, missing)
    assert lines(plain)[-1] == "1 compared: 0 created, 0 changed, 1 unchanged, 0 refused, 2 missing"
    assert len(exported()["data"]) == 4

    change_here("asst_2", name="Due")
    refused = push(runner, tmp_path, "--delete")
    assert refused.exit_code == 1
    assert lines(refused)[:2] == [
        'removed: asst_1 "One"',
        'refused: asst_2 "Due": It was to go to the trash, but it has been changed here since the folder was written.',
    ]
    assert len(exported()["data"]) == 4
    pull(runner, tmp_path)
    bring_in(row(5, name="Made last"))
    assert settings(tmp_path, "one")["name"] == "One"
    for file in ("one", "two"):
        take_away(tmp_path, file)
    assert lines(push(runner, tmp_path, "--delete"))[-1] == (
        "4 compared: 0 created, 0 changed, 2 removed, 2 unchanged, 0 refused"
    )
    # What never was in the folder is nobody's to delete by it.
    assert {each["id"] for each in exported()["data"]} == {"asst_3", "asst_4", "asst_5"}
    assert [each.id for each in assistants.list_trash(Window()).items] == ["asst_2", "asst_1"]
    assert "asst_1" not in (tmp_path / "greenroom.json").read_text()


def test_a_pair_of_files_made_by_hand_becomes_an_assistant(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"))
    pull(runner, tmp_path)
    (tmp_path / "assistants" / "by-hand.json").write_text('{"model": "gpt-4o", "name": "By hand"}')
    (tmp_path / "assistants" / "by-hand.md").write_bytes(b"Be brief.\r\n")
    dry = push(runner, tmp_path, "--dry-run")
    assert lines(dry)[0] == 'created: "By hand"'
    assert "id" not in settings(tmp_path, "by-hand")
    result = push(runner, tmp_path)
    made = settings(tmp_path, "by-hand")
    assert lines(result)[0] == f'created: {made["id"]} "By hand"'
    assert list(made) == ["id", "created_at", "model", "name"]
    assistant = assistants.get(made["id"])
    assert (assistant.instructions, assistant.created_at) == ("Be brief.\r\n", made["created_at"])
    assert "2 unchanged" in lines(push(runner, tmp_path))[-1]
    assert "2 unchanged" in lines(pull(runner, tmp_path))[-1]


def test_a_folder_without_its_list_overwrites_nothing(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"), row(2, name="Two"))
    pull(runner, tmp_path)
    (tmp_path / "greenroom.json").unlink()
    assert lines(push(runner, tmp_path)) == ["2 compared: 0 created, 0 changed, 2 unchanged, 0 refused"]
    (tmp_path / "greenroom.json").unlink()
    change(tmp_path, "one", name="Uno")
    assert lines(push(runner, tmp_path))[0] == f'refused: asst_1 "Uno": {UNKNOWN_BASE}'
    assert pull(runner, tmp_path).exit_code == 1
    assert settings(tmp_path, "one")["name"] == "Uno"


def test_dates_that_tie_keep_their_order(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(*(row(number, name=f"N{number * 7 % 10}") for number in range(110)))
    before = exported()
    pull(runner, tmp_path)
    wipe()
    push(runner, tmp_path)
    assert exported() == before


def test_a_dry_pull_writes_nothing(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One", instructions="one"), row(2, name="Two"))
    dry = pull(runner, tmp_path / "new", "--dry-run")
    assert dry.stderr == "This was a dry run: nothing was written.\n"
    assert not (tmp_path / "new").exists()
    assert lines(pull(runner, tmp_path / "new")) == lines(dry)
    change_here("asst_1", name="Uno")
    assistants.delete("asst_2", actor=COMMAND_LINE)
    before = contents(tmp_path)
    dry = pull(runner, tmp_path / "new", "--dry-run")
    assert contents(tmp_path) == before
    assert lines(pull(runner, tmp_path / "new")) == lines(dry)


def test_a_push_whose_end_was_lost_can_be_repeated(runner: FlaskCliRunner, tmp_path: Path) -> None:
    bring_in(row(1, name="One"))
    pull(runner, tmp_path)
    before = (tmp_path / "greenroom.json").read_bytes()
    change(tmp_path, "one", name="Uno")
    push(runner, tmp_path)
    (tmp_path / "greenroom.json").write_bytes(before)
    assert lines(push(runner, tmp_path)) == ["1 compared: 0 created, 0 changed, 1 unchanged, 0 refused"]
    change(tmp_path, "one", name="Ein")
    assert lines(push(runner, tmp_path))[0] == 'changed: asst_1 "Ein": name'


def test_nothing_at_all(runner: FlaskCliRunner, tmp_path: Path) -> None:
    assert lines(pull(runner, tmp_path / "new")) == ["0 compared: 0 created, 0 changed, 0 unchanged, 0 refused"]
    assert lines(push(runner, tmp_path / "new")) == ["0 compared: 0 created, 0 changed, 0 unchanged, 0 refused"]
    nowhere = push(runner, tmp_path / "nowhere")
    assert (nowhere.exit_code, nowhere.stdout) == (1, "")
    assert nowhere.stderr.endswith("holds no folder 'assistants'. `flask assistants pull` writes one.\n")
    assert not (tmp_path / "nowhere").exists()
