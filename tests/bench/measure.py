"""How a line of the bench is measured and shown: two jobs taken in turn, their medians, and the ratio against its bar.

What is measured is in the other modules of this folder. No time is ever a pass mark, only a ratio of two times (or of
two sizes) that were taken in the same run on the same machine.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# What a job does before the clock runs; what it returns is timed.
Job = Callable[[], Callable[[], object]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `spread` is half the distance of the quartiles of the ratio, as a share of it."""

    group: str
    name: str
    unit: str
    ours: float
    against: float
    ratio: float
    bar: float | None
    spread: float = 0.0
    rounds: int = 1
    # Rates are better the higher they are; times and sizes, the lower.
    at_least: bool = False

    @property
    def falls_short(self) -> bool:
        return self.bar is not None and (self.ratio < self.bar if self.at_least else self.ratio > self.bar)


def ready(deed: Callable[[], object]) -> Job:
    """A job that needs no preparation."""
    return lambda: deed


def size(group: str, name: str, ours: int, against: int, bar: float | None) -> Line:
    """A line that compares bytes, which don't vary."""
    return Line(group, name, "MB", ours / 1e6, against / 1e6, ours / against, bar)


def pair(
    group: str,
    name: str,
    ours: Job,
    against: Job,
    *,
    bar: float | None,
    rounds: int,
    warm_up: int = 2,
    clock: Clock = time.perf_counter,
) -> Line:
    """A line that compares times. The jobs take turns, so that what slows the machine down slows both."""
    for _ in range(warm_up):
        _timed(ours, clock)
        _timed(against, clock)
    taken = []
    for turn in range(rounds):
        # Whoever goes first finds other things in the processor's caches; so they swap.
        if turn % 2:
            second = _timed(against, clock)
            taken.append((_timed(ours, clock), second))
        else:
            first = _timed(ours, clock)
            taken.append((first, _timed(against, clock)))
    return of_times(group, name, taken, bar=bar)


def of_times(group: str, name: str, taken: list[tuple[float, float]], *, bar: float | None) -> Line:
    """A line from times in seconds, taken in turn: ours and what it is held against."""
    ours, against = (statistics.median(column) for column in zip(*taken, strict=True))
    return Line(group, name, "ms", ours * 1e3, against * 1e3, ours / against, bar, _spread(taken), len(taken))


def of_rates(group: str, name: str, taken: list[tuple[float, float]], *, bar: float | None) -> Line:
    """A line from rates, which are to be at least `bar` of what they are held against, round by round."""
    ours, against = (statistics.median(column) for column in zip(*taken, strict=True))
    ratio = statistics.median(own / other for own, other in taken)
    return Line(group, name, "/s", ours, against, ratio, bar, _spread(taken), len(taken), at_least=True)


def _timed(job: Job, clock: Clock) -> float:
    deed = job()
    # What earlier rounds have left behind is collected between rounds, not in one that happens to come next.
    gc.disable()
    began = clock()
    deed()
    taken = clock() - began
    gc.enable()
    return taken


def _spread(taken: list[tuple[float, float]]) -> float:
    ratios = [ours / against for ours, against in taken]
    if len(ratios) < 4:
        return 0.0
    low, middle, high = statistics.quantiles(ratios, n=4)
    return (high - low) / 2 / middle if middle else 0.0


def table(lines: list[Line]) -> str:
    """The lines for reading, those that fall short marked."""
    width = max((len(line.name) for line in lines), default=0)
    rows = [f"{'':{width}}  {'ours':>12}  {'against':>12}  {'ratio':>8}  {'bar':>6}  {'±':>5}  {'n':>4}"]
    group = ""
    for line in lines:
        if line.group != group:
            group = line.group
            rows += ["", group]
        bar = "" if line.bar is None else f"{'≥' if line.at_least else '≤'}{line.bar:g}"
        rows.append(
            f"{line.name:{width}}  {line.ours:9.3f} {line.unit}  {line.against:9.3f} {line.unit}  {line.ratio:8.3f}  "
            f"{bar:>6}  {line.spread:5.0%}  {line.rounds:>4}  {'FALLS SHORT' if line.falls_short else ''}".rstrip()
        )
    return "\n".join(rows)


def write(path: Path, lines: list[Line], about: dict[str, Any], failed: list[str]) -> None:
    """The same for machines."""
    found = [asdict(line) | {"falls_short": line.falls_short} for line in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"about": about, "failed": failed, "lines": found}, indent=2) + "\n", encoding="utf-8")
