"""The folder as a ZIP file: taken along from the Export page, brought in by the Import page, and never trusted."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.assistants import service as assistants
from app.config import Settings
from app.core.actors import COMMAND_LINE
from app.exchange import archive, importing, service
from app.exchange.archive import UnreadableArchive, archive_pieces, read_archive
from app.exchange.filing import Filed
from app.exchange.judging import BOTH_CHANGED, NEWER_HERE
from tests.exchange.folders import change_here
from tests.exchange.racing import overtaken
from tests.exchange.saved import SAMPLE_NAMES, SAMPLES, exported, row, verdicts
from tests.exchange.test_folder import DIFFICULT, wipe
from tests.exchange.test_import_pages import cells, upload
from tests.pages import Visitor
from tests.sample import make_sample

HALF = "assistants/half.json is not valid JSON at line 1, column 2: Expecting property name enclosed in double quotes."


def downloaded(visitor: Visitor) -> bytes:
    return visitor.client.get(visitor.get("/export").link("Download the folder")).get_data()


def files_in(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(files: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return sink.getvalue()


@pytest.mark.parametrize("rows", [*(page["data"] for page in SAMPLES), DIFFICULT], ids=[*SAMPLE_NAMES, "difficult"])
def test_out_wiped_and_in_again_is_the_same(app: Flask, editor: Visitor, rows: list[dict[str, Any]]) -> None:
    service.run(rows, actor=COMMAND_LINE)
    before = exported()
    raw = downloaded(editor)
    wipe()
    page = upload(editor, raw, "folder.zip")
    assert page.h1 == "Check the import"
    editor.submit(page, "#confirm")
    assert json.dumps(exported()) == json.dumps(before)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_command_reads_it_too(runner: FlaskCliRunner) -> None:
    page = make_sample(20)
    raw = zipped_from(page["data"])
    result = runner.invoke(args=["assistants", "import", "-"], input=raw)
    assert (result.exit_code, exported()) == (0, page)
    assert runner.invoke(args=["assistants", "import", "-"], input=raw[:-1]).exit_code == 2


def zipped_from(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(archive_pieces((given, "0" * 64) for given in reversed(rows)))


def test_the_whole_journey(editor: Visitor) -> None:
    rows = [row(number, name=f"N{number}", instructions=f"{number}") for number in range(1, 5)]
    service.run(rows, actor=COMMAND_LINE)
    files = files_in(downloaded(editor))
    assert sorted(files) == [
        "assistants/.gitattributes",
        *(f"assistants/n{number}{ending}" for number in range(1, 5) for ending in (".json", ".md")),
        "greenroom.json",
    ]
    change_here("asst_1", description="Meanwhile")
    change_here("asst_2", description="Meanwhile")
    files["assistants/n2.md"] = b"two"
    files["assistants/n3.md"] = b"three\r\n"
    files["assistants/new.json"] = b'{"model": "gpt-4o", "name": "New"}'
    files["assistants/new.md"] = b""
    files["assistants/half.json"] = b"{"
    # As the tools of an operating system pack a folder that somebody has worked in.
    files = {f"my folder/{name}": content for name, content in files.items()}
    files |= {"__MACOSX/my folder/assistants/._n1.json": b"\0", "my folder/.git/config": b"", "my folder/README": b"x"}
    page = upload(editor, zipped(files), "folder.zip")
    assert [line[1:] for line in cells(page)] == [
        ["N1 asst_1", "Kept", NEWER_HERE],
        ["N2 asst_2", "Refused", BOTH_CHANGED],
        ["N3 asst_3", "Changed", "Changes: instructions"],
        ["assistants/half Without an id", "Refused", HALF],
        ["New Without an id", "Created", ""],
        ["N4 asst_4", "Unchanged", ""],
    ]  # fmt: skip
    done = editor.submit(page, "#confirm", button="Import 2 assistants")
    made = next(each for each in exported()["data"] if each["name"] == "New")
    assert made["id"] in done.text
    assert made["instructions"] == ""
    assert done.link("New") == f"/assistants/{made['id']}"
    assert assistants.get("asst_3").instructions == "three\r\n"
    assert assistants.get("asst_1").description == assistants.get("asst_2").description == "Meanwhile"
    assert assistants.get("asst_2").instructions == "2"


def test_what_changes_between_check_and_confirmation_is_not_overwritten(editor: Visitor) -> None:
    service.run([row(1, name="One", instructions="one")], actor=COMMAND_LINE)
    files = files_in(downloaded(editor))
    files["assistants/one.md"] = b"uno"
    page = upload(editor, zipped(files), "folder.zip")
    change_here("asst_1", name="Faster")
    done = editor.submit(page, "#confirm")
    assert cells(done) == [["1", "One asst_1", "Refused", BOTH_CHANGED]]
    assert (assistants.get("asst_1").name, assistants.get("asst_1").instructions) == ("Faster", "one")


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_nor_what_changes_at_the_same_moment(app: Flask, settings: Settings) -> None:
    service.run([row(1, name="One")], actor=COMMAND_LINE)
    base = assistants.get("asst_1").fingerprint
    changed = row(1, name="Uno", instructions=None)
    rows = [Filed("one", changed, base), Filed("two", row(2, instructions=None), "")]
    with overtaken(settings, "asst_1"):
        report = service.run(rows, actor=COMMAND_LINE)
    assert verdicts(report) == ["refused", "created"]
    assert report.rows[0].reasons == (importing.OVERTAKEN,)
    assert assistants.get("asst_1").name == "One"


def test_it_is_written_while_it_is_read() -> None:
    states = ((row(number, name="n", instructions="x" * 5_000), "0" * 64) for number in range(1_000))
    pieces = archive_pieces(states)
    first = next(pieces)
    assert 0 < len(first) < 2_000
    assert next(states)[0]["id"] == "asst_1"
    pieces.close()


def entry(**facts: Any) -> Callable[[], bytes]:
    """A ZIP file whose one entry says something odd of itself."""

    def make() -> bytes:
        sink = BytesIO()
        info = zipfile.ZipInfo(facts.pop("name", "assistants/a.json"))
        content = facts.pop("content", b"{}")
        for name, value in facts.items():
            setattr(info, name, value)
        with zipfile.ZipFile(sink, "w") as made:
            made.writestr(info, content)
        return sink.getvalue()

    return make


def with_flag() -> bytes:
    raw = bytearray(zipped({"assistants/a.json": "{}"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    return bytes(raw)


def of_size(size: int) -> Callable[[], bytes]:
    """Its list says of a file that it has so many bytes."""

    def make() -> bytes:
        raw = bytearray(zipped({"assistants/a.json": "{}" + " " * 98}))
        struct.pack_into("<L", raw, raw.index(b"PK\x01\x02") + 24, size)
        return bytes(raw)

    return make


def twice() -> bytes:
    raw = zipped({"assistants/a.json": "{}", "assistants/b.json": "{}"})
    return raw.replace(b"assistants/b.json", b"assistants/a.json")


def changed_content() -> bytes:
    return zipped({"assistants/a.json": "{}" * 50}, zipfile.ZIP_STORED).replace(b"{}{}", b"[][]", 1)


def with_large_list() -> bytes:
    raw = zipped({"assistants/a.json": "{}"})
    at = raw.rindex(b"PK\x05\x06")
    return raw[:at] + b"PK\x06\x07" + b"\0" * 16 + raw[at:]


def bomb() -> bytes:
    return zipped({f"assistants/{number}.json": b" " * (archive.LONGEST_CONTENT // 4) for number in range(5)})


MADE_ANEW = "The ZIP file is damaged or of an unusual kind. Make it anew."
OUT = "The ZIP file holds a path that leads out of it: "
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut off": (lambda: zipped({"assistants/a.json": "{}"})[:-1], "The ZIP file is incomplete. Make it anew."),
    "a mark alone": (lambda: b"PK", "The ZIP file is incomplete. Make it anew."),
    "nothing in it": (lambda: zipped({}), "The ZIP file holds no assistants: no .json files in a folder 'assistants'"),
    "other files": (lambda: zipped({"a/b.txt": "x"}), "The ZIP file holds no assistants"),
    "deeper": (lambda: zipped({"a/b/assistants/x.json": "{}"}), "The ZIP file holds no assistants"),
    "an absolute path": (entry(name="/assistants/a.json"), OUT),
    "a path upwards": (lambda: zipped({"assistants/../../a.json": "{}"}), OUT),
    "a path of Windows": (lambda: zipped({"assistants\\..\\..\\a.json": "{}"}), OUT),
    "a drive": (lambda: zipped({"C:/assistants/a.json": "{}"}), OUT),
    "a link": (entry(external_attr=(stat.S_IFLNK | 0o777) << 16, content=b"/etc/passwd"), "The ZIP file holds a link"),
    "a password": (with_flag, "The ZIP file is locked with a password."),
    "packed otherwise": (
        lambda: zipped({"assistants/a.json": "{}"}, zipfile.ZIP_LZMA),
        "The ZIP file is packed in an unusual way.",
    ),
    "a name twice": (twice, "The ZIP file holds two files of the same name."),
    "too large a file": (of_size(archive.LONGEST_FILE + 1), "'assistants/a.json' in the ZIP file is larger than"),
    "a bomb": (bomb, "The ZIP file holds more than 128 MB unpacked."),
    "more than it says": (of_size(5), MADE_ANEW),
    "a wrong checksum": (changed_content, MADE_ANEW),
    "the form for many files": (with_large_list, "The ZIP file holds too many files."),
    "a damaged list": (lambda: zipped({"assistants/a.json": "{}", "greenroom.json": "{"}), "greenroom.json is not"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_unpacked(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(UnreadableArchive) as refusal:
        read_archive(make())
    assert refusal.value.message.startswith(sentence)


def test_a_long_list_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = zipped({f"assistants/{number}.json": "" for number in range(10)})
    assert len(read_archive(raw)) == 10
    monkeypatch.setattr(archive, "LONGEST_LIST", 600)
    with pytest.raises(UnreadableArchive, match="too many files"):
        read_archive(raw)


def test_a_comment_behind_the_list_is_no_obstacle() -> None:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        made.comment = b"x" * 0xFFFF
        made.writestr("assistants/a.json", "{}")
    assert [each.file for each in read_archive(sink.getvalue())] == ["a"]


def test_two_with_one_id(app: Flask) -> None:
    made = json.dumps(row(1) | {"instructions": None})
    other = json.dumps(row(1, name="x") | {"instructions": None})
    report = service.plan(read_archive(zipped({"assistants/a.json": made, "assistants/b.json": other})))
    assert verdicts(report) == ["created", "refused"]
    assert report.rows[1].reasons == ("It has the id of number 1 in this file, but differs.",)


def test_the_page_says_what_is_wrong(editor: Visitor) -> None:
    page = upload(editor, zipped({"a.txt": "x"}), "folder.zip")
    assert (page.status, len(page.errors)) == (400, 1)
    assert page.errors[0].startswith("The ZIP file holds no assistants")
