"""Asking PostgreSQL once more what it was asked before on the same connection, by the library underneath the driver.

The driver's cursor finds out each time how the values of a statement are sent and how its columns are read, which takes
longer than all else about a short read. Here that is kept. The wait for an answer stays the driver's, so that whoever
interrupts it still stops what the server does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute, send
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult


def send_all(driver: Connection[Any]) -> None:
    """Wait until all that was asked in a pipeline is on its way.

    The driver doesn't before it waits for a commit's answer. With more left than the system holds, the server then
    waits for the rest of it, and nobody ever goes on.
    """
    driver.wait(send(driver.pgconn))


@dataclass(slots=True)
class Known:
    """A statement on one connection: its text with values by place, and their names in that order.

    `prepared` is what the server calls it, where the server keeps it; `columns` reads what it finds.
    """

    text: bytes
    names: list[str]
    prepared: bytes | None = None
    columns: abc.Transformer | None = None


class Direct:
    """A connection that never begins a transaction. The program has some dozens of statements, so all stay known."""

    def __init__(self, driver: Connection[Any]) -> None:
        driver.autocommit = True
        self.driver = driver
        self._values: abc.Transformer = Transformer(driver)
        self._known: dict[str, Known] = {}

    def rows(self, text: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What the statement finds with these values, called `%(name)s` in it; raises the driver's errors."""
        known = self._known.get(text) or self._learn(text, list(values))
        given = [values[name] for name in known.names]
        # As text, because the statement itself says what each is: in binary, a small number isn't sent as a large one.
        sent = self._values.dump_sequence(given, [PyFormat.TEXT] * len(given))
        if known.prepared is None:
            self.driver.pgconn.send_query_params(known.text, sent)
        else:
            self.driver.pgconn.send_query_prepared(known.prepared, sent)
        return self._read(known, self._answer())

    def close(self) -> None:
        self.driver.close()

    def _learn(self, text: str, names: list[str]) -> Known:
        by_place = text % {name: f"${place}" for place, name in enumerate(names, 1)}
        known = Known(by_place.encode(self.driver.info.encoding), names)
        # Behind a pooler the driver was told to prepare nothing.
        if self.driver.prepare_threshold is not None:
            known.prepared = f"read_{len(self._known)}".encode()
            self.driver.pgconn.send_prepare(known.prepared, known.text)
            self._answer()
        self._known[text] = known
        return known

    def _answer(self) -> PGresult:
        # A server that ends the connection may say so more than once; the first time says why.
        result: PGresult = self.driver.wait(execute(self.driver.pgconn))[0]
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, self.driver.info.encoding)
        return result

    def _read(self, known: Known, result: PGresult) -> list[tuple[Any, ...]]:
        is_new = known.columns is None
        columns = known.columns = known.columns or Transformer(self.driver)
        columns.set_pgresult(result, set_loaders=is_new)
        try:
            return columns.load_rows(0, result.ntuples, tuple)
        finally:
            # Else a long text would stay until the same is asked again.
            columns.set_pgresult(None, set_loaders=False)
