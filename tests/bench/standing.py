"""The served program as such: the memory of its workers, and how soon it answers, against a bare Flask application."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from flask import Flask

from app.assistants.spec import INSTRUCTIONS_LENGTH
from app.core.actors import Scope
from app.extensions import db
from tests import bare, factories
from tests.bench.ground import full_text, greenroom
from tests.bench.load import Load, put_on
from tests.bench.measure import Line, of_times, size
from tests.sample_words import prose

GROUP = "Memory and start"
SECRET = "only for the bench"
GROWTH_BAR, BARE_BAR, START_BAR = 1.3, 3.0, 3.0
# A worker has settled once it did nothing for so long, in seconds: it compiles its pages while it answers already.
QUIET = 0.5
LONG = 8


def lines(folder: Path, *, requests: int, starts: int) -> Iterator[Line]:
    own = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": SECRET}
    with greenroom(folder) as app:
        made, headers = _seeded(app)
    with ExitStack() as stack:
        floor = stack.enter_context(bare.serving(folder))
        ours = stack.enter_context(bare.serving(folder, application="wsgi:app", environment=own))
        for server in (floor, ours):
            _settle(server)
        before = _memory(ours)
        _work(ours, made, headers, requests)
        _work(floor, [], {}, requests)
        after = _memory(ours)
        yield size(GROUP, f"all workers after {requests:,} mixed requests, against before", after, before, GROWTH_BAR)
        yield size(GROUP, "  the same, against a bare application's", after, _memory(floor), BARE_BAR)
    taken = [(_start(folder, "wsgi:app", own), _start(folder, bare.BARE, {})) for _ in range(starts + 1)]
    yield of_times(GROUP, "from start to first answer, against a bare application", taken[1:], bar=START_BAR)


def _seeded(app: Flask) -> tuple[list[str], dict[str, str]]:
    """Short assistants and some of full length, the long ones last."""
    with app.app_context():
        texts = [prose(random.Random(number), 2_300) for number in range(60)]
        texts += [full_text(seed=number)[:INSTRUCTIONS_LENGTH] for number in range(LONG)]
        made = [factories.make_assistant(instructions=text).id for text in texts]
        headers = factories.bearer(factories.make_key(Scope.WRITE))
        db.session.remove()
    return made, headers


def _work(server: bare.Server, made: list[str], headers: dict[str, str], requests: int) -> None:
    """So many requests: retrieving short and long texts, lists, and one change in ten."""
    body, targets = '{"temperature": 0.NUMBER}', [f"/v1/assistants/{one}" for one in made]
    paths = [*targets[:LONG], "/v1/assistants", *targets[-LONG:]] if made else ["/2300"]
    done = 0.0
    while done < requests:
        for path in paths:
            load = Load(server.port, path, headers, every=10 if made else 0, targets=targets, body=body)
            counted = put_on(load)
            assert counted.statuses.keys() == {"200"}, counted
            done += sum(counted.statuses.values())
            if done >= requests:
                return


def _settle(server: bare.Server) -> None:
    """Wait until the workers have done what they do at first."""
    worked = -1.0
    while server.worked() != worked:
        worked = server.worked()
        time.sleep(QUIET)


def _memory(server: bare.Server) -> int:
    """The proportional set size of all workers, in bytes."""
    found = 0
    for worker in server.workers():
        rollup = Path(f"/proc/{worker}/smaps_rollup").read_text()
        found += int(rollup.split("\nPss:")[1].split()[0]) * 1024
    return found


def _start(folder: Path, application: str, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    with bare.serving(folder, application=application, environment=environment) as server:
        taken = time.perf_counter() - began
        # A worker that is only just being made doesn't hear that it has to stop, and is waited for in vain.
        _settle(server)
    return taken
