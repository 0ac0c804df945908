"""Many assistants at once, straight into their table through the driver: reproducible, and as fast as it goes.

They have no versions and stand in no index: this is for lists and single reads. Lengths are log-normal around 2,300.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.assistants.models import Assistant
from app.core.database import table_of
from app.extensions import db
from app.texts.text import fingerprint
from tests.sample_words import prose

MIDDLE, WIDTH = 2_300, 0.5
LONGEST = 20_000
FIRST = 1_700_000_000
WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)


def id_of(number: int) -> str:
    return f"asst_{number:024}"


def fill(app: Flask, count: int) -> None:
    """An empty Greenroom gets so many assistants, three in each second; `id_of(1)` is the oldest."""
    columns = [column.name for column in table_of(Assistant).columns]
    with app.app_context(), closing(db.engine.raw_connection()) as pooled:
        connection: Any = pooled.driver_connection
        rows = (tuple(row[name] for name in columns) for row in _rows(count, naive=db.engine.dialect.name == "sqlite"))
        if db.engine.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO assistants ({', '.join(columns)}) VALUES ({marks})", rows)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        with connection.cursor() as cursor, cursor.copy(f"COPY assistants ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT setval('assistants_seq_seq', :last)"), {"last": count})
        connection.execute(text("VACUUM ANALYZE"))


def _rows(count: int, *, naive: bool) -> Iterator[dict[str, Any]]:
    rng = random.Random(9)
    source = prose(rng, 1_000_000)
    written = str(WRITTEN.replace(tzinfo=None)) + ".000000" if naive else WRITTEN
    empty, default = json.dumps({}), json.dumps("auto")
    for number in range(1, count + 1):
        length = max(50, min(LONGEST, round(MIDDLE * rng.lognormvariate(0, WIDTH))))
        start = rng.randrange(len(source) - length)
        instructions = source[start : start + length]
        yield {
            "seq": number, "id": id_of(number), "created_at": FIRST + number // 3, "version": 1,
            "fingerprint": fingerprint(str(number)), "updated_at": written, "updated_by": "Bench", "updated_via": "API",
            "deleted_at": None, "deleted_by": None, "instructions_length": length,
            "instructions_sha256": fingerprint(instructions), "model": "gpt-4o", "name": f"Assistant {number}",
            "description": None, "temperature": 1.0, "top_p": 1.0, "reasoning_effort": None, "metadata": empty,
            "response_format": default, "tool_resources": empty, "tools": "[]", "instructions": instructions,
        }  # fmt: skip
