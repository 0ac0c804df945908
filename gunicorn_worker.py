"""The kind of worker Greenroom runs under: gunicorn's threaded one, with its connections spread over all workers.

Workers share one listening socket, and whichever wakes first takes the connection. Clients that keep theirs open (SDKs,
proxies) then often sit together on one worker while another is idle. Here each worker sees how many connections the
others hold, and one that holds more leaves a new one to them for a moment. How many workers there are and what they
serve is in `gunicorn.conf.py`.
"""

from __future__ import annotations

import errno
import mmap
import socket
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers import gthread

# As many workers as can be told apart; a further one takes whatever comes.
PLACES = 256
FREE, NOT_TAKING = -2, -1
# How many connections each worker holds, by its place: memory that every process forked from here shares.
held = memoryview(mmap.mmap(-1, PLACES * 4)).cast("i")
held[:] = memoryview(b"".join(FREE.to_bytes(4, "little", signed=True) for _ in range(PLACES))).cast("i")
# Seconds for which a new connection is left to those who hold fewer. They may be stuck, and then it has to be taken.
PATIENCE = 0.05
LOOK = 0.001


class SpreadWorker(gthread.ThreadWorker):
    """A threaded worker that takes no more than its share, and lends no thread to a connection that says nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.place: int | None = None
        self.waits_until: float | None = None
        super().__init__(*args, **kwargs)
        # Still in the first process, which makes one worker after the other.
        self.place = next((place for place, load in enumerate(held) if load == FREE), None)
        self._tell(NOT_TAKING)

    @property
    def nr_conns(self) -> int:
        """Gunicorn's own count of open connections, which the other workers read, too."""
        return self._connections

    @nr_conns.setter
    def nr_conns(self, value: int) -> None:
        self._connections = value
        if self.alive:
            self._tell(value)

    def run(self) -> None:
        self._tell(0)
        super().run()

    def give_up_place(self) -> None:
        """For the first process to call once the worker has gone, in whichever way."""
        self._tell(FREE)

    def set_accept_enabled(self, enabled: bool) -> None:
        if enabled and self.waits_until is not None:
            if not self._holds_more():
                self.waits_until = None
            elif time.monotonic() >= self.waits_until:
                self.waits_until = None
                self._take_all()
            else:
                return
        super().set_accept_enabled(enabled)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout if self.waits_until is None else LOOK)

    def accept(self, listener: socket.socket) -> None:
        if self._holds_more():
            self.waits_until = time.monotonic() + PATIENCE
            self.set_accept_enabled(False)
        else:
            self._take(listener)

    def _holds_more(self) -> bool:
        """Whether a worker that takes connections holds fewer than this one."""
        return any(NOT_TAKING < load < self.nr_conns for load in held)

    def _take_all(self) -> None:
        for listener in self.sockets:
            while self.nr_conns < self.worker_connections and self._take(listener):
                pass

    def _take(self, listener: socket.socket) -> bool:
        """Take the next connection, and wait for its first bytes without a thread: browsers open some ahead."""
        try:
            client, address = listener.accept()
        except OSError as refusal:
            if refusal.errno in {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}:
                return False
            raise
        self.nr_conns += 1
        connection = gthread.TConn(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + gthread.DEFAULT_WORKER_DATA_TIMEOUT + self.cfg.keepalive
        self.pending_conns.append(connection)
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, connection))
        return True

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker begins to stop: it takes nothing more, and waits no longer for who has said nothing so far."""
        self._tell(NOT_TAKING)
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)

    def _tell(self, load: int) -> None:
        if self.place is not None:
            held[self.place] = load
