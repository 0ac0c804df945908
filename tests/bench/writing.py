"""Writing over HTTP: creating and changing by 8 clients, and reading and writing mixed by 16.

Creating is held against the *store*, one writer who asks the same of the database by the driver alone, and both against
the *floor*, a bare Flask route that answers as many bytes. All commits of the embedded database wait for the disk.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from flask import Flask

from app.core.actors import Scope
from app.core.database import transaction
from app.extensions import db
from tests import bare, factories
from tests.bench.ground import ENGINES, greenroom, server
from tests.bench.load import Counted, Load, put_on
from tests.bench.measure import Line, of_rates, of_times
from tests.bench.store import Deed, copy_of, noted, rate
from tests.sample_words import prose

GROUP = "Writing over HTTP, {engine}"
SECRET = "only for the bench"
STORE_BAR, FLOOR_BAR, SLOWEST_BAR = 0.6, 0.2, 10.0
# So many deeds are noted, and asked again in each round.
DEEDS = 150
# So many assistants are changed in turn.
CHANGED = 64
SIZE = 2_000


def lines(folder: Path, *, count: int, rounds: int, seconds: float, engines: Sequence[str] = ENGINES) -> Iterator[Line]:
    for engine in engines:
        with server(engine) as url:
            yield from _lines_of(engine, folder / engine, url, count, rounds, seconds)


def _lines_of(engine: str, folder: Path, url: str | None, count: int, rounds: int, seconds: float) -> Iterator[Line]:
    group = GROUP.format(engine=engine)
    folder.mkdir()
    own = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": SECRET}
    own |= {"GREENROOM_DATABASE_URL": url} if url else {}
    with ExitStack() as stack:
        app = stack.enter_context(greenroom(folder, url))
        made, headers = _seeded(app, count)
        fresh = stack.enter_context(copy_of(app, folder))
        deeds = noted(app, [_creating(number) for number in range(DEEDS)])
        with app.app_context():
            db.engine.dispose()
        floor = stack.enter_context(bare.serving(folder))
        ours = stack.enter_context(bare.serving(folder, application="wsgi:app", environment=own))
        reads = Load(ours.port, f"/v1/assistants/{made[0]}", headers, seconds=seconds)
        creates = replace(reads, every=1, targets=["/v1/assistants"], body=json.dumps(_body("NUMBER")))
        yield _against_store(group, creates, fresh, deeds, rounds)
        warmer = '{"temperature": 0.NUMBER}'
        changes = replace(reads, every=1, targets=[f"/v1/assistants/{one}" for one in made], body=warmer)
        for name, load in (("create 2 KB", creates), ("modify the temperature", changes)):
            yield _against_floor(
                group, name, load, replace(load, port=floor.port, every=0, path=f"/{SIZE + 400}"), rounds
            )
        yield from _mixed(group, replace(reads, connections=16), replace(changes, connections=16, every=10), rounds)


def _body(name: str) -> dict[str, str]:
    return {"model": "gpt-4o", "name": name, "instructions": prose(random.Random(5), SIZE)}


def _seeded(app: Flask, count: int) -> tuple[list[str], dict[str, str]]:
    """So many assistants of 2 KB, of which these change, and a key that may write and was used before.

    A write becomes slower with the number of them, most of all while there are few: the index merges what it has, and
    there is more that the log is copied to. So all begin where a few more make little difference.
    """
    with app.app_context():
        with transaction(db.session):
            made = [factories.make_assistant(**_body(f"Assistant {number}")).id for number in range(count)]
        headers = factories.bearer(factories.make_key(Scope.WRITE))
        db.session.remove()
    return made[:CHANGED], headers


def _creating(number: int) -> Callable[[], object]:
    return lambda: factories.make_assistant(**_body(str(number)))


def _against_store(group: str, creates: Load, fresh: Callable[[], object], deeds: list[Deed], rounds: int) -> Line:
    taken = []
    for turn in range(rounds + 1):
        pair = _counted(creates).rate, rate(fresh(), deeds)
        if turn:
            taken.append(pair)
    return of_rates(group, "create 2 KB, 8 clients, against one writer of the store", taken, bar=STORE_BAR)


def _against_floor(group: str, name: str, load: Load, floor: Load, rounds: int) -> Line:
    taken = []
    for turn in range(rounds + 1):
        pair = _counted(load).rate, _counted(floor).rate
        if turn:
            taken.append(pair)
    return of_rates(group, f"{name}, 8 clients, against the floor", taken, bar=FLOOR_BAR)


def _mixed(group: str, reads: Load, mixed: Load, rounds: int) -> Iterator[Line]:
    taken = []
    for turn in range(rounds + 1):
        pair = _counted(mixed), _counted(reads)
        if turn:
            taken.append(pair)
    slowest = [(one.slowest, other.median) for one, other in taken]
    yield of_times(
        group, "mixed 90/10, 16 clients: slowest percent against the median of reads", slowest, bar=SLOWEST_BAR
    )
    rates = [(one.rate, other.rate) for one, other in taken]
    yield of_rates(group, "  the same: answers a second, against reads alone", rates, bar=None)


def _counted(load: Load) -> Counted:
    """Every answer has to be a good one."""
    counted = put_on(load)
    assert counted.statuses.keys() == {"200"}, counted
    return counted
