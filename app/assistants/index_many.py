"""Keeping the index of many assistants at a time: as `index.keep` does it, with one statement of each kind for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from app.assistants import index
from app.assistants.index import Subject
from app.assistants.models import search_documents
from app.extensions import db


def keep_many(subjects: Sequence[Subject]) -> None:
    """Make the index tell these live states, in the transaction under way."""
    connection = db.session.connection()
    documents = search_documents.c
    known = select(documents.assistant_seq, documents.manifest).where(
        documents.assistant_seq.in_([subject.seq for subject in subjects])
    )
    manifests = dict(connection.execute(known).all())
    gathered = _Gathered(connection)
    for subject in subjects:
        index.write(gathered, subject, manifests.get(subject.seq))
    gathered.send()


class _Gathered:
    """Gathers what would be executed one by one. No two assistants write the same row, so only deletions go first."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: dict[int, tuple[Any, list[Any]]] = {}

    def execute(self, statement: Any, parameters: Any) -> None:
        if statement.is_delete and "ids" in parameters:
            # A list of ids of any length isn't the same statement for all.
            self.connection.execute(statement, parameters)
            return
        rows = self.rows.setdefault(id(statement), (statement, []))[1]
        rows.extend(parameters if isinstance(parameters, list) else [parameters])

    def send(self) -> None:
        for statement, rows in sorted(self.rows.values(), key=lambda sent: not sent[0].is_delete):
            self.connection.execute(statement, rows)
