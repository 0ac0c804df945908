"""A load generator in a process of its own: connections that stay open, each asking again as soon as it is answered.

It reads what to ask from standard input and writes what it counted to standard output, both JSON. It parses no more of
an answer than its length and status, so that most of the machine is left to the server; its own share is stated.
"""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Not asked of the application: this process has to be there at once, and loads nothing of it.
ROOT = Path(__file__).resolve().parents[2]
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
WORKER = re.compile(rb"x-worker: (\d+)", re.IGNORECASE)
RECEIVED = 1 << 18


@dataclass(frozen=True)
class Load:
    """What to ask, how long, over how many connections. Each `every`-th request, if any, posts `body` to the next of
    `targets`; NUMBER in it is another number each time.
    """

    port: int
    path: str
    headers: dict[str, str]
    connections: int = 8
    seconds: float = 1.0
    every: int = 0
    targets: list[str] = field(default_factory=list)
    body: str = ""


@dataclass(frozen=True)
class Counted:
    """`share` is how much of one core the generator took; `workers` are the answers of each that says its name.

    `median` and `slowest` are seconds: half of the answers, and all but one of a hundred, came within.
    """

    rate: float
    share: float
    statuses: dict[str, int]
    workers: list[int]
    median: float
    slowest: float


def put_on(load: Load) -> Counted:
    """Put the load on a server and wait for what was counted."""
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True
    )
    return Counted(**json.loads(done.stdout))


class Connection:
    """One connection and how much of an answer is still to come."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = b""
        self.left: int | None = None
        self.sent = 0.0

    def send(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The head of an answer once all of it has arrived."""
        data = self.socket.recv(RECEIVED)
        assert data, "The server closed a connection."
        if self.left is not None:
            self.left -= len(data)
        else:
            head, end, body = (self.head + data).partition(b"\r\n\r\n")
            self.head = head + end + body
            if not end:
                return None
            self.head = head
            length = LENGTH.search(head)
            self.left = (int(length[1]) if length else 0) - len(body)
        if self.left > 0:
            return None
        head, self.head, self.left = self.head, b"", None
        return head


def generate(load: Load) -> Counted:
    requests = requests_of(load)
    selector = selectors.DefaultSelector()
    connections = [Connection(load.port) for _ in range(load.connections)]
    statuses: Counter[str] = Counter()
    workers: Counter[bytes] = Counter()
    began, worked = time.perf_counter(), time.process_time()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(requests))
    times = []
    # A machine that stands still for a while is waited for.
    while time.perf_counter() < began + load.seconds or not times:
        for key, _ in selector.select(1):
            if (head := key.data.receive()) is not None:
                statuses[head[9:12].decode()] += 1
                if worker := WORKER.search(head):
                    workers[worker[1]] += 1
                times.append(time.perf_counter() - key.data.sent)
                key.data.send(next(requests))
    taken = time.perf_counter() - began
    share = (time.process_time() - worked) / taken
    times.sort()
    return Counted(
        statuses.total() / taken,
        share,
        dict(statuses),
        sorted(workers.values()),
        median=times[len(times) // 2],
        slowest=times[len(times) * 99 // 100],
    )


def requests_of(load: Load) -> Iterator[bytes]:
    """One request after the other."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in ({"Host": "localhost"} | load.headers).items())
    reading = f"GET {load.path} HTTP/1.1\r\n{headers}\r\n".encode()
    # Two runs hardly write the same, and nine digits are told apart in a float, too.
    first = time.time_ns() // 1000
    for turn in itertools.count(1):
        if not load.every or turn % load.every:
            yield reading
            continue
        body = load.body.replace("NUMBER", f"{(first + turn) % 10**9:09}").encode()
        target = load.targets[turn // load.every % len(load.targets)]
        about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        yield f"POST {target} HTTP/1.1\r\n{headers}{about}\r\n".encode() + body


if __name__ == "__main__":
    given: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(asdict(generate(Load(**given)))))
