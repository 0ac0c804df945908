"""What the engines mean to do for each statement of lists, searches and single reads, among 100,000 assistants.

No statement may walk a whole table or sort it. The statements are those that the requests below really ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event, text

from app.assistants import index
from app.core.actors import Role
from app.core.database import Record
from app.core.reading import Prepared, Reader
from app.extensions import READER, db
from tests import factories
from tests.factories import bearer, make_assistant, make_key, make_person
from tests.pages import Visitor

ROWS = 100_000
# Three assistants a second; one of fifty is in the trash.
ASSISTANTS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
INSERT INTO assistants (seq, id, created_at, version, fingerprint, updated_at, updated_by, updated_via, deleted_at,
    instructions_length, instructions_sha256, model, name, temperature, top_p, metadata, response_format,
    tool_resources, tools)
SELECT n, 'asst_' || n, 1700000000 + n / 3, 1, '', CURRENT_TIMESTAMP, 'Ed', 'API',
    CASE WHEN n % 50 = 0 THEN CURRENT_TIMESTAMP END, 0, '', 'gpt-4o', 'Number ' || n, 1, 1, '{}', '"auto"', '{}', '[]'
FROM numbers
"""
VERSIONS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
INSERT INTO assistant_versions (assistant_seq, number, created_at, author_kind, author_name, origin, fingerprint,
    instructions_length, instructions_sha256, settings)
SELECT n, 1, CURRENT_TIMESTAMP, 'person', 'Ed', 'API', '', 0, '', '{"model": "gpt-4o"}'
FROM numbers
"""
# What they are found by. A word stands in all of them, another in every thousandth.
PASSAGES = f"""
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
INSERT INTO search_passages (id, name, description, words)
SELECT n * {index.PASSAGES}, 'number ' || n, '', 'everywhere seldom' || (n % 1000) FROM numbers
"""
FACETS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows),
    facets(facet, value, every) AS (VALUES ('model', 'gpt-4o', 1), ('changed_by', 'Ed', 1), ('tool', 'file_search', 5),
        ('label', 'refunds', 100), ('metadata_key', 'team', 20), ('metadata', 'team=sales', 200))
INSERT INTO assistant_facets (facet, value, created_at, assistant_seq)
SELECT facet, value, 1700000000 + n / 3, n FROM numbers, facets WHERE (n + 1) % every = 0
"""
# Steps of PostgreSQL's that hand a row on before they ask for the next.
STREAMS = {"Limit", "Append", "Result", "Subquery Scan", "Nested Loop", "Hash Join", "Seq Scan", "Index Scan"}
# The tables that `seed` fills.
LARGE = ("assistants", "assistant_versions", "search_passages", "assistant_facets")

API = (
    "/v1/assistants",
    "/v1/assistants?order=asc",
    "/v1/assistants?limit=100&after={middle}",
    "/v1/assistants?limit=100&before={middle}",
    "/v1/assistants?order=asc&after={middle}",
    "/v1/assistants?order=asc&before={middle}",
    "/v1/assistants?after={middle}&before={first}",
    "/v1/assistants/{middle}",
    "/v1/assistants/{long}",
    "/v1/assistants/{middle}?version=1",
    "/v1/assistants/{middle}?as_of=2099-12-31",
    "/v1/assistants/{middle}/versions",
    "/v1/assistants/{middle}/versions?order=asc&limit=100",
    "/v1/assistants/{middle}/versions/1",
)
PAGES = (
    "/assistants",
    "/assistants?order=asc",
    "/assistants?after={middle}",
    "/assistants?before={middle}",
    "/assistants?order=asc&after={middle}",
    "/assistants/{middle}",
    "/assistants/{middle}/edit?version=1",
    "/assistants/{middle}/delete",
    "/assistants/{middle}/history",
    "/assistants/{middle}/history/1",
    "/trash",
    "/trash?after={trashed}",
)
QUESTIONS = (
    "query=seldom7",
    "query=everywhere+seldom7",
    "query=%22everywhere+seldom7%22",
    "query=-seldom7",
    "model=gpt-4o",
    "label=refunds",
    "metadata_key=team",
    "metadata_key=team&metadata_value=sales",
    "changed_by=Ed",
    "changed_since=2099-01-01",
    "unsaved=yes",
)
# What nearly every single one answers to. SQLite goes along the list or the words until the page is full; PostgreSQL
# looks through a whole table for some of these, which docs/performance.md says.
COMMON = (
    "query=everywhere",
    "query=seldom*",
    "query=number",
    "query=everywhere+-seldom7",
    "label=refunds&query=everywhere",
    "tool=file_search&model=gpt-4o",
)
# What the test has to see.
BAD = (
    "SELECT id FROM assistants WHERE model = 'nothing'",
    "SELECT id FROM assistants WHERE deleted_at IS NULL ORDER BY name LIMIT 21",
    "SELECT id FROM assistants ORDER BY updated_by DESC LIMIT 21",
    "SELECT number FROM assistant_versions ORDER BY created_at DESC LIMIT 21",
)


@dataclass(frozen=True)
class Asked:
    """One statement with its values, and which request asked it."""

    by: str
    statement: str
    values: Any


class Listener(Reader):
    """A reader that notes what it is asked."""

    def __init__(self, reader: Reader, noted: list[Asked]) -> None:
        super().__init__(reader.engine)
        self.noted = noted

    def rows(self, prepared: Prepared, **values: Any) -> list[Record]:
        compiled = prepared.on(self.engine.dialect)
        self.noted.append(Asked("", compiled.text, compiled.bound(values)))
        return super().rows(prepared, **values)


def test_nothing_walks_or_sorts_a_whole_table(app: Flask) -> None:
    seed()
    for bad in BAD:
        assert faults(Asked("", bad, ())), f"This test doesn't see what is wrong with {bad}"
    asked = statements(app)
    assert len(asked) > len(list(asked_for()))
    found = [f"{one.by}\n{one.statement}\n{fault}" for one in asked for fault in faults(one)]
    assert not found, "\n\n".join(found)


def asked_for() -> Iterator[str]:
    """Every address, with places to be filled in."""
    yield from (*API, *PAGES)
    for question in (*QUESTIONS, *(COMMON if db.engine.dialect.name == "sqlite" else ())):
        yield from (f"{door}?{question}" for door in ("/v1/assistants", "/assistants"))
        yield f"/v1/assistants?{question}&order=asc&limit=100"


def seed() -> None:
    """Rows past the services, as only their number and their keys matter."""
    with db.engine.begin() as connection:
        for table in (ASSISTANTS, VERSIONS, PASSAGES, FACETS):
            connection.execute(text(table), {"rows": ROWS})
        if connection.dialect.name == "postgresql":
            # The rows came with numbers of their own, which the sequence hasn't heard of.
            connection.execute(text("SELECT setval('assistants_seq_seq', :last)"), {"last": ROWS})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))


def statements(app: Flask) -> list[Asked]:
    """Every SELECT that the requests ask, once for each request."""
    long = make_assistant(instructions="a" * 20_000).id
    middle = make_assistant(created_at=1_700_000_000 + ROWS // 6).id
    places = {"long": long, "middle": middle, "first": f"asst_{ROWS}", "trashed": "1700000000000000-1"}
    headers = bearer(make_key())
    visitor = _signed_in(app)
    noted: list[Asked] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: noted.append(Asked("", given[2], given[3])))
    app.extensions[READER], kept = Listener(app.extensions[READER], noted), app.extensions[READER]
    found: dict[tuple[str, str], Asked] = {}
    for path in asked_for():
        noted.clear()
        by_key = path.startswith("/v1/")
        client = app.test_client(use_cookies=False) if by_key else visitor.client
        answer = client.get(path.format(**places), headers=headers if by_key else {})
        assert answer.status_code == 200, f"{path} answers {answer.status_code}"
        found |= {(path, one.statement): Asked(path, one.statement, one.values) for one in noted}
    app.extensions[READER] = kept
    return [one for one in found.values() if one.statement.lstrip().startswith("SELECT")]


def _signed_in(app: Flask) -> Visitor:
    person = make_person(role=Role.EDITOR)
    visitor = Visitor(app.test_client())
    visitor.submit(visitor.get("/sign-in"), email=person.email, password=factories.PASSWORD)
    return visitor


def faults(asked: Asked) -> list[str]:
    """What is wrong with the plan of a statement; nothing, most of all."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", tuple(asked.values))
            return _walks([row[-1] for row in rows], asked.statement)
        rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.statement}", asked.values or None)
        (answer,) = rows.one()
        plan = json.loads(answer) if isinstance(answer, str) else answer
        return [
            fault for node, ends in _nodes(plan[0]["Plan"]) if not ends and (fault := _fault(node, asked.statement))
        ]


def _walks(steps: list[str], statement: str) -> list[str]:
    """The steps of SQLite's plan that go through a large table, and don't end with the page."""
    ends = "LIMIT" in statement and not any(step.startswith("USE TEMP B-TREE FOR ORDER") for step in steps)
    scans = [step for step in steps if any(step.startswith(f"SCAN {table}") for table in LARGE)]
    unasked = [step for step in steps if "VIRTUAL TABLE" in step and step.endswith(":")]
    return unasked + [step for step in scans if not ends or "USING" not in step]


def _nodes(node: dict[str, Any], ends: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """The steps of PostgreSQL's plan, each with whether it ends as soon as a page is full."""
    kind = node["Node Type"]
    ends = kind == "Limit" or (ends and kind in STREAMS)
    yield node, ends
    for inner in node.get("Plans", []):
        yield from _nodes(inner, ends and inner["Parent Relationship"] not in {"Inner", "SubPlan", "InitPlan"})


def _fault(node: dict[str, Any], statement: str) -> str | None:
    kind, rows = node["Node Type"], node["Plan Rows"]
    if kind == "Seq Scan" and node["Relation Name"] in LARGE:
        return f"{kind} on {node['Relation Name']}"
    if "Sort" in kind and rows > 1_000:
        return f"{kind} of {rows} rows"
    if "Index" in kind and rows > 1_000 and "LIMIT" not in statement:
        return f"{kind} over {rows} rows"
    # Every other step takes its rows from these.
    return None
