"""Reading over HTTP, against the floor: a bare Flask route under the same gunicorn that answers as many constant bytes.

Both are served at once and loaded in turn. Each line comes twice: by the answers in a second, and by the processor time
that the workers took for an answer, which depends less on what else the machine does.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app.core.actors import Scope
from app.extensions import db
from tests import bare, factories
from tests.bench.ground import ENGINES, full_text, greenroom, server, signed_in
from tests.bench.load import Counted, Load, put_on
from tests.bench.measure import Line, of_rates
from tests.sample_words import prose

GROUP = "Reading over HTTP, 8 connections, against the floor"
SECRET = "only for the bench"
# By engine: how much of the floor's rate is wanted.
BARS = {
    "retrieve 2 KB": {"SQLite": 0.65, "PostgreSQL": 0.5},
    "retrieve 256,000 characters": {"SQLite": 0.6, "PostgreSQL": 0.5},
    "not modified, 256,000 characters": {"SQLite": 0.65, "PostgreSQL": 0.5},
    "list of 20 with texts": {"SQLite": 0.5, "PostgreSQL": None},
    "list page, signed in": {"SQLite": 0.25, "PostgreSQL": None},
}


@dataclass(frozen=True)
class Asked:
    name: str
    path: str
    headers: dict[str, str]
    size: int


def lines(folder: Path, *, rounds: int, seconds: float, engines: Sequence[str] = ENGINES) -> Iterator[Line]:
    for engine in engines:
        with server(engine) as url:
            yield from _lines_of(engine, folder / engine, url, rounds, seconds)


def _lines_of(engine: str, folder: Path, url: str | None, rounds: int, seconds: float) -> Iterator[Line]:
    requests = seeded(folder, url)
    own = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": SECRET}
    own |= {"GREENROOM_DATABASE_URL": url} if url else {}
    with ExitStack() as stack:
        floor = stack.enter_context(bare.serving(folder))
        ours = stack.enter_context(bare.serving(folder, application="wsgi:app", environment=own))
        for asked in requests:
            yield from _against_floor(engine, asked, ours, floor, rounds, seconds)


def _against_floor(
    engine: str, asked: Asked, ours: bare.Server, floor: bare.Server, rounds: int, seconds: float
) -> Iterator[Line]:
    rates, costs, shares = [], [], []
    for turn in range(rounds + 1):
        pair = []
        for served, path, headers in ((ours, asked.path, asked.headers), (floor, f"/{asked.size}", {})):
            before = served.worked()
            counted = put_on(Load(served.port, path, headers, seconds=seconds))
            _all_well(asked.name, headers, counted)
            pair.append((counted.rate, (served.worked() - before) / (counted.rate * seconds)))
            shares.append(counted.share)
        if turn:  # The first warms both up.
            rates.append((pair[0][0], pair[1][0]))
            costs.append((pair[1][1], pair[0][1]))
    print(f"  {engine}, {asked.name}: generator {statistics.median(shares):.0%} of a core", file=sys.stderr)
    yield of_rates(GROUP, f"{engine}: {asked.name}", rates, bar=BARS[asked.name][engine])
    if all(cost for pair in costs for cost in pair):
        yield of_rates(GROUP, f"{engine}:   the same by processor time", [(1 / o, 1 / f) for f, o in costs], bar=None)


def _all_well(name: str, headers: dict[str, str], counted: Counted) -> None:
    wanted = {"304"} if "If-None-Match" in headers else {"200"}
    assert counted.statuses.keys() == wanted, f"{name} was answered with {counted.statuses}"


def seeded(folder: Path, url: str | None) -> list[Asked]:
    """A database with assistants of usual lengths and one of full length, and what to ask of it."""
    rng = random.Random(3)
    with greenroom(folder, url) as app:
        with app.app_context():
            for _ in range(60):
                length = min(20_000, round(rng.lognormvariate(7.5, 0.7)))
                factories.make_assistant(instructions=prose(rng, max(50, length)))
            short = factories.make_assistant(instructions=prose(rng, 2_000)).id
            long = factories.make_assistant(instructions=full_text()).id
            for _ in range(40):
                factories.make_assistant(instructions=prose(rng, 2_300))
            headers = factories.bearer(factories.make_key(Scope.READ))
            if url:
                # Within a minute PostgreSQL does so by itself, amid the lines, and then finds rows in another way.
                db.session.execute(text("ANALYZE"))
                db.session.commit()
            db.session.remove()
        client = signed_in(app)
        cookie = "; ".join(f"{cookie.decoded_key}={cookie.value}" for cookie in client._cookies.values())
        plain = app.test_client(use_cookies=False)
        tag = plain.get(f"/v1/assistants/{long}", headers=headers).headers["ETag"]
        found = [
            ("retrieve 2 KB", f"/v1/assistants/{short}", headers),
            ("retrieve 256,000 characters", f"/v1/assistants/{long}", headers),
            ("not modified, 256,000 characters", f"/v1/assistants/{long}", headers | {"If-None-Match": tag}),
            ("list of 20 with texts", "/v1/assistants", headers),
            ("list page, signed in", "/assistants", {"Cookie": cookie}),
        ]
        return [Asked(name, path, given, len(plain.get(path, headers=given).data)) for name, path, given in found]
