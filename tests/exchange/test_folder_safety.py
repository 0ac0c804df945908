"""What a folder may not do: lead out of itself, be read half, be left half written. And each fault is a sentence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app.core.actors import COMMAND_LINE
from app.exchange import folder as folder_module
from app.exchange import folder_cli, service
from app.exchange.filing import LONGEST_FILE
from app.exchange.folder import READY, Folder
from app.exchange.pulling import State, pull
from app.exchange.registries import Here
from tests.exchange import folders
from tests.exchange.folders import change, change_here, contents, lines, push
from tests.exchange.saved import exported, row

# What a folder looks like doesn't depend on the engine.
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def folder(runner: FlaskCliRunner, tmp_path: Path) -> Path:
    """A folder with two assistants, as it was pulled."""
    service.run([row(1, name="One", instructions="one"), row(2, name="Two")], actor=COMMAND_LINE)
    assert folders.pull(runner, tmp_path / "folder").exit_code == 0
    return tmp_path / "folder"


def one(folder: Path, ending: str = "json") -> Path:
    return folder / "assistants" / f"one.{ending}"


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no text": (
        lambda folder: one(folder, "md").unlink(),
        'assistants/one.md is missing. Write it, or say "instructions": null in one.json.',
    ),
    "no settings": (
        lambda folder: one(folder).unlink(),
        "assistants/one.json is missing. Bring it back, or take one.md away as well.",
    ),
    "text and null": (
        lambda folder: one(folder).write_text(one(folder).read_text().replace("{", '{"instructions": null,', 1)),
        'one.json says "instructions": null, but assistants/one.md is there. Take one of them out.',
    ),
    "text in the settings": (
        lambda folder: one(folder).write_text(one(folder).read_text().replace("{", '{"instructions": "x",', 1)),
        "The instructions belong in assistants/one.md. Take them out of one.json.",
    ),
    "text in another encoding": (
        lambda folder: one(folder, "md").write_bytes("é".encode("latin-1")),
        "assistants/one.md is not UTF-8 text: byte 1 can't be read.",
    ),
    "text in UTF-16": (
        lambda folder: one(folder, "md").write_bytes("é".encode("utf-16")),
        "assistants/one.md is in UTF-16. Save it as UTF-8.",
    ),
    "text with NUL": (
        lambda folder: one(folder, "md").write_bytes(b"a\0b"),
        "Invalid 'instructions': it contains a NUL character, which can't be stored.",
    ),
    "too long a text": (
        lambda folder: one(folder, "md").write_text("é" * 256_001),
        "Invalid 'instructions': string too long. Expected a string with maximum length 256000, "
        "but got a string with length 256001 instead.",
    ),
    "half a file": (
        lambda folder: one(folder).write_text('{"id": '),
        "assistants/one.json is not valid JSON at line 1, column 8: Expecting value.",
    ),
    "no object": (
        lambda folder: one(folder).write_text("[]"),
        "assistants/one.json: Invalid type for the body: expected an object, but got an array instead.",
    ),
    "NaN": (
        lambda folder: one(folder).write_text('{"temperature": NaN}'),
        "assistants/one.json is not valid JSON: NaN is no number.",
    ),
    "nested deeply": (
        lambda folder: one(folder).write_text("[" * 100_000),
        "assistants/one.json is nested too deeply.",
    ),
    "a wrong value": (
        lambda folder: change(folder, "one", temperature=9),
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 9 instead.",
    ),
    "a mistyped field": (
        lambda folder: change(folder, "one", temprature=1),
        "Unknown parameter: 'temprature'. Did you mean 'temperature'?",
    ),
    "another id": (
        lambda folder: change(folder, "one", id="../x"),
        "Invalid 'id': string does not match pattern. "
        "Expected a string that matches the pattern '^asst_[A-Za-z0-9_-]{1,59}$'.",
    ),
    "a copy": (
        lambda folder: shutil.copy(one(folder), folder / "assistants" / "zcopy.json")
        and shutil.copy(one(folder, "md"), folder / "assistants" / "zcopy.md"),
        "assistants/zcopy.json has the id of assistants/one.json. "
        "Take the id out of the copy, and it becomes an assistant of its own.",
    ),
    "too large a file": (
        lambda folder: os.truncate(one(folder), LONGEST_FILE + 1),
        "assistants/one.json is larger than 32 MB.",
    ),
    "a name that not every system knows": (
        lambda folder: one(folder).rename(folder / "assistants" / "a:b.json"),
        "assistants/a:b.json: not every system can keep this name. Choose another one.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "sentence"), BROKEN.values(), ids=BROKEN)
def test_one_broken_assistant_stops_all(
    runner: FlaskCliRunner, folder: Path, spoil: Callable[[Path], Any], sentence: str
) -> None:
    change(folder, "two", name="Due")
    spoil(folder)
    before = exported()
    for options in (["--dry-run"], [], ["--delete"], ["--force"]):
        result = push(runner, folder, *options)
        assert result.exit_code == 1
        refusals = [line for line in lines(result) if line.startswith("refused: ")]
        assert [line.endswith(f": {sentence}") for line in refusals].count(True) == 1, refusals
        assert not any(line.startswith("removed") for line in lines(result))
    assert exported() == before


LINKS: dict[str, Callable[[Path, Path], Any]] = {
    "text": lambda folder, out: (one(folder, "md").unlink(), one(folder, "md").symlink_to(out / "secret")),
    "settings": lambda folder, out: (one(folder).unlink(), one(folder).symlink_to(out / "secret")),
    "dangling": lambda folder, out: (folder / "assistants" / "new.md").symlink_to(out / "nowhere"),
    "folder for a file": lambda folder, _: (folder / "assistants" / "new.json").mkdir(),
    "list": lambda folder, out: ((folder / "greenroom.json").unlink(), (folder / "greenroom.json").symlink_to(out)),
    "pipe": lambda folder, _: os.mkfifo(folder / "assistants" / "pipe.md"),
    "assistants": lambda folder, out: (
        shutil.move(folder / "assistants", out / "elsewhere"),
        (folder / "assistants").symlink_to(out / "elsewhere"),
    ),
    "change under way": lambda folder, out: (folder / READY).symlink_to(out),
}


@pytest.mark.parametrize("lead_out", LINKS.values(), ids=LINKS)
def test_links_are_not_followed(
    runner: FlaskCliRunner, folder: Path, tmp_path: Path, lead_out: Callable[[Path, Path], Any]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "secret").write_text("secret")
    lead_out(folder, out)
    before = contents(tmp_path)
    for command in (push, folders.pull):
        result = command(runner, folder, "--force")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")
        assert len(result.stderr.splitlines()) == 1
    assert contents(tmp_path) == before
    assert "secret" not in json.dumps(exported())


LISTS = {
    "half": ("{", "greenroom.json is not valid JSON"),
    "another kind": ('{"object": "list"}', "greenroom.json isn't the list of a folder of assistants."),
    "a later form": ('{"object": "greenroom.folder", "version": 2}', "was written by another version of Greenroom."),
    "nothing in it": ('{"object": "greenroom.folder", "version": 1}', "a line that names no assistant."),
    "a path": (
        json.dumps(
            {
                "object": "greenroom.folder",
                "version": 1,
                "assistants": [{"id": "asst_1", "file": "../../x", "fingerprint": "0" * 64}],
            }
        ),
        "a line that names no assistant.",
    ),
    "twice": (
        json.dumps(
            {
                "object": "greenroom.folder",
                "version": 1,
                "assistants": [{"id": "asst_1", "file": name, "fingerprint": "0" * 64} for name in "ab"],
            }
        ),
        "names an assistant or a file twice.",
    ),
}


@pytest.mark.parametrize(("content", "words"), LISTS.values(), ids=LISTS)
def test_a_damaged_list_is_refused(runner: FlaskCliRunner, folder: Path, content: str, words: str) -> None:
    (folder / "greenroom.json").write_text(content)
    before = contents(folder)
    for command in (push, folders.pull):
        result = command(runner, folder)
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr
        assert result.stderr.endswith("Bring it back as it was written, or pull into an empty folder.\n")
    assert contents(folder) == before


class Stopped(BaseException):
    """As when the process is killed: nothing tidies up after it."""


def stopping_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Everything that touches the disk, and the end of the process at one of these steps."""
    left = [step]

    def guarded(deed: Callable[..., Any]) -> Callable[..., Any]:
        def guard(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Stopped
            return deed(*args, **kwargs)

        return guard

    for name in ("replace", "rename", "unlink"):
        monkeypatch.setattr(Path, name, guarded(getattr(Path, name)))
    monkeypatch.setattr(folder_module, "_write", guarded(folder_module._write))
    monkeypatch.setattr(shutil, "rmtree", guarded(shutil.rmtree))


def test_wherever_a_pull_is_stopped_the_folder_is_the_old_or_the_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = contents(folder)
    change_here("asst_1", name="Uno", instructions=None)
    change_here("asst_2", instructions="due")
    service.run([row(3, name="Three", instructions="three")], actor=COMMAND_LINE)
    reference = folder.with_name("reference")
    shutil.copytree(folder, reference)
    pull(Folder.made(reference), Here(COMMAND_LINE).states())
    new = contents(reference)
    assert old.keys() != new.keys()
    seen = set()
    for step in range(200):
        shutil.rmtree(folder)
        shutil.copytree(reference, folder)
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            path.unlink()
        for name, content in old.items():
            (folder / name).write_bytes(content)
        with monkeypatch.context() as patched:
            stopping_at(patched, step)
            try:
                pull(Folder.made(folder), Here(COMMAND_LINE).states())
                ended = True
            except Stopped:
                ended = False
        # Whoever comes next finds one of the two.
        Folder.made(folder)
        found = contents(folder)
        assert found in (old, new), step
        seen.add(found == new)
        if ended:
            break
    assert ended
    assert seen == {True, False}


def test_a_change_from_elsewhere_touches_nothing_outside(folder: Path, tmp_path: Path) -> None:
    """A repository may come with such a folder in it."""
    (tmp_path / "precious.md").write_text("precious")
    ready = folder / READY
    (ready / "assistants").mkdir(parents=True)
    (ready / "assistants" / "run.sh").write_text("no")
    (ready / "assistants" / "a.md").symlink_to(tmp_path / "precious.md")
    (ready / "removed.json").write_text(json.dumps(["../../precious.md", "../greenroom.json", 7, None, "one.md"]))
    Folder.made(folder)
    assert (tmp_path / "precious.md").read_text() == "precious"
    assert sorted(path.name for path in (folder / "assistants").iterdir()) == [
        ".gitattributes", "one.json", "two.json",
    ]  # fmt: skip
    assert (folder / "greenroom.json").exists()
    (folder / READY).mkdir()
    (folder / READY / "removed.json").write_text("{ half")
    Folder.made(folder)
    assert not (folder / READY).exists()


def test_a_place_that_can_t_be_written(runner: FlaskCliRunner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = folders.pull(runner, tmp_path / "file" / "below")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("can't be written: Not a directory.\n")


def test_ctrl_c_leaves_the_folder_as_it_was(
    runner: FlaskCliRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_here("asst_1", name="Uno")
    before = contents(folder)

    def interrupted(_: Here) -> Any:
        yield State(exported()["data"][0], "0" * 64)
        raise KeyboardInterrupt

    monkeypatch.setattr(folder_cli.Here, "states", interrupted)
    for command in (folders.pull, push):
        result = command(runner, folder)
        assert (result.exit_code, result.stdout) == (130, "")
        assert result.stderr.endswith("Stopped. Nothing was written.\n")
    assert contents(folder) == before
