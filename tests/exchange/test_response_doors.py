"""Requests to the Responses API by every door: the page, its downloads, the API; and the program as it is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.actors import COMMAND_LINE, Scope
from app.exchange import service
from app.exchange.export import request_lines, request_object
from tests import factories
from tests.difficult import DIFFICULT_TEXTS
from tests.exchange.saved import row
from tests.exchange.test_responses import NO_STORE
from tests.pages import Visitor

SEARCH = {"tools": [{"type": "file_search"}], "tool_resources": {"file_search": {"vector_store_ids": []}}}
WHOLE = {"temperature": 1.0, "top_p": 1.0, "reasoning_effort": None, "response_format": "auto"}


def test_the_page_shows_both_forms_and_the_warnings(viewer: Visitor) -> None:
    text = DIFFICULT_TEXTS["mixed newlines"]
    service.run([row(1, name="Refunds & more", instructions=text, **SEARCH)], actor=COMMAND_LINE)
    page = viewer.get(viewer.get("/assistants/asst_1").link("Move to the Responses API"))
    assert (page.status, page.h1) == (200, "Move Refunds & more")
    assert NO_STORE in page.text
    program, body = (code.get_text() for code in page.soup.select("figure code"))
    assert json.loads(body) == {"model": "gpt-4o", "instructions": text}
    assert program.startswith("# Refunds & more\n# asst_1, created on 2025-06-15, from Greenroom.\n# Note: File search")
    downloaded = viewer.client.get(page.link("Download .json"))
    assert downloaded.headers["Content-Disposition"] == "attachment; filename=refunds-more.json"
    assert downloaded.get_data(as_text=True) == f"{body}\n"
    downloaded = viewer.client.get(page.link("Download .py"))
    assert downloaded.headers["Content-Disposition"] == "attachment; filename=refunds-more.py"
    assert downloaded.get_data(as_text=True) == program


def test_a_page_without_warnings(viewer: Visitor) -> None:
    service.run([row(1)], actor=COMMAND_LINE)
    page = viewer.get("/assistants/asst_1/responses")
    assert page.h1 == "Move Untitled (asst_1)"
    assert "Not everything" not in page.text
    assert viewer.get("/assistants/asst_none/responses").status == 404


def test_all_of_them_as_lines(viewer: Visitor) -> None:
    rows = [row(number, name=f"N{number}", instructions="a\nb") for number in range(103)]
    service.run(rows, actor=COMMAND_LINE)
    page = viewer.get("/export")
    answer = viewer.client.get(page.link("Download the requests"))
    assert answer.headers["Content-Disposition"].endswith(".jsonl")
    lines = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert [line["id"] for line in lines] == [given["id"] for given in rows]
    assert lines[0]["request"] == {"model": "gpt-4o", "instructions": "a\nb"}


def test_no_assistants_no_lines(app: Flask) -> None:
    assert list(request_lines()) == []


def test_the_api_answers_one_and_a_page_of_them(api_client: FlaskClient) -> None:
    service.run([row(number, description="What for", **SEARCH) for number in range(3)], actor=COMMAND_LINE)
    headers = factories.bearer(factories.make_key(Scope.READ))
    one = api_client.get("/v1/assistants/asst_1/response_request", headers=headers)
    assert one.json == {
        "id": "asst_1",
        "object": "assistant.response_request",
        "created_at": 1_750_000_000,
        "name": None,
        "description": "What for",
        "warnings": [NO_STORE],
        "request": {"model": "gpt-4o"},
    }
    assert one.headers["ETag"] == api_client.get("/v1/assistants/asst_1", headers=headers).headers["ETag"]
    first = api_client.get("/v1/response_requests?limit=2", headers=headers).json
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (["asst_0", "asst_1"], True)
    rest = api_client.get(f"/v1/response_requests?after={first['last_id']}", headers=headers).json
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (["asst_2"], False)
    assert api_client.get("/v1/assistants/asst_none/response_request", headers=headers).status_code == 404
    assert api_client.get("/v1/response_requests?after=asst_none", headers=headers).status_code == 400


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server in place of OpenAI's, and what it was sent."""
    heard: list[dict[str, Any]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append({"path": self.path} | json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            told = {"id": "resp_1", "object": "response", "output": []}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is theirs."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", heard
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_program_runs_with_the_sdk_and_sends_exactly_this(viewer: Visitor, tmp_path: Path) -> None:
    """The one a person downloads, run as a person would."""
    given = row(
        1,
        name="Refunds",
        instructions="\n".join(DIFFICULT_TEXTS.values()),
        temperature=0.2,
        tools=[{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "x": None}}}],
        metadata={"é": "\u2028"},
    )
    service.run([given], actor=COMMAND_LINE)
    program = tmp_path / "refunds.py"
    program.write_bytes(viewer.client.get("/assistants/asst_1/responses.py").data)
    with listening() as (url, heard):
        environment = os.environ | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-none"}
        subprocess.run([sys.executable, program], env=environment, check=True, capture_output=True)
    expected = request_object(WHOLE | {"tool_resources": {}, "description": None} | given)["request"]
    assert heard == [{"path": "/v1/responses", "input": "Hello!"} | expected]
