"""PgBouncer in front of the tests' PostgreSQL, in transaction mode: the one on PATH, else Debian's, unpacked here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import make_url

# With what Debian's program needs besides the C library.
PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")
KEPT = Path(sys.prefix) / "pgbouncer"
SETTINGS = """
[databases]
{name} = host={host} dbname={name} user={user}
[pgbouncer]
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
auth_type = any
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
"""
PATIENCE = 30


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The address of a PgBouncer before the server at `url`. All its clients share two connections."""
    real = make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="greenroom-pooler-"))
    folder.chmod(0o777)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        SETTINGS.format(folder=folder, name=real.database, host=real.query["host"], user=real.username),
        encoding="utf-8",
    )
    program, libraries = find()
    environment = os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}
    # It refuses to run as root; PostgreSQL's user is there already.
    user = "pgserver" if os.geteuid() == 0 else None
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, settings], env=environment, user=user, stdout=log, stderr=log)
    before = real.update_query_dict({"host": str(folder), "port": "6432"})
    address = before.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        _wait_for(address, process, folder / "log")
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def find() -> tuple[Path, list[Path]]:
    """The program, and where its libraries are, if they came with it."""
    if installed := shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"):
        return Path(installed), []
    unpacked = KEPT / "usr/sbin/pgbouncer"
    if not unpacked.exists():
        _fetch()
    return unpacked, sorted((KEPT / "usr/lib").glob("*-linux-gnu"))


def _fetch() -> None:
    """Unpack Debian's packages into a folder, which needs no rights; its list of them may be out of date."""
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        download = ["apt-get", "download", "--quiet", *PACKAGES]
        if subprocess.run(download, cwd=folder, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "update", "--quiet"], capture_output=True, check=False)
            done = subprocess.run(download, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"Install PgBouncer, or make apt-get able to fetch it: {done.stderr}"
        whole = Path(folder, "unpacked")
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, whole], check=True)
        whole.chmod(0o755)
        shutil.rmtree(KEPT, ignore_errors=True)
        whole.rename(KEPT)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        with suppress(psycopg.OperationalError), psycopg.connect(address):
            return
