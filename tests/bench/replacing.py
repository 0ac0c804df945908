"""Find and replace touching 1,000 of 10,000 assistants of 2 KB: its first page, its batch, the memory of a large one.

The first page is held against looking through all of them, because it has to come before that is done; one scan of the
table by the database alone is a line to compare with. The batch is held against 1,000 bare updates of the same rows in
one transaction, in the same database. Memory is what a process of its own takes at its peak, more than for one of them.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import text as sql

from app.assistants import service as assistants
from app.assistants.spec import AssistantSpec
from app.bulk import deeds, drafts, service
from app.bulk.models import Draft
from app.config import ROOT
from app.core.actors import Origin
from app.core.database import Record, transaction
from app.core.paging import Window
from app.extensions import db
from tests import factories
from tests.bench.ground import ENGINES, greenroom, server
from tests.bench.measure import Line, pair, ready, size
from tests.sample_words import prose

GROUP = "Find and replace touching 1,000 of 10,000 assistants"
PAGE_BAR, BATCH_BAR = 1.0, 3.0
MEMORY_BAR_BYTES = 200_000_000
TOLD = "The refund comes within 14 days."
SCAN = "SELECT count(*) FROM assistants WHERE deleted_at IS NULL AND instructions LIKE '%14 days%'"
FIND = "SELECT seq, id, instructions FROM assistants WHERE instructions LIKE :text"
UPDATE = "UPDATE assistants SET instructions = :text WHERE seq = :seq"


def lines(folder: Path, *, count: int, rounds: int, engines: Sequence[str] = ENGINES) -> Iterator[Line]:
    for engine in engines:
        with server(engine) as url, greenroom(folder / engine, url) as app:
            yield from _lines_of(app, engine, count, rounds)
    small, large = (_peak(folder / f"memory-{number}", number) for number in (1, count))
    yield size(GROUP, f"memory of a batch over {count:,} texts", large - small, MEMORY_BAR_BYTES, 1.0)


def _lines_of(app: Flask, engine: str, count: int, rounds: int) -> Iterator[Line]:
    with app.app_context():
        fill(count)
        yield pair(GROUP, f"{engine}: the preview's first page, against all hits", ready(_first_page), ready(_prepared),
                   bar=PAGE_BAR, rounds=rounds)  # fmt: skip
        yield pair(GROUP, f"{engine}: the preview's first page, against one scan", ready(_first_page), ready(_scan),
                   bar=None, rounds=rounds)  # fmt: skip
        yield pair(GROUP, f"{engine}: all hits, against one scan", ready(_prepared), ready(_scan),
                   bar=None, rounds=rounds)  # fmt: skip
        turns = Turns()
        yield pair(GROUP, f"{engine}: the confirmed batch, against one save after the other", turns.batch, turns.saves,
                   bar=1.0, rounds=rounds)  # fmt: skip
        yield pair(GROUP, f"{engine}: the confirmed batch, against bare updates", turns.batch, turns.updates,
                   bar=BATCH_BAR, rounds=rounds)  # fmt: skip


def fill(count: int) -> None:
    """So many assistants of 2 KB, every tenth of them with the phrase."""
    rng = random.Random(3)
    with transaction(db.session):
        for number in range(count):
            text = prose(rng, 2_000)
            spec = AssistantSpec(model="gpt-4o", name=f"Assistant {number}", instructions=_with_phrase(text, number))
            assistants.create(spec, actor=factories.EDITOR, origin=Origin.PAGE)
            if number % 200 == 0:
                db.session.flush()
                db.session.expunge_all()


def _with_phrase(text: str, number: int) -> str:
    return f"{text[:1_000]} {TOLD} {text[1_000:]}" if number % 10 == 0 else text


def _deed(old: str, new: str) -> deeds.Deed:
    return deeds.read({"type": "replace", "find": f"{old} days", "replacement": f"{new} days"})


def _first_page() -> None:
    db.session.remove()
    draft = drafts.prepare(_deed("14", "30"), {}, actor=factories.EDITOR)
    assert drafts.list_page(draft, Window()).items


def _prepared(old: str = "14", new: str = "30") -> Draft:
    db.session.remove()
    draft = drafts.prepare(_deed(old, new), {}, actor=factories.EDITOR)
    while draft.position:
        drafts.look_further(draft)
    return draft


def _scan() -> None:
    db.session.remove()
    assert db.session.scalar(sql(SCAN))


class Turns:
    """The phrase is changed to and fro, so that every round finds as many."""

    def __init__(self) -> None:
        self.days = ("14", "30")

    def batch(self) -> Callable[[], object]:
        draft = _prepared(*self.days)
        self.days = self.days[::-1]

        def confirm() -> None:
            assert service.confirm(draft, actor=factories.EDITOR).size

        return confirm

    def updates(self) -> Callable[[], object]:
        """Bare updates of the text alone."""
        rows = self._touched()

        def update() -> None:
            with transaction(db.session):
                for row in rows:
                    db.session.execute(sql(UPDATE), {"seq": row.seq, "text": f"{row.instructions}."})

        return update

    def saves(self) -> Callable[[], object]:
        """The same texts saved by the service, which writes a version, an audit entry and the index of each."""
        rows = self._touched()

        def save() -> None:
            with transaction(db.session):
                for row in rows:
                    changes = {"instructions": f"{row.instructions}."}
                    assistants.update(row.id, changes, actor=factories.EDITOR, origin=Origin.PAGE)

        return save

    def _touched(self) -> Sequence[Record]:
        rows = db.session.execute(sql(FIND), {"text": f"%{self.days[0]} days%"}).all()
        db.session.remove()
        return rows


def _peak(folder: Path, count: int) -> int:
    """The most memory a process takes that prepares and confirms a batch over so many texts, all of which change."""
    command = [sys.executable, "-m", "tests.bench.replacing", str(folder), str(count)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout)


def _batch_over(folder: Path, count: int) -> None:
    with greenroom(folder) as app, app.app_context():
        fill(count)
        db.session.remove()
        deed = deeds.read({"type": "replace", "find": "e", "replacement": "E"})
        draft = drafts.prepare(deed, {}, actor=factories.EDITOR)
        while draft.position:
            drafts.look_further(draft)
        assert service.confirm(draft, actor=factories.EDITOR).size == count
        # In kilobytes, and of this program alone: `getrusage` begins with what the one before it took.
        status = Path("/proc/self/status").read_text()
        print(int(status.split("VmHWM:")[1].split()[0]) * 1024)


if __name__ == "__main__":
    _batch_over(Path(sys.argv[1]), int(sys.argv[2]))
