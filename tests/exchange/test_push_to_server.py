"""`pull` and `push` with a Greenroom elsewhere: a real server, real commands, the API and a key between them."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner

from app.exchange.judging import BOTH_CHANGED
from tests.browser.serving import BIN, ROOT, serving
from tests.exchange.folders import change, contents, lines, take_away
from tests.exchange.folders import settings as settings_in
from tests.exchange.saved import SAMPLES, exported, row

# The database here plays no part, and the one there is the embedded one.
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

Run = Callable[..., Result]


@dataclass(frozen=True)
class Elsewhere:
    """A Greenroom that is reached by its API alone."""

    url: str
    key: str
    reading_key: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/v1{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def listed(self) -> list[dict[str, Any]]:
        first = self.call("GET", "/assistants?limit=100")
        if not first["has_more"]:
            return list(first["data"])
        rest = self.call("GET", f"/assistants?limit=100&after={first['last_id']}")
        return [*first["data"], *rest["data"]]

    def empty(self) -> None:
        for each in self.listed():
            self.call("DELETE", f"/assistants/{each['id']}")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    with serving(tmp_path_factory.mktemp("there")) as greenroom:
        keys = [greenroom.flask("keys", "create", scope, "--scope", scope).strip() for scope in ("write", "read")]
        yield Elsewhere(greenroom.url, *keys)


@pytest.fixture
def run(runner: FlaskCliRunner, elsewhere: Elsewhere) -> Run:
    def command(name: str, folder: Path, *options: str, key: str | None = None, url: str | None = None) -> Result:
        environment = {"GREENROOM_KEY": elsewhere.key if key is None else key}
        command = ["assistants", name, str(folder), *options, "--server", url or elsewhere.url]
        result = runner.invoke(args=command, env=environment)
        # What is done there is not done here.
        assert exported()["data"] == []
        return result

    return command


@on_sqlite
def test_out_changed_and_back(run: Run, elsewhere: Elsewhere, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    rows = SAMPLES[0]["data"]
    elsewhere.empty()
    elsewhere.call("POST", "/imports", {"assistants": rows[::-1]})
    pulled = run("pull", folder)
    assert (pulled.exit_code, pulled.stderr) == (0, "")
    assert lines(pulled)[-1] == "120 compared: 120 created, 0 changed, 0 unchanged, 0 refused"

    file = json.loads((folder / "greenroom.json").read_bytes())["assistants"][0]["file"]
    change(folder, file, instructions="\r\nChanged elsewhere \u2028")
    (folder / "assistants" / "made by hand.json").write_text('{"model": "m", "instructions": null}')
    dry = run("push", folder, "--dry-run", url=f"{elsewhere.url}/v1/")
    assert lines(dry)[-1] == "121 compared: 1 created, 1 changed, 119 unchanged, 0 refused"
    assert elsewhere.listed() == rows
    done = run("push", folder, "--note", "Naïve")
    assert (done.exit_code, done.stderr) == (0, "")
    after = {each["id"]: each for each in elsewhere.listed()}
    made = settings_in(folder, "made by hand")
    assert len(after) == 121
    assert after[made["id"]]["created_at"] == made["created_at"]
    changed = settings_in(folder, file)["id"]
    assert after[changed]["instructions"] == "\r\nChanged elsewhere \u2028"
    version = elsewhere.call("GET", f"/assistants/{changed}/versions/2")
    assert (version["note"], version["origin"], version["author"]["name"]) == ("Naïve", "import", "write")

    elsewhere.call("POST", f"/assistants/{made['id']}", {"name": "Faster"})
    change(folder, "made by hand", name="Slower")
    refused = run("push", folder)
    assert (refused.exit_code, refused.stderr) == (1, "Nothing was written.\n")
    assert BOTH_CHANGED in refused.stdout
    assert run("pull", folder, "--force").exit_code == 0
    assert settings_in(folder, "made by hand")["name"] == "Faster"
    take_away(folder, "made by hand")
    assert lines(run("push", folder, "--delete"))[0] == f'removed: {made["id"]} "Faster"'
    assert len(elsewhere.listed()) == 120
    assert "120 unchanged" in run("push", folder).stdout


def test_a_machine_without_a_greenroom_gets_none(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.call("POST", "/imports", {"assistants": [row(2, name="For a machine alone")]})
    here, folder = tmp_path / "instance", tmp_path / "folder"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
    environment |= {"GREENROOM_INSTANCE_PATH": str(here), "GREENROOM_KEY": elsewhere.key}
    command = [BIN / "flask", "assistants", "pull", folder, "--server", elsewhere.url]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert (folder / "greenroom.json").exists()
    assert not list(here.glob("*.db"))


@on_sqlite
def test_a_key_that_may_only_read(run: Run, elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.call("POST", "/imports", {"assistants": [row(1, name="For reading")]})
    assert run("pull", tmp_path, key=elsewhere.reading_key).exit_code == 0
    change(tmp_path, "for-reading", name="x")
    refused = run("push", tmp_path, key=elsewhere.reading_key)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: You are not allowed to change anything here.")


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """A server that is no Greenroom, and the keys it was sent."""
    seen: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is theirs."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


@on_sqlite
def test_what_goes_wrong_is_a_sentence(run: Run, tmp_path: Path) -> None:
    wrong = run("pull", tmp_path, key="gr_wrong")
    assert wrong.stderr.startswith("Error: Incorrect API key provided")
    none = run("pull", tmp_path, key="")
    assert none.stderr == "Error: Put the key of an API client into the variable GREENROOM_KEY.\n"
    for address in ("greenroom.example", "file:///etc/passwd", "http://", "https://a/?x=1"):
        refused = run("pull", tmp_path, url=address)
        assert refused.stderr.startswith(f"Error: '{address}' is no address of a Greenroom")
    nobody = run("pull", tmp_path, url="http://127.0.0.1:9")
    assert nobody.stderr == "Error: http://127.0.0.1:9/v1 can't be reached: [Errno 111] Connection refused.\n"
    with answering(200, b"<html>") as (url, _):
        other = run("pull", tmp_path, url=url)
        assert other.stderr == f"Error: {url}/v1 doesn't answer as a Greenroom does. Is the address right?\n"
    for odd in (b"{}", b"[]", b'{"data": 7}', b'{"data": [7], "has_more": false}'):
        with answering(200, odd) as (url, _):
            assert "doesn't answer as a Greenroom does" in run("pull", tmp_path, url=url).stderr
    leading_out = {"data": [row(1) | {"id": "asst_/../../../out"}], "has_more": False}
    with answering(200, json.dumps(leading_out).encode()) as (url, _):
        assert "Invalid 'id': string does not match pattern." in run("pull", tmp_path, url=url).stderr
    with answering(404, b"nothing here") as (url, _):
        missing = run("pull", tmp_path, url=url)
        assert missing.stderr == f"Error: {url}/v1 answered 404 Not Found. Is the address right?\n"
    assert contents(tmp_path) == {}


@on_sqlite
def test_the_key_doesn_t_follow_a_redirect(run: Run, tmp_path: Path) -> None:
    with answering(200, b"{}") as (thief, stolen), answering(302, b"", Location=thief) as (url, seen):
        led = run("pull", tmp_path, url=url)
    assert led.stderr == (f"Error: {url}/v1 leads on to {thief}. Give that address instead, if it is the right one.\n")
    assert (len(seen), stolen) == (1, [])
