"""How connections come to the workers: evenly, at no thread's expense, and let go of when the server stops."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from gunicorn.workers import gthread

from tests.bare import Server, ask, serving

CONNECTIONS = 8
DRAWS = 12


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as server:
        _wait_for_workers(server, 2)
        yield server


def test_kept_alive_connections_are_spread_over_the_workers(server: Server) -> None:
    # Plain gthread spreads four draws of ten; one in three of its draws is on one worker alone.
    assert _even_draws(server) >= DRAWS - 2


def test_a_worker_that_was_killed_is_reckoned_with_no_longer(server: Server) -> None:
    for _ in range(2):
        os.kill(int(next(iter(_workers(server)))), signal.SIGKILL)
        _wait_for_workers(server, 2)
    assert _even_draws(server) >= DRAWS - 2


def test_a_worker_that_is_stuck_keeps_nobody_waiting(server: Server) -> None:
    stuck, other = sorted(_wait_for_workers(server, 2))
    os.kill(int(stuck), signal.SIGSTOP)
    try:
        with _connections(server, 3 * CONNECTIONS) as connections:
            assert {ask(connection) for connection in connections} == {other}
    finally:
        os.kill(int(stuck), signal.SIGCONT)


def test_connections_opened_ahead_take_no_threads(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1, threads=2) as server, _connections(server, CONNECTIONS) as idle:
        began = time.monotonic()
        with server.connect() as connection:
            ask(connection)
        # Gunicorn would lend each of the others a thread for that long, in turn.
        assert time.monotonic() - began < gthread.DEFAULT_WORKER_DATA_TIMEOUT
        assert len({ask(connection) for connection in idle}) == 1, "What was opened ahead is served when it speaks."


def test_a_stop_does_not_wait_for_connections_that_say_nothing(server: Server) -> None:
    with _connections(server, CONNECTIONS):
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        # They would have had these seconds to speak first.
        assert time.monotonic() - began < gthread.DEFAULT_WORKER_DATA_TIMEOUT


def _even_draws(server: Server) -> int:
    """How many of so many fresh draws of connections are spread evenly."""
    even = 0
    for _ in range(DRAWS):
        with _connections(server, CONNECTIONS) as connections:
            shares = Counter(ask(connection) for connection in connections)
            even += sorted(shares.values()) == [CONNECTIONS // 2] * 2
            # The next draw begins when the workers have let go of this one.
            for connection in connections:
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b""
    return even


@contextmanager
def _connections(server: Server, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(server.connect()) for _ in range(number)]


def _workers(server: Server) -> set[str]:
    """Those that answer. One that hasn't let go of earlier connections yet may be passed over."""
    with _connections(server, CONNECTIONS) as connections:
        return {ask(connection) for connection in connections}


def _wait_for_workers(server: Server, number: int) -> set[str]:
    deadline = time.monotonic() + 60
    while len(workers := _workers(server)) < number:
        assert time.monotonic() < deadline, server.log.read_text()
    return workers
