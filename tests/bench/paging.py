"""Pages far down a long list against the first page of a short one, and walking a list with the SDK."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from openai import OpenAI

from app.core.actors import Scope
from app.core.paging import PAGE_SIZE
from tests import bare, factories
from tests.bench.ground import ENGINES, greenroom, server, signed_in
from tests.bench.load import Load, put_on
from tests.bench.measure import Line, of_rates, of_times
from tests.bench.seeding import fill, id_of

GROUP = "A long list, {engine}"
DEEP_BAR, WALK_BAR = 0.9, 0.5
FEW = 1_000
SECRET = "only for the bench"


@dataclass(frozen=True)
class Served:
    """A Greenroom with so many assistants, and what to ask it with."""

    server: bare.Server
    key: dict[str, str]
    cookie: dict[str, str]


def lines(
    folder: Path, *, count: int, walked: int, rounds: int, seconds: float, engines: Sequence[str] = ENGINES
) -> Iterator[Line]:
    for engine in engines:
        with ExitStack() as stack:
            few, many = (
                stack.enter_context(_serving(folder / f"{engine}-{size}", stack.enter_context(server(engine)), size))
                for size in (FEW, count)
            )
            group = GROUP.format(engine=engine)
            yield from _deep(group, few, many, count, rounds, seconds)
            yield _walk(group, many, walked, rounds)


@contextmanager
def _serving(folder: Path, url: str | None, count: int) -> Iterator[Served]:
    with greenroom(folder, url) as app:
        fill(app, count)
        with app.app_context():
            key = factories.bearer(factories.make_key(Scope.READ))
        client = signed_in(app)
    cookie = "; ".join(f"{cookie.decoded_key}={cookie.value}" for cookie in client._cookies.values())
    own = {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": SECRET}
    own |= {"GREENROOM_DATABASE_URL": url} if url else {}
    with bare.serving(folder, application="wsgi:app", environment=own) as server:
        yield Served(server, key, {"Cookie": cookie})


def _deep(group: str, few: Served, many: Served, count: int, rounds: int, seconds: float) -> Iterator[Line]:
    """The last whole page, from the newest to the oldest, against the first of the short list."""
    last = id_of(PAGE_SIZE + 1)
    for door, path, of in (("API", "/v1/assistants", "key"), ("page", "/assistants", "cookie")):
        rates = []
        for turn in range(rounds + 1):
            pair = []
            for served, asked in ((many, f"{path}?after={last}"), (few, path)):
                counted = put_on(Load(served.server.port, asked, getattr(served, of), seconds=seconds))
                assert counted.statuses.keys() == {"200"}, counted
                pair.append(counted.rate)
            if turn:  # The first warms both up.
                rates.append((pair[0], pair[1]))
        name = f"{door}: page {count // PAGE_SIZE:,} of {count:,}, against the first of {FEW:,}"
        yield of_rates(group, name, rates, bar=DEEP_BAR)


def _walk(group: str, served: Served, count: int, rounds: int) -> Line:
    """Processor time: the server's against the client's."""
    secret = served.key["Authorization"].removeprefix("Bearer ")
    client = OpenAI(api_key=secret, base_url=f"http://127.0.0.1:{served.server.port}/v1", max_retries=0)
    taken = []
    for turn in range(rounds + 1):
        worked, began = served.server.worked(), time.process_time()
        found = sum(1 for _ in islice(client.beta.assistants.list(limit=100), count))
        pair = served.server.worked() - worked, time.process_time() - began
        assert found == count, found
        if turn:
            taken.append(pair)
    client.close()
    name = f"{count:,} assistants through the SDK: the server's work against the client's"
    return of_times(group, name, taken, bar=WALK_BAR)
