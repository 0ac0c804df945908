"""How gunicorn serves Greenroom: `gunicorn -c gunicorn.conf.py wsgi:app`, which is what `make run` does.

Where it listens (`HOST`, `PORT`) and with how many workers and threads is said here alone; every other setting
is in `app.config`.
"""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask

ROOT = Path(__file__).resolve().parent
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"
EVERY_ADDRESS = {"0.0.0.0", "::", "[::]"}  # noqa: S104 (recognised, not bound)
# What a command ends with when the database was made by another version of this program.
OUT_OF_STEP = 3

bind = f"{HOST}:{PORT}"
chdir = str(ROOT)
wsgi_app = "wsgi:app"
# Loaded once and copied into each worker: half the memory, and the sooner ready. New code comes with a restart.
preload_app = True
# Threaded, with kept-alive connections spread over all workers.
worker_class = "gunicorn_worker.SpreadWorker"
workers = int(os.environ.get("GREENROOM_WORKERS") or 2)
threads = int(os.environ.get("GREENROOM_THREADS") or 4)

# A request under way when the server stops has this long to finish, in seconds.
graceful_timeout = 30
# A worker that shows no sign of life for this long is replaced.
timeout = 60
# Scripts send one request after another; the connection stays open in between.
keepalive = 5

# Gunicorn's own control channel would be one file for every server of this user.
control_socket_disable = True

# An address holds a cursor or two, an id and a search; a header holds a key or a session.
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# What a proxy says about a request is read in one place, and only where GREENROOM_PROXIES says that there is one.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# What happens goes to standard error; standard output is for the set-up link.
errorlog = "-"
accesslog = None
loglevel = os.environ.get("GREENROOM_LOG_LEVEL") or "info"


# Several workers count into files of one folder; where it is has to be known before the program is loaded.
METRICS = bool(os.environ.get("GREENROOM_METRICS_TOKEN"))
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
if METRICS and METRICS_FOLDER not in os.environ:
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="greenroom-metrics-")


# The C library's own numbers for two of its settings, and what they are set to here.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE, ARENAS = 128 * 1024, 2


def on_starting(_server: Any) -> None:
    """Give the memory of long texts back once they are sent: kept for later, it would double what a worker takes."""
    allocator = ctypes.CDLL(None)
    # Other C libraries than GNU's have no such settings, and no such habit.
    if hasattr(allocator, "mallopt"):
        allocator.mallopt(M_MMAP_THRESHOLD, LARGE)
        allocator.mallopt(M_ARENA_MAX, ARENAS)


# What is loaded before the workers are forked stays for good: looking through it for garbage only takes time, and would
# touch memory that they share.
gc.disable()


def pre_fork(_server: Any, _worker: Any) -> None:
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    gc.enable()


def post_worker_init(worker: Any) -> None:
    """Compile pages that aren't kept compiled, while the worker answers already."""
    from app.http.templating import compile_all

    threading.Thread(target=compile_all, args=[worker.wsgi], daemon=True).start()


def base_url() -> str:
    """The address to open in a browser on this machine, or the public one where that is set."""
    host = "127.0.0.1" if HOST in EVERY_ADDRESS else HOST
    return os.environ.get("GREENROOM_PUBLIC_URL") or f"http://{host}:{PORT}"


def child_exit(_server: Any, worker: Any) -> None:
    """The others no longer reckon with a worker that has gone; what it counted stays counted."""
    worker.give_up_place()
    if METRICS:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    if METRICS:
        shutil.rmtree(os.environ.pop(METRICS_FOLDER), ignore_errors=True)


def worker_exit(_server: Any, worker: Any) -> None:
    """A worker that stops writes down who read what since it last did."""
    from app.readers import service as readers

    if isinstance(worker.wsgi, Flask):
        with worker.wsgi.app_context():
            readers.write_down()


def when_ready(server: Any) -> None:
    """On an empty database, show the one-time link that makes the first administrator; on one of another version, stop.

    It runs in a copy of this process, so that the server's first process never opens the database.
    """
    child = os.fork()
    if child == 0:
        _show_set_up_link(server.app.wsgi())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == OUT_OF_STEP:
        # Its tables aren't the ones this program knows; it has said so on standard error.
        sys.exit(OUT_OF_STEP)
    if code != 0:
        server.log.error("The set-up link could not be made; the reason is above.")


def _is_set_up() -> bool:
    """Whether the tables are this program's and somebody can sign in: usually so, and the command line loads slowly."""
    from app import schema
    from app.accounts import service as accounts

    try:
        return schema.state() is schema.SchemaState.CURRENT and not accounts.nobody_yet()
    except Exception:
        # The command says in a sentence what is the matter.
        return False


def _show_set_up_link(application: Any) -> NoReturn:
    """`flask setup-link` where it has something to say, and the end of this copy of the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    code = 1
    try:
        with application.app_context():
            if _is_set_up():
                code = 0
            else:
                application.cli.main(["setup-link", "--base-url", base_url()], prog_name="flask")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
