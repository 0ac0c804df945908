"""schemathesis makes requests up from the served description: no 5xx, and no answer the description doesn't know."""

from __future__ import annotations

import os
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from app.config import Settings
from tests.faults.server import BIN, PATIENCE, ROOT, Server, key_for, started

REQUESTS = 20_000
CONFIGURATION = """
[checks.negative_data_rejection]
# A tag that isn't current is told before anything else that is wrong.
expected-statuses = ["400", "401", "403", "404", "405", "412", "413", "415"]
"""
# What the description can't say is refused, too: cursors of nothing, moments that are none, tags of other versions.
LEFT_OUT = "positive_data_acceptance"


def made_up(server: Server, key: str, folder: Path, *, seed: int, examples: int, phases: str) -> int:
    """Run it; how many requests it made. What is created is then retrieved, modified, deleted: by what answers hold."""
    with urllib.request.urlopen(f"{server.url}/openapi.json", timeout=PATIENCE) as answer:
        assert answer.status == 200, "It waits less long for a server that has just started."
    configuration = folder / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    command = [
        *(BIN / "schemathesis", "--config-file", configuration, "run", f"{server.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {key}", "--exclude-checks", LEFT_OUT, "--phases", phases),
        *("--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"),
        *("--continue-on-failure", "--no-color", "--warnings", "off"),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.faults.making_up", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    counted = re.search(r"([\d,]+) generated", done.stdout)
    assert counted, done.stdout
    return int(counted[1].replace(",", ""))


@pytest.mark.soak
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_few(settings: Settings, tmp_path: Path) -> None:
    with started(settings, tmp_path, GREENROOM_WORKERS="1") as server:
        assert made_up(server, key_for(settings), tmp_path, seed=1, examples=3, phases="fuzzing,stateful") >= 100


@pytest.mark.soak
def test_many(settings: Settings, tmp_path: Path) -> None:
    made, seed = 0, 0
    with started(settings, tmp_path) as server:
        key = key_for(settings)
        while made < REQUESTS:
            seed += 1
            made += made_up(server, key, tmp_path, seed=seed, examples=100, phases="coverage,fuzzing,stateful")
            print(f"{made} requests in {seed} runs")
    assert "Traceback" not in server.said()
