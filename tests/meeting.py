"""Somebody else who comes in the middle of a write, on PostgreSQL alone: the embedded database lets nobody in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.extensions import db

PATIENCE = 60


@contextmanager
def meeting(app: Flask, deed: Callable[[], object], *, at: str, until: str) -> Iterator[list[object]]:
    """When the block is about to send a statement like `at`, `deed` begins in a thread and comes as far as one like
    `until`; then both go on. The list has what became of it afterwards, its answer or its failure.
    """
    came, answers = threading.Event(), []

    def come() -> None:
        with app.app_context():
            try:
                answers.append(deed())
            except Exception as failure:
                answers.append(failure)

    other = threading.Thread(target=come)

    def meet(_connection: Any, _cursor: Any, asked: str, *_: Any) -> None:
        if threading.current_thread() is other:
            if until in asked:
                came.set()
        elif at in asked and other.ident is None:
            other.start()
            assert came.wait(PATIENCE), f"It never came to {until}: {answers}"

    event.listen(db.engine, "before_cursor_execute", meet)
    try:
        yield answers
    finally:
        if other.ident is not None:
            other.join(PATIENCE)
        event.remove(db.engine, "before_cursor_execute", meet)
    assert answers, f"Nothing like this was sent: {at}"
