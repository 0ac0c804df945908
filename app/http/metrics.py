"""Counting and timing for Prometheus, where `GREENROOM_METRICS_TOKEN` is set; otherwise nothing is measured or loaded.

Several workers count into files of a folder that gunicorn's configuration makes, so that any of them can tell the sum.
What is read from the database at the moment of asking, and the page itself, are in `operating.web`.
"""

from __future__ import annotations

import os
import time
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import event

from app.audit.service import Verb, heard_by
from app.core.writers import writer_of
from app.extensions import db, reader

EXTENSION = "greenroom.metrics"
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STARTED = "greenroom_statement_started"


class Metrics:
    """What is counted in this process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self.requests = Counter(
            "greenroom_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "greenroom_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.database = Histogram(
            "greenroom_database_seconds", "Time of each statement.", buckets=SECONDS, registry=self.registry
        )
        self.deeds = Counter(
            "greenroom_deeds", "Entries of the audit by verb: versions written, failed sign-ins …", ["verb"],
            registry=self.registry,
        )  # fmt: skip

    def count(self, method: str, route: str, status: int, began: float) -> None:
        """A request that was answered now."""
        self.requests.labels(method, route, str(status)).inc()
        self.latency.labels(route).observe(time.perf_counter() - began)

    def text(self) -> bytes:
        """What all workers have counted, as Prometheus reads it."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def init_app(app: Flask) -> None:
    if app.config["SETTINGS"].metrics_token is None:
        return
    metrics = app.extensions[EXTENSION] = Metrics()
    app.after_request(_count_request)
    heard_by(lambda verb: _count_deed(metrics, verb))
    with app.app_context():
        _time_statements(db.engine, metrics)
        reader().timed = writer_of(db.engine).timed = metrics.database.observe


def of_this_app() -> Metrics | None:
    found: Metrics | None = current_app.extensions.get(EXTENSION)
    return found


def _count_request(response: Response) -> Response:
    metrics = of_this_app()
    assert metrics is not None
    # Routes and methods are few; paths and made-up methods would be without end.
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    metrics.count(method, route, response.status_code, g.began)
    return response


def _count_deed(metrics: Metrics, verb: Verb) -> None:
    metrics.deeds.labels(verb.value).inc()


def _time_statements(engine: Any, metrics: Metrics) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Any, *_rest: Any) -> None:
        connection.info[STARTED] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Any, *_rest: Any) -> None:
        metrics.database.observe(time.perf_counter() - connection.info.pop(STARTED))
