"""The *store*: what Greenroom asks of its database for a deed, asked again by the driver alone, one after the other.

The statements are noted while the deeds are done, with their values, and asked again in a copy of the database as it
was before. So both write the same rows.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import make_url

from app.core.database import set_up
from app.core.statements import Statement
from app.core.writers import Write
from app.extensions import db

# One deed: its statements with their values; a list of values for one statement asked for several rows.
Deed = list[tuple[str, Any]]


def noted(app: Flask, deeds: list[Callable[[], object]]) -> list[Deed]:
    """Do these, and tell what each asked."""
    found: list[Deed] = []
    send = Write.send

    def note(write: Write, statement: Statement, given: Any) -> list[Any]:
        compiled = statement.on(write.writer.engine.dialect)
        one = isinstance(given, Mapping)
        found[-1].extend([(compiled.text, compiled.bound(given))] if one else compiled.of_rows(given))
        return send(write, statement, given)

    Write.send = note  # type: ignore[method-assign]
    try:
        with app.app_context():
            for deed in deeds:
                found.append([])
                deed()
            db.session.remove()
    finally:
        Write.send = send  # type: ignore[method-assign]
    return found


@contextmanager
def copy_of(app: Flask, folder: Path) -> Iterator[Callable[[], Any]]:
    """The database as it is now, as often as it is wanted: each call opens a fresh copy."""
    with app.app_context():
        url = db.engine.url
        db.session.remove()
        db.engine.dispose()
    yield from (_sqlite_copies if url.drivername == "sqlite" else _postgres_copies)(url, folder)


def rate(connection: Any, deeds: list[Deed]) -> float:
    """Deeds a second, each committed by itself."""
    began = time.perf_counter()
    for deed in deeds:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("BEGIN IMMEDIATE")
        for statement, values in deed:
            ask = connection.cursor().executemany if isinstance(values, list) else connection.execute
            found = ask(statement, values)
            if getattr(found, "description", None):
                found.fetchall()
        connection.commit()
    return len(deeds) / (time.perf_counter() - began)


def _sqlite_copies(url: Any, folder: Path) -> Iterator[Callable[[], Any]]:
    kept = folder / "kept.db"
    with closing(sqlite3.connect(url.database)) as source, closing(sqlite3.connect(kept)) as target:
        source.backup(target)

    def fresh() -> Any:
        for left_over in folder.glob("copy.db*"):
            left_over.unlink()
        shutil.copy(kept, folder / "copy.db")
        connection = sqlite3.connect(folder / "copy.db", isolation_level=None)
        set_up(connection, "FULL")
        return connection

    yield fresh


def _postgres_copies(url: Any, _folder: Path) -> Iterator[Callable[[], Any]]:
    server = make_url(url).set(drivername="postgresql")
    address = server.render_as_string(hide_password=False)
    beside = server.set(database="postgres").render_as_string(hide_password=False)

    def run(*statements: str) -> None:
        with psycopg.connect(beside, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    run(f'CREATE DATABASE kept TEMPLATE "{url.database}"')

    def fresh() -> Any:
        run("DROP DATABASE IF EXISTS copy", "CREATE DATABASE copy TEMPLATE kept")
        return psycopg.connect(address.replace(f"/{url.database}?", "/copy?"))

    yield fresh
