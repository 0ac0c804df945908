"""Two servers on one PostgreSQL and sixteen scripts of four kinds: no update is lost, and lists stay exact."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from app.config import Settings
from tests.faults.server import key_for, started
from tests.faults.writers import PASSED, Api, begin, end, examine

SECONDS = 300
WRITERS, WALKERS, SEARCHERS, PASSERS = 8, 4, 2, 2
LASTING = 150


class Script(threading.Thread):
    """Does the same again and again until it is told to end, or something is wrong."""

    def __init__(self, port: int, key: str, lasting: list[str], number: int) -> None:
        super().__init__(name=f"{type(self).__name__} {number}")
        self.api, self.lasting, self.number = Api(port, key), set(lasting), number
        self.ending = threading.Event()
        self.rounds = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with self.api:
                while not self.ending.is_set():
                    self.once()
                    self.rounds += 1
        except BaseException as failure:
            self.failure = failure

    def once(self) -> None:
        raise NotImplementedError


class Walker(Script):
    """Pages through all assistants, in one order or the other, with pages of a size of its own."""

    def once(self) -> None:
        met = self.walk()
        assert len(met) == len(set(met)), "An assistant was met twice."
        assert self.lasting <= set(met), f"{len(self.lasting - set(met))} that were there all along weren't met."

    def walk(self) -> list[str]:
        order = "asc" if self.number % 2 else "desc"
        return [row["id"] for row in self.api.walk(order=order, limit=7 + 10 * self.number)]


class Searcher(Walker):
    """The same with a search, which the lasting ones answer to."""

    def walk(self) -> list[str]:
        return [row["id"] for row in self.api.walk(also="&query=lasting", limit=20)]


class Passer(Script):
    """Makes assistants that don't stay: somebody else's page may end at one that is gone when the next is asked for."""

    def once(self) -> None:
        made = [self.api.ask("POST", "", {"model": "m", "name": "passing"}) for _ in range(5)]
        random.shuffle(made)
        for answer in made:
            assert answer.status == 200, answer.json
            assert self.api.ask("DELETE", f"/{answer.json['id']}").status == 200


def make_lasting(port: int, key: str) -> list[str]:
    with Api(port, key) as api:
        bodies = [{"model": "m", "name": f"lasting {number}"} for number in range(LASTING)]
        return [api.ask("POST", "", body).json["id"] for body in bodies]


@pytest.mark.soak
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_sixteen_scripts_on_two_servers(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path) as one, started(settings, tmp_path) as other:
        key = key_for(settings)
        ports = [one.port, other.port]
        lasting = make_lasting(one.port, key)
        kinds: list[type[Script]] = [Walker] * WALKERS + [Searcher] * SEARCHERS + [Passer] * PASSERS
        scripts = [kind(ports[number % 2], key, lasting, number) for number, kind in enumerate(kinds)]
        writers = begin(ports, key, WRITERS)
        for script in scripts:
            script.start()
        writers[0].ending.wait(SECONDS)
        for script in scripts:
            script.ending.set()
        for script in scripts:
            script.join()
        end(writers)
        assert [(script.name, script.failure) for script in scripts if script.failure] == []
        assert all(script.rounds for script in scripts)
        assert {code for writer in writers for code in writer.refusals} <= {412}
        with Api(other.port, key) as api:
            seen = examine(api, writers)
            for assistant_id in writers[0].shared:
                accepted = sum(save.assistant_id == assistant_id for writer in writers for save in writer.saves)
                assert api.ask("GET", f"/{assistant_id}").version == 1 + accepted, "An update was lost."
        print(seen, {kind.__name__: sum(one.rounds for one in scripts if type(one) is kind) for kind in kinds})
        assert one.flask("assistants", "verify").strip().endswith(PASSED)
