"""How kept-alive connections come to the workers: fresh draws of eight, under Greenroom's worker and under gunicorn's.

Plain gthread is shown beside, without a bar, because this is what Greenroom's own kind of worker is there for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests import bare
from tests.bench.load import Counted, Load, put_on
from tests.bench.measure import Line, of_rates

GROUP = "Eight kept-alive connections on two workers, fresh draws"
SIZE = 2_300
SHARE_BAR = 0.8
RATE_BAR = 0.6


def lines(folder: Path, *, draws: int, seconds: float) -> Iterator[Line]:
    counted: dict[str, list[Counted]] = {"gthread": [], "Greenroom": []}
    with (
        bare.serving(folder / "plain", settings='worker_class = "gthread"\ndel child_exit') as plain,
        bare.serving(folder / "own") as own,
    ):
        for _ in range(draws):
            for name, server in (("gthread", plain), ("Greenroom", own)):
                counted[name].append(put_on(Load(server.port, f"/{SIZE}", {}, seconds=seconds)))
    best = max(each.rate for draws_of in counted.values() for each in draws_of)
    for name, each in counted.items():
        bars = (SHARE_BAR, RATE_BAR) if name == "Greenroom" else (None, None)
        shares = [(_least(one), max(one.workers)) for one in each]
        yield of_rates(GROUP, f"{name}: the lesser worker's answers against the other's", shares, bar=bars[0])
        least, most = min(shares, key=lambda pair: pair[0] / pair[1])
        yield of_rates(GROUP, f"{name}:   the same in the worst draw", [(least, most)], bar=None)
        rate = median(one.rate for one in each)
        yield of_rates(GROUP, f"{name}: answers a second, against the best draw", [(rate, best)], bar=bars[1])


def _least(counted: Counted) -> float:
    """What the worker with fewer answers gave; nothing, if one had all of them."""
    return min(counted.workers) if len(counted.workers) > 1 else 0.0
