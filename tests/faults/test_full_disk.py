"""Eight writers, and the disk fills up: writes are refused, nothing is half written, and room is all it takes."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from app.config import Settings
from tests.conftest import make_settings, migrate
from tests.faults.server import Server, filled, key_for, small_disk, started
from tests.faults.writers import PASSED, Api, Writer, begin, end, examine, get_on, wait_for
from tests.postgres import PostgresDatabase

WRITERS = 8
SAVES = 20
FULL, UNREACHABLE = 507, 503


def write_while_full(
    server: Server, key: str, full: AbstractContextManager[None], *, told: set[int], reads: bool = True
) -> str:
    """`told` is what writers are told meanwhile; `reads` whether reading has to go on."""
    writers = begin(server.port, key, WRITERS)
    try:
        get_on(writers, SAVES)
        with full:
            wait_for(writers, lambda writer: bool(told & writer.refusals.keys()))
            if reads:
                read_all(server, key, writers)
        get_on(writers, SAVES)
    finally:
        end(writers)
    assert {code for writer in writers for code in writer.refusals} <= {412, *told}, server.said()[-3000:]
    assert sum(writer.losses for writer in writers) == 0
    with Api(server.port, key) as api:
        seen = examine(api, writers)
    assert server.flask("assistants", "verify").strip().endswith(PASSED)
    return seen


def read_all(server: Server, key: str, writers: list[Writer]) -> None:
    """The list, and what each of them has made."""
    with Api(server.port, key) as api:
        assert len(api.walk()) >= WRITERS
        for writer in writers:
            assert api.ask("GET", f"/{writer.own[0]}").status == 200


@contextmanager
def bounded(server: Server, file: Path) -> Iterator[None]:
    """A block in which no file of the server's may become larger than this one is."""
    limits = {process: resource.prlimit(process, resource.RLIMIT_FSIZE) for process in server.processes()}
    for process, (_, hard) in limits.items():
        resource.prlimit(process, resource.RLIMIT_FSIZE, (file.stat().st_size, hard))
    try:
        yield
    finally:
        for process, limit in limits.items():
            resource.prlimit(process, resource.RLIMIT_FSIZE, limit)


@pytest.fixture
def careful() -> Iterator[PostgresDatabase]:
    with PostgresDatabase.started("careful", settings=()) as database:
        yield database


@pytest.mark.soak
def test_the_embedded_database(tmp_path: Path) -> None:
    with small_disk(megabytes=40) as disk:
        settings = make_settings(disk / "instance")
        migrate(settings)
        with started(settings, tmp_path) as server:
            print(write_while_full(server, key_for(settings), filled(disk), told={FULL}))


@pytest.mark.soak
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_embedded_database_under_a_quota(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path) as server:
        key = key_for(settings)
        quota = bounded(server, settings.instance_path / "greenroom.db")
        print(write_while_full(server, key, quota, told={FULL, UNREACHABLE}))


@pytest.mark.soak
def test_postgresql_without_room_for_its_tables(careful: PostgresDatabase, tmp_path: Path) -> None:
    with small_disk(megabytes=60) as disk:
        url = careful.on_another_disk(disk, "small")
        settings = make_settings(tmp_path, url)
        migrate(settings)
        with started(settings, tmp_path) as server:
            print(write_while_full(server, key_for(settings), filled(disk), told={FULL}))
        with psycopg.connect(careful.url, autocommit=True) as connection:
            connection.execute("DROP DATABASE small WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


@pytest.mark.soak
def test_postgresql_without_any_room(tmp_path: Path) -> None:
    """Its log of changes has none either: it says so, then stops, and Greenroom tells both until it is there again."""
    with small_disk(megabytes=160) as disk, PostgresDatabase.started("full", settings=(), parent=disk) as database:
        settings = make_settings(tmp_path, database.url)
        migrate(settings)

        @contextmanager
        def full() -> Iterator[None]:
            with filled(disk):
                with suppress(psycopg.OperationalError), psycopg.connect(database.url, autocommit=True) as connection:
                    # The next stretch of its log is a file of its own, for which there is no room.
                    connection.execute("SELECT pg_switch_wal()")
                yield
            database.kill()
            database.restart()

        with started(settings, tmp_path) as server:
            print(write_while_full(server, key_for(settings), full(), told={FULL, UNREACHABLE}, reads=False))
