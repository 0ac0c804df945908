"""Eight writers, and PostgreSQL itself killed with -9: Greenroom says so, comes back by itself, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import Settings
from tests.conftest import make_settings, migrate
from tests.faults.server import key_for, started
from tests.faults.writers import PASSED, Api, examine, through_blows
from tests.postgres import PostgresDatabase

WRITERS = 8
LONG, KILLS = 60, 10


@pytest.fixture(scope="module")
def careful() -> Iterator[PostgresDatabase]:
    """A server that keeps what it has acknowledged, unlike that of the other tests."""
    with PostgresDatabase.started("careful", settings=()) as database:
        yield database


@pytest.fixture
def settings(careful: PostgresDatabase, tmp_path: Path) -> Settings:
    settings = make_settings(tmp_path, careful.url)
    migrate(settings)
    careful.empty()
    return settings


@pytest.mark.soak
def test_killed_ten_times_in_a_minute(settings: Settings, careful: PostgresDatabase, tmp_path: Path) -> None:
    with started(settings, tmp_path) as server:
        key = key_for(settings)

        def kill() -> None:
            careful.kill()
            careful.restart()

        writers = through_blows(server.port, key, kill, number=WRITERS, seconds=LONG, blows=KILLS)
        assert {code for writer in writers for code in writer.refusals} <= {412, 503}, server.said()[-3000:]
        # Greenroom itself has run all along, and answered everybody.
        assert sum(writer.losses for writer in writers) == 0
        with Api(server.port, key) as api:
            print(examine(api, writers))
        assert server.flask("assistants", "verify").strip().endswith(PASSED)
