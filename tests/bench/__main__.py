"""Measures Greenroom and prints a table of ratios; `make bench` runs it. Exits with 1 when a line falls short.

python -m tests.bench [--quick] [--json FILE] [GROUP …]
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from app.config import ROOT
from tests.bench import (
    comparison,
    connections,
    history,
    paging,
    reading,
    replacing,
    saving,
    searching,
    standing,
    typing,
    writing,
)
from tests.bench.ground import ENGINES
from tests.bench.measure import Line, table, write

# By group: all of its lines, and fewer rounds on the embedded database alone, to try out a change.
Lines = Callable[[Path], Iterator[Line]]
EMBEDDED = ENGINES[:1]
GROUPS: dict[str, tuple[Lines, Lines]] = {
    "history": (
        lambda folder: history.lines(folder, edits=1000, rounds=60),
        lambda folder: history.lines(folder, edits=70, rounds=10),
    ),
    "comparison": (
        lambda folder: comparison.lines(folder, rounds=7),
        lambda folder: comparison.lines(folder, rounds=1),
    ),
    "replacing": (
        lambda folder: replacing.lines(folder, count=10_000, rounds=5),
        lambda folder: replacing.lines(folder, count=300, rounds=2, engines=EMBEDDED),
    ),
    "saving": (lambda folder: saving.lines(folder, rounds=100), lambda folder: saving.lines(folder, rounds=15)),
    "searching": (
        lambda folder: searching.lines(folder, count=100_000, rounds=7),
        lambda folder: searching.lines(folder, count=1_000, rounds=2, engines=EMBEDDED),
    ),
    "connections": (
        lambda folder: connections.lines(folder, draws=20, seconds=1.0),
        lambda folder: connections.lines(folder, draws=4, seconds=0.3),
    ),
    "reading": (
        lambda folder: reading.lines(folder, rounds=8, seconds=1.5),
        lambda folder: reading.lines(folder, rounds=1, seconds=0.5, engines=EMBEDDED),
    ),
    "writing": (
        lambda folder: writing.lines(folder, count=5_000, rounds=12, seconds=1.0),
        lambda folder: writing.lines(folder, count=100, rounds=1, seconds=0.4, engines=EMBEDDED),
    ),
    "standing": (
        lambda folder: standing.lines(folder, requests=40_000, starts=5),
        lambda folder: standing.lines(folder, requests=500, starts=1),
    ),
    "paging": (
        lambda folder: paging.lines(folder, count=1_000_000, walked=10_000, rounds=15, seconds=1.0),
        lambda folder: paging.lines(folder, count=10_000, walked=1_000, rounds=1, seconds=0.3, engines=EMBEDDED),
    ),
    "typing": (
        lambda folder: typing.lines(folder, rounds=35),
        lambda folder: typing.lines(folder, rounds=1),
    ),
}
PACKAGES = ("flask", "werkzeug", "sqlalchemy", "wtforms", "zstandard", "rapidfuzz", "pydantic")


def main() -> int:
    arguments = parsed()
    warnings.simplefilter("ignore")
    lines: list[Line] = []
    failed = [group for group in arguments.groups or GROUPS if not measured(group, lines, quick=arguments.quick)]
    about = machine()
    print(" · ".join(f"{name} {value}" for name, value in about.items()))
    print(table(lines))
    for group in failed:
        print(f"The group {group} could not be measured; the reason is above. What is shown of it isn't all.")
    write(arguments.json, lines, about, failed)
    return int(bool(failed) or any(line.falls_short for line in lines))


def measured(group: str, lines: list[Line], *, quick: bool) -> bool:
    """Add the group's lines; whether there are all of them. One that fails leaves the others to be measured."""
    print(f"Measuring {group} …", file=sys.stderr)
    began = time.monotonic()
    try:
        # Not below a folder of one's own alone: root starts PostgreSQL as another user.
        with tempfile.TemporaryDirectory(prefix="greenroom-bench-", ignore_cleanup_errors=True) as folder:
            lines.extend(GROUPS[group][quick](Path(folder)))
    except Exception:
        traceback.print_exc()
        return False
    print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr)
    return True


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"some of {', '.join(GROUPS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer edits and rounds: coarser, but soon there")
    parser.add_argument("--json", type=Path, default=ROOT / "instance" / "bench.json", help="where to write the lines")
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - set(GROUPS):
        parser.error(f"There is no group {', '.join(sorted(unknown))}. There are {', '.join(GROUPS)}.")
    return arguments


def machine() -> dict[str, str]:
    """What the run ran on; the ratios alone are for comparing."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in PACKAGES},
    }


if __name__ == "__main__":
    sys.exit(main())
