"""Keeping the index of many assistants at a time: as `index` does it, with one statement of each kind for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, select

from app.assistants import index
from app.assistants.models import search_documents
from app.assistants.spec import AssistantSpec
from app.core.statements import Statement, Values
from app.core.writing import send_on
from app.extensions import db


class Subject(NamedTuple):
    """An assistant as the index sees it."""

    seq: int
    created_at: int
    changed_by: str
    spec: AssistantSpec


def keep_many(subjects: Iterable[Subject]) -> None:
    """Make the index tell these live states, in the transaction under way."""
    subjects = list(subjects)
    connection = db.session.connection()
    documents = search_documents.c
    known = select(documents.assistant_seq, documents.manifest).where(
        documents.assistant_seq.in_([subject.seq for subject in subjects])
    )
    manifests = dict(connection.execute(known).all())
    write_many(connection, [(subject, manifests.get(subject.seq)) for subject in subjects])


def write_many(connection: Connection, subjects: Iterable[tuple[Subject, bytes | None]]) -> None:
    """The same, of subjects with the manifest that the index has of each."""
    gathered = _Gathered()
    passages: index.Passages = {}
    for subject, packed in subjects:
        changes = index.changes(subject.spec, subject.changed_by, packed)
        index.apply(gathered.gather, subject.seq, subject.created_at, changes)
        passages |= index.passages(subject.seq, changes)
    gathered.send(connection)
    index.put(partial(send_on, connection), [passages])


class _Gathered:
    """Gathers what would be sent one by one. No two assistants write the same row, so only deletions go first."""

    def __init__(self) -> None:
        self.rows: dict[Statement, list[Values]] = {}

    def gather(self, statement: Statement, values: Values | Sequence[Values]) -> None:
        self.rows.setdefault(statement, []).extend([values] if isinstance(values, Mapping) else values)

    def send(self, connection: Connection) -> None:
        for statement, rows in sorted(self.rows.items(), key=lambda item: not item[0].statement.is_delete):
            send_on(connection, statement, rows)
