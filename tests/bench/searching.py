"""Finding among many assistants: against LIKE over the same rows, against the plain list, and what it costs a write.

The assistants are written straight into their table, and the index is made anew: 100,000 saves would take long.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from sqlalchemy import insert, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.assistants import index, reindexing, service
from app.assistants.models import Assistant
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.core.database import table_of, transaction, utc_now
from app.core.paging import Window
from app.extensions import db
from app.search import service as search
from app.search.question import Question
from app.search.results import results
from app.texts.text import fingerprint
from tests import factories
from tests.bench.ground import ENGINES, greenroom, server, signed_in
from tests.bench.measure import Job, Line, pair, ready

GROUP = "Finding among {count:,} assistants of 2 KB, {engine}"
LIKE_BAR, PAGE_BAR, WRITE_BAR = 1 / 30, 3.0, 1.5
SIZE = 2_000
# Words as languages have them: few stand nearly everywhere, most are rare.
VOCABULARY = 20_000
# By how common they are: the two words of each pair, as ranks in the vocabulary.
PAIRS = {"rare": (1_500, 2_500), "usual": (150, 260), "common": (12, 30)}
EVERYWHERE = "common"


def lines(folder: Path, *, count: int, rounds: int, engines: Sequence[str] = ENGINES) -> Iterator[Line]:
    for engine in engines:
        with server(engine) as url:
            yield from of_engine(folder / engine, url, engine, count, rounds)


def of_engine(folder: Path, url: str | None, engine: str, count: int, rounds: int) -> Iterator[Line]:
    folder.mkdir()
    group = GROUP.format(count=count, engine=engine)
    with greenroom(folder, url) as app:
        with app.app_context():
            words = fill(count)
        for name, ranks in PAIRS.items():
            typed = " ".join(words[rank] for rank in ranks)
            with app.app_context():
                yield against_like(group, name, typed, rounds)
            yield pair(
                group, f"a page, two {name} words, against a page of the list",
                requests(app, itertools.repeat(f"/assistants?query={typed.replace(' ', '+')}")),
                requests(app, places(count)), bar=PAGE_BAR, rounds=rounds * 3,
            )  # fmt: skip
        with app.app_context():
            yield writing(group, rounds * 20)


def fill(count: int) -> list[str]:
    """The assistants and their index; the vocabulary, the commonest word first."""
    rng = random.Random(4)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(VOCABULARY)))
    for start in range(0, count, 400):
        rows = [row(rng, words, weights, start + number) for number in range(min(400, count - start))]
        with transaction(db.session):
            made = db.session.scalars(insert(table_of(Assistant)).returning(table_of(Assistant).c.seq), rows).all()
            reindexing.fill(db.session.connection(), made)
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return words


def row(rng: random.Random, words: list[str], weights: list[float], number: int) -> dict[str, object]:
    def some(size: int) -> str:
        return " ".join(rng.choices(words, cum_weights=weights, k=size))

    prose = some(SIZE // 5)[:SIZE]
    spec = AssistantSpec.model_construct(model="gpt-4o", name=some(3), description=some(9), instructions=prose)
    return spec.as_json() | {
        "id": f"asst_{number:024}", "created_at": 1_700_000_000 + number // 3, "version": 1,
        "fingerprint": fingerprint(str(number)), "updated_at": utc_now(), "updated_by": "Bench", "updated_via": "API",
        "instructions_length": len(prose), "instructions_sha256": fingerprint(prose),
    }  # fmt: skip


def against_like(group: str, name: str, typed: str, rounds: int) -> Line:
    question = Question(query=typed)
    patterns = {f"word{number}": f"%{word}%" for number, word in enumerate(typed.split())}
    like = text("SELECT count(*) FROM assistants WHERE instructions LIKE :word0 AND instructions LIKE :word1")

    def found() -> object:
        db.session.rollback()
        return results(search.list_page(question, Window(), best_first=True).items, question.words())

    def scanned() -> object:
        db.session.rollback()
        return db.session.scalar(like, patterns)

    label = f"two {name} words with passages, against LIKE"
    return pair(group, label, ready(found), ready(scanned), bar=LIKE_BAR, rounds=rounds)


def places(count: int) -> Iterator[str]:
    """Another place in the list each time: a page that was drawn before is kept, and tells nothing."""
    rng = random.Random(6)
    while True:
        yield f"/assistants?after=asst_{rng.randrange(count // 2, count):024}"


def requests(app: Flask, paths: Iterator[str]) -> Job:
    client = signed_in(app)
    cookies = "; ".join(f"{cookie.decoded_key}={cookie.value}" for cookie in client._cookies.values())
    base = dict(client.environ_base)

    def asked() -> None:
        path = next(paths)
        environ = EnvironBuilder(path, headers={"Cookie": cookies}, environ_base=base).get_environ()
        body, status, _ = run_wsgi_app(app, environ)
        for _ in body:
            pass
        assert status.startswith("200"), status

    return ready(asked)


def writing(group: str, rounds: int) -> Line:
    """A change of 2 KB with the index kept, and one that leaves the index out."""
    spec = factories.make_assistant(instructions="x " * (SIZE // 2)), factories.make_assistant(instructions="x")
    numbers = itertools.count()

    def written(assistant_id: str) -> None:
        number = next(numbers)
        changed = {"instructions": f"Number {number}. " + f"Some words {number % 7} that are written. " * (SIZE // 40)}
        service.update(assistant_id, changed, actor=factories.EDITOR, origin=Origin.API)

    def without() -> None:
        with patch.object(index, "changes", lambda *_: index.Changes(is_new=False)):
            written(spec[1].id)

    return pair(
        group, "a change of 2 KB, against one that is not indexed",
        ready(lambda: written(spec[0].id)), ready(without), bar=WRITE_BAR, rounds=rounds,
    )  # fmt: skip
