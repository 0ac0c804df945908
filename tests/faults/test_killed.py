"""Eight writers, and the whole server killed with -9: what was acknowledged is there, with its version, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings
from tests.faults.server import key_for, started
from tests.faults.writers import PASSED, Api, examine, through_blows

WRITERS = 8
# Seconds of writing, and how often within them everything is killed.
LONG, KILLS = 60, 10


@pytest.mark.soak
def test_killed_ten_times_in_a_minute(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path) as server:
        key = key_for(settings)

        def kill() -> None:
            server.kill()
            server.start()

        writers = through_blows(server.port, key, kill, number=WRITERS, seconds=LONG, blows=KILLS)
        assert {code for writer in writers for code in writer.refusals} <= {412, 503}
        with Api(server.port, key) as api:
            print(examine(api, writers))
        assert server.flask("assistants", "verify").strip().endswith(PASSED)
