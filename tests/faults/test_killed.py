"""Eight writers, and the whole server killed with -9: what was acknowledged is there, with its version, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings
from tests.faults.server import Server, key_for, started
from tests.faults.writers import PASSED, Api, begin, end, examine, get_on

WRITERS = 8
# Seconds of writing, and how often within them everything is killed.
LONG, KILLS = 60, 10


def write_while_killed(server: Server, key: str, *, seconds: float, kills: int) -> str:
    writers = begin(server.port, key, WRITERS)
    try:
        for _ in range(kills):
            get_on(writers, 2)
            writers[0].ending.wait(seconds / (kills + 1))
            server.kill()
            server.start()
        get_on(writers, 2)
    finally:
        end(writers)
    assert {code for writer in writers for code in writer.refusals} <= {412, 503}
    with Api(server.port, key) as api:
        return examine(api, writers)


@pytest.mark.soak
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_killed_once(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path) as server:
        write_while_killed(server, key_for(settings), seconds=0, kills=1)


@pytest.mark.soak
def test_killed_ten_times_in_a_minute(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path) as server:
        print(write_while_killed(server, key_for(settings), seconds=LONG, kills=KILLS))
        assert server.flask("assistants", "verify").strip().endswith(PASSED)
