"""Bringing a backup back: on a copy it is brought up to date and every version is checked, and only then it replaces
anything. What was there before is kept beside it.

The checks are commands of their own, run on the copy: this process belongs to the database that is to be replaced.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from app.config import PREFIX, ROOT
from app.core.backup import checked_copy, copy_database, place_of, put_back, refuse_if_open
from app.core.database import utc_now
from app.core.errors import Invalid

CHECKS = (("db", "upgrade"), ("assistants", "verify"))


def restore(engine: Engine, source: Path, *, tell: Callable[[str], object]) -> None:
    """Make the embedded database what `source` holds; raises `Invalid`, and then nothing was replaced."""
    place = place_of(engine)
    if place.exists() and source.samefile(place):
        raise Invalid.one("file", None, "That is the database itself. Name the copy to restore from.")
    refuse_if_open(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=place.parent) as folder:
        candidate = Path(folder) / "candidate.db"
        checked_copy(source, candidate)
        tell("The copy is whole. Bringing it up to date and checking every version …")
        for command in CHECKS:
            tell(_run(command, candidate, source))
        if place.exists():
            before = place.with_name(f"{place.stem}-before-{utc_now():%Y-%m-%d-%H%M%S}.db")
            copy_database(engine, before)
            tell(f"What was there until now is kept in {before}.")
        put_back(candidate, place)
    tell(f"Restored {source}. Keys and passwords are those of that time: what was revoked since then has to be again.")


def _run(command: tuple[str, ...], candidate: Path, source: Path) -> str:
    """What a command says about the candidate; raises `Invalid` when it doesn't like it."""
    own = {"DATABASE_URL": f"sqlite:///{candidate}", "INSTANCE_PATH": str(candidate.parent)}
    environment = os.environ | {f"{PREFIX}{name}": value for name, value in own.items()}
    done = subprocess.run(  # noqa: S603 (our own program, with our own arguments)
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stdout.strip() or done.stderr.strip()).rpartition("\n")[2]
        raise Invalid.one("file", None, f"{source} can't be restored. {reason}")
    return done.stdout.strip()
