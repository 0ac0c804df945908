"""Scripts that write without a pause and remember what was acknowledged; and what has to be true of it afterwards."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

PATIENCE = 60
PAUSE = 0.05
FILLING = "Long enough to be worth packing. " * 150
PASSED = "are as they were written."


class Lost(Exception):
    """No answer came, so nobody knows whether it was done."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    json: Any

    @property
    def version(self) -> int:
        return int(self.headers["x-greenroom-version"])


class Api:
    """One script's connection, which it keeps open as SDKs do."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.key = key

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str = "", body: Any = None, if_match: str | None = None) -> Answer:
        """`path` is what follows `/v1/assistants`; raises `Lost`."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers |= {"If-Match": if_match} if if_match else {}
        try:
            self.connection.request(method, f"/v1/assistants{path}", json.dumps(body) if body else None, headers)
            answer = self.connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError) as failure:
            self.connection.close()
            raise Lost from failure

    def walk(self, path: str = "", *, order: str = "asc", limit: int = 100, also: str = "") -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.ask("GET", f"{path}?limit={limit}&order={order}{also}{after}")
            assert page.status == 200, page.json
            found += page.json["data"]
            if not page.json["has_more"]:
                return found
            after = f"&after={page.json['last_id']}"


@dataclass(frozen=True)
class Save:
    """What a script was told: this text is this version of this assistant."""

    assistant_id: str
    version: int
    text: str


class Writer(threading.Thread):
    """Creates assistants and changes them, and those it shares with others, always from the version it has seen.

    What got no answer it sends once more as it was, with the same `If-Match`, as an SDK does.
    """

    def __init__(self, port: int, key: str, number: int, shared: list[str]) -> None:
        super().__init__(name=f"writer {number}")
        self.api, self.number, self.shared = Api(port, key), number, shared
        self.choices = random.Random(number)
        self.ending = threading.Event()
        self.steps = count(1)
        self.own: list[str] = []
        self.names: list[str] = []
        self.saves: list[Save] = []
        self.refusals: Counter[int] = Counter()
        self.losses = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with self.api:
                while not self.ending.is_set():
                    self.step()
        except BaseException as failure:
            self.failure = failure
            self.ending.set()

    def step(self) -> None:
        number = next(self.steps)
        if not self.own or number % 8 == 1:
            self.create(number)
        else:
            chosen = self.choices.choice([*self.own[-4:], *self.shared])
            self.change(chosen, f"{self.number}-{number} {FILLING}")

    def create(self, number: int) -> None:
        name, text = f"writer {self.number} step {number}", f"{self.number}-{number} {FILLING}"
        # Nothing makes a second try at this one safe, so there is none.
        answer = self.send("", {"model": "m", "name": name, "instructions": text})
        if answer is not None and answer.status == 200:
            assert (answer.json["name"], answer.json["instructions"], answer.version) == (name, text, 1)
            self.own.append(answer.json["id"])
            self.names.append(name)
            self.saves.append(Save(answer.json["id"], 1, text))

    def change(self, assistant_id: str, text: str) -> None:
        seen = self.send(f"/{assistant_id}")
        if seen is None or seen.status != 200:
            return
        while not self.ending.is_set():
            answer = self.send(f"/{assistant_id}", {"instructions": text}, seen.headers["etag"])
            if answer is not None and answer.status == 200:
                assert (answer.json["instructions"], answer.version) == (text, seen.version + 1)
                self.saves.append(Save(assistant_id, answer.version, text))
            if answer is not None and answer.status in {200, 412}:
                return

    def send(self, path: str, body: Any = None, if_match: str | None = None) -> Answer | None:
        try:
            answer = self.api.ask("POST" if body else "GET", path, body, if_match)
        except Lost:
            self.losses += 1
            self.ending.wait(PAUSE)
            return None
        if answer.status != 200:
            self.refusals[answer.status] += 1
            if answer.status != 412:
                self.ending.wait(PAUSE)
        return answer


def begin(port: int | list[int], key: str, number: int, shared: int = 2) -> list[Writer]:
    """So many writers at work, spread over these ports, and so many assistants all of them change."""
    ports = [port] if isinstance(port, int) else port
    with Api(ports[0], key) as api:
        ids = [api.ask("POST", "", {"model": "m", "name": f"shared {place}"}).json["id"] for place in range(shared)]
    writers = [Writer(ports[place % len(ports)], key, place, ids) for place in range(number)]
    for writer in writers:
        writer.start()
    return writers


def through_blows(
    port: int, key: str, blow: Callable[[], None], *, number: int, seconds: float, blows: int
) -> list[Writer]:
    """Writers who have gone on through so many blows, dealt evenly over so many seconds, and got on after each."""
    writers = begin(port, key, number)
    try:
        for _ in range(blows):
            get_on(writers, 2)
            writers[0].ending.wait(seconds / (blows + 1))
            blow()
        get_on(writers, 2)
    finally:
        end(writers)
    return writers


def get_on(writers: list[Writer], saves: int) -> None:
    """Until each of them has been acknowledged so many saves more."""
    wanted = {writer: len(writer.saves) + saves for writer in writers}
    wait_for(writers, lambda writer: len(writer.saves) >= wanted[writer])


def wait_for(writers: list[Writer], condition: Callable[[Writer], bool]) -> None:
    """Until each of them has seen what is waited for."""
    deadline = time.monotonic() + PATIENCE
    for writer in writers:
        while not condition(writer) and not writer.ending.wait(PAUSE):
            assert time.monotonic() < deadline, f"{writer.name}: {writer.refusals}, {writer.losses} lost"


def end(writers: list[Writer]) -> None:
    for writer in writers:
        writer.ending.set()
    for writer in writers:
        writer.join()
    assert [writer.failure for writer in writers if writer.failure] == []


def examine(api: Api, writers: list[Writer]) -> str:
    """Everything acknowledged is there, with its version, and nothing is there twice. What was seen, in words."""
    names = [row["name"] for row in api.walk()]
    assert len(names) == len(set(names)), "An assistant is there twice."
    assert {name for writer in writers for name in writer.names} <= set(names)
    saves = [save for writer in writers for save in writer.saves]
    places = [(save.assistant_id, save.version) for save in saves]
    assert len(places) == len(set(places)), "A version number was given out twice."
    histories = {row["id"]: api.walk(f"/{row['id']}/versions") for row in api.walk()}
    for assistant_id, versions in histories.items():
        assert [version["number"] for version in versions] == list(range(1, len(versions) + 1)), assistant_id
    for save in saves:
        assert histories[save.assistant_id][save.version - 1]["instructions_sha256"] == fingerprint(save.text)
    written = Counter(version["instructions_sha256"] for versions in histories.values() for version in versions)
    # Those that others made begin without a text.
    del written[fingerprint("")]
    assert [text for text, times in written.items() if times > 1] == [], "A write is there twice."
    lost, refused = sum(writer.losses for writer in writers), sum((writer.refusals for writer in writers), Counter())
    return f"{len(saves)} writes acknowledged, {lost} without an answer, refused: {dict(refused)}"


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
