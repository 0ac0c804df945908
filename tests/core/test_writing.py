"""Writes past the session: all or nothing each, however many share the embedded database's one commit."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import scoped_session, sessionmaker

from app.assistants import index, service
from app.assistants.spec import AssistantSpec
from app.core.actors import Origin
from app.core.database import Database, transaction, tune
from app.core.errors import Conflict
from app.core.reading import Prepared
from app.core.statements import Send, Statement
from app.core.turns import known_queue
from app.core.writing import at_end, rows, send, when_committed, writing
from app.extensions import db
from tests.factories import EDITOR, make_assistant

METADATA = MetaData()
WORDS = Table(
    "words",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("word", Text, unique=True),
    Column("after", Integer, ForeignKey("words.id", deferrable=True, initially="DEFERRED")),
)
ADD = Statement(insert(WORDS), ["word"])
ADD_AFTER = Statement(insert(WORDS), ["word", "after"])
ALL = Prepared(select(WORDS.c.word).order_by(WORDS.c.id))
Scoped = scoped_session[Any]
Begin = Callable[[Database], AbstractContextManager[None]]


class Stop(Exception):
    """What a write breaks off with."""


def add_last(send: Send, words: list[str]) -> None:
    send(ADD, [{"word": word} for word in words])


def past(database: Database) -> AbstractContextManager[None]:
    return writing(database)


def through(database: Database) -> AbstractContextManager[None]:
    return transaction(database.session)


def break_off(begin: Begin, database: Database, deed: Callable[[], object]) -> None:
    with begin(database):
        deed()
        raise Stop


class Embedded:
    """An embedded database with one table, and all that its connections are asked."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.engine: Engine = create_engine(f"sqlite:///{folder / 'words.db'}", pool_size=20)
        event.listen(self.engine, "connect", lambda one, _: one.set_trace_callback(self.asked.append))
        tune(self.engine, 30.0, "full")
        METADATA.create_all(self.engine)
        self.session: Scoped = scoped_session(sessionmaker(self.engine))
        self.queue = known_queue(self.engine)
        self.asked.clear()

    def words(self) -> list[str]:
        with sqlite3.connect(str(self.engine.url.database)) as other:
            return [word for (word,) in other.execute("SELECT word FROM words ORDER BY id")]

    def commits(self) -> int:
        return self.asked.count("COMMIT")

    def add(self, word: str, *, after: int | None = None) -> None:
        with writing(self):
            send(self, ADD_AFTER, {"word": word, "after": after})


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    found = Embedded(tmp_path)
    yield found
    found.session.remove()
    found.engine.dispose()


class Crowd:
    """Threads that come to the queue in a known order while its front is taken, and what became of each."""

    def __init__(self, embedded: Embedded) -> None:
        assert embedded.queue
        self.embedded, self.queue = embedded, embedded.queue
        self.threads: list[threading.Thread] = []
        self.ends: dict[str, BaseException | None] = {}

    def __enter__(self) -> Crowd:
        self.queue.enter(joins=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.queue.leave()
        for thread in self.threads:
            thread.join()

    def comes(self, name: str, deed: Callable[[], object]) -> None:
        def do() -> None:
            self.ends[name] = None
            try:
                deed()
            except Exception as failure:
                self.ends[name] = failure
            finally:
                self.embedded.session.remove()

        before = len(self.queue._waiting)
        self.threads.append(threading.Thread(target=do))
        self.threads[-1].start()
        while len(self.queue._waiting) == before and self.threads[-1].is_alive():
            time.sleep(0)

    def adds(self, *words: str) -> None:
        for word in words:
            self.comes(word, lambda word=word: self.embedded.add(word))  # type: ignore[misc]


def test_who_writes_at_the_same_time_shares_a_commit(embedded: Embedded) -> None:
    with Crowd(embedded) as crowd:
        crowd.adds(*"abcdefgh")
    assert embedded.words() == list("abcdefgh")
    assert list(crowd.ends.values()) == [None] * 8
    assert embedded.commits() == 1


def test_who_writes_alone_commits_alone(embedded: Embedded) -> None:
    for word in "abc":
        embedded.add(word)
    assert embedded.words() == list("abc")
    assert embedded.commits() == 3


def test_each_sees_what_those_before_have_written(embedded: Embedded) -> None:
    seen = []

    def look() -> None:
        with writing(embedded):
            seen.extend(row.word for row in rows(embedded, ALL))

    with Crowd(embedded) as crowd:
        crowd.adds("a", "b")
        crowd.comes("look", look)
    assert seen == ["a", "b"]


def test_one_that_fails_takes_nothing_with_it(embedded: Embedded) -> None:
    def add_two() -> None:
        send(embedded, ADD, [{"word": "x"}, {"word": "y"}])

    def fail() -> None:
        break_off(past, embedded, add_two)

    with Crowd(embedded) as crowd:
        crowd.comes("first", fail)
        crowd.adds("a")
        crowd.comes("middle", fail)
        crowd.comes("a again", lambda: embedded.add("a"))
        crowd.adds("b")
        crowd.comes("last", fail)
    assert embedded.words() == ["a", "b"]
    assert embedded.commits() == 1
    assert [name for name, end in crowd.ends.items() if isinstance(end, Stop)] == ["first", "middle", "last"]
    assert isinstance(crowd.ends["a again"], IntegrityError)
    assert crowd.ends["a"] is crowd.ends["b"] is None


def test_a_commit_that_fails_fails_for_all(embedded: Embedded) -> None:
    """SQLite looks at a reference of this kind when it commits."""
    with Crowd(embedded) as crowd:
        crowd.adds("a")
        crowd.comes("nobody's", lambda: embedded.add("nobody's", after=999))
        crowd.adds("b")
    assert embedded.words() == []
    assert [type(end) for end in crowd.ends.values()] == [IntegrityError] * 3
    assert len({id(end) for end in crowd.ends.values()}) == 3
    embedded.add("c")
    assert embedded.words() == ["c"]


def test_a_transaction_lost_on_the_way_fails_for_all(embedded: Embedded) -> None:
    """As SQLite gives up the whole of it when a disk is full or fails."""

    def lose() -> None:
        roll_back = Statement(text("ROLLBACK"))
        break_off(past, embedded, lambda: send(embedded, roll_back, {}))

    with Crowd(embedded) as crowd:
        crowd.adds("a")
        crowd.comes("lost", lose)
        crowd.adds("b")
    assert crowd.ends["a"] is not None
    assert crowd.ends["lost"] is not None
    assert crowd.ends["b"] is None
    assert embedded.words() == ["b"]


def test_nobody_is_told_before_the_commit(embedded: Embedded) -> None:
    goes_on, told = threading.Event(), []

    def dawdle() -> None:
        with writing(embedded):
            when_committed(embedded, lambda: told.append("dawdler"))
            assert goes_on.wait(30)

    with Crowd(embedded) as crowd:
        crowd.adds("a")
        crowd.comes("dawdler", dawdle)
        crowd.queue.leave()
        while not crowd.queue.front or crowd.queue._waiting:
            time.sleep(0)
        assert crowd.threads[0].is_alive()
        assert embedded.words() == told == []
        goes_on.set()
        for thread in crowd.threads:
            thread.join()
        assert embedded.words() == ["a"]
        assert told == ["dawdler"]
        crowd.queue.enter(joins=False)


def test_a_transaction_of_the_session_takes_its_turn_between(embedded: Embedded) -> None:
    def through_the_session() -> None:
        with transaction(embedded.session):
            embedded.session.execute(insert(WORDS).values(word="session"))
            send(embedded, ADD, {"word": "sent"})
            assert [row.word for row in rows(embedded, ALL)] == ["a", "session", "sent"]

    with Crowd(embedded) as crowd:
        crowd.adds("a")
        crowd.comes("session", through_the_session)
        crowd.adds("b")
    assert set(crowd.ends.values()) == {None}
    assert embedded.words() == ["a", "session", "sent", "b"]
    assert embedded.commits() == 3


def test_what_waits_for_the_commit_is_done_after_it_or_never(embedded: Embedded) -> None:
    done: list[str] = []

    def note(word: str) -> None:
        assert word in embedded.words()
        done.append(word)

    for begin in (past, through):
        word = f"good {begin.__name__}"
        with begin(embedded):
            send(embedded, ADD, {"word": word})
            when_committed(embedded, lambda word=word: note(word))  # type: ignore[misc]
        with pytest.raises(Stop):
            break_off(begin, embedded, lambda: when_committed(embedded, lambda: done.append("bad")))
    with transaction(embedded.session):
        pass
    assert done == ["good past", "good through"]


class TestAtTheEnd:
    """What is left for the end of a transaction is done once, for all who share it."""

    def leave(self, embedded: Embedded, word: str, *, then: Callable[[], object] = lambda: None) -> None:
        with writing(embedded):
            send(embedded, ADD, {"word": word})
            at_end(embedded, add_last, f"{word} at the end")
            then()

    def test_all_of_it_is_written_by_one_statement(self, embedded: Embedded) -> None:
        with Crowd(embedded) as crowd:
            for word in "abcd":
                crowd.comes(word, lambda word=word: self.leave(embedded, word))  # type: ignore[misc]
        assert set(crowd.ends.values()) == {None}
        assert embedded.words() == [*"abcd", *(f"{word} at the end" for word in "abcd")]
        inserts = [asked for asked in embedded.asked if asked.startswith("INSERT")]
        assert len(inserts) == 5
        assert embedded.asked.index("COMMIT") > embedded.asked.index(inserts[-1])

    def test_a_part_that_fails_leaves_nothing_for_it(self, embedded: Embedded) -> None:
        def fail() -> None:
            raise Stop

        with Crowd(embedded) as crowd:
            crowd.comes("a", lambda: self.leave(embedded, "a"))
            crowd.comes("fails", lambda: self.leave(embedded, "fails", then=fail))
        assert embedded.words() == ["a", "a at the end"]
        assert (crowd.ends["a"], type(crowd.ends["fails"])) == (None, Stop)

    @pytest.mark.parametrize("end", [IntegrityError, Stop])
    def test_where_it_fails_it_fails_for_all(self, embedded: Embedded, end: type[Exception]) -> None:
        def fail(send: Send, _: list[Any]) -> None:
            send(ADD, {"word": "a"})
            raise Stop

        def leave_failing() -> None:
            with writing(embedded):
                at_end(embedded, fail, None)

        with Crowd(embedded) as crowd:
            crowd.comes("first", lambda: self.leave(embedded, "a" if end is IntegrityError else "b"))
            crowd.comes("second", leave_failing)
        assert [type(failure) for failure in crowd.ends.values()] == [end, end]
        assert embedded.words() == []
        embedded.add("c")
        assert embedded.words() == ["c"]

    def test_within_a_transaction_of_the_session_it_is_done_at_once(self, embedded: Embedded) -> None:
        with transaction(embedded.session):
            self.leave(embedded, "a")
            assert [row.word for row in rows(embedded, ALL)] == ["a", "a at the end"]


@pytest.mark.parametrize("count", [1, 2, 3, 64, 200])
def test_several_rows_are_written_by_few_statements(embedded: Embedded, count: int) -> None:
    words = [f"{number:03}" for number in range(count)]
    with writing(embedded):
        send(embedded, ADD, [{"word": word} for word in words])
    with transaction(embedded.session):
        send(embedded, ADD, [{"word": f"again {word}"} for word in words])
    assert embedded.words() == [*words, *(f"again {word}" for word in words)]
    statements = sum(asked.startswith("INSERT") for asked in embedded.asked) // 2
    assert statements == count // 64 + (count % 64).bit_count()


@pytest.mark.usefixtures("app")
class TestOnEachEngine:
    def test_a_write_joins_the_transaction_around_it(self) -> None:
        made = []
        with pytest.raises(Stop):
            break_off(through, db, lambda: made.append(make_assistant()))
        assert service.find(made[0].id) is None
        with transaction(db.session):
            kept = make_assistant()
            service.update(kept.id, {"name": "New"}, actor=EDITOR, origin=Origin.API, expected_version=1)
        assert service.get(kept.id).version == 2

    def test_a_write_within_a_write_is_part_of_it(self) -> None:
        made = []
        with pytest.raises(Stop):
            break_off(past, db, lambda: made.append(make_assistant()))
        assert service.find(made[0].id) is None

    def test_what_was_read_before_is_told_what_was_written(self) -> None:
        made = make_assistant(name="Old", instructions="Old")
        known = service.get(made.id)
        saved = service.update(made.id, {"name": "New", "instructions": "New"}, actor=EDITOR, origin=Origin.API)
        assert saved is known
        spec = AssistantSpec.parse({"model": "m", "instructions": "New"})
        again = service.overwrite(
            made.id, spec, actor=EDITOR, origin=Origin.PAGE, expected_version=2, seen=known.spec()
        )
        assert (again.version, again.name, again.instructions) == (3, None, "New")
        db.session.rollback()
        assert service.get(made.id).spec() == spec == again.spec()

    def test_who_was_overtaken_gets_all_of_what_is_there(self) -> None:
        made = make_assistant(instructions="First")
        service.update(made.id, {"instructions": "Second"}, actor=EDITOR, origin=Origin.API)
        with pytest.raises(Conflict) as caught:
            service.overwrite(
                made.id, made.spec(), actor=EDITOR, origin=Origin.PAGE, expected_version=1, seen=made.spec()
            )
        assert caught.value.current.instructions == "Second"

    def test_more_than_the_system_holds_is_sent_before_the_commit(self) -> None:
        """The driver of PostgreSQL would wait for an answer to what the server hasn't got yet."""

        def give_up(*_: object) -> None:
            raise TimeoutError("The commit never came back.")

        row = {"name": "", "description": "", "words": " ".join(["word"] * 1_000_000)}
        before = signal.signal(signal.SIGALRM, give_up)
        signal.alarm(30)
        try:
            with writing(db):
                index.put(partial(send, db), [{1: row}])
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
        assert db.session.scalar(text("SELECT count(*) FROM search_passages")) == 1

    def test_a_broken_rule_of_the_engine_is_told_in_the_usual_words(self) -> None:
        made = make_assistant()
        with pytest.raises(IntegrityError) as caught:
            service.create(made.spec(), actor=EDITOR, origin=Origin.API, id=made.id)
        assert "Test assistant" not in str(caught.value)
