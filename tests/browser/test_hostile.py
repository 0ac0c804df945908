"""Hostile texts in every field, read in a real browser: no dialog, no error, no violation, no request elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from app.assistants import service
from app.bulk import deeds, drafts
from app.bulk import service as bulk
from app.catalogue import service as catalogue
from app.core.actors import COMMAND_LINE, Origin, Role, Scope
from app.core.errors import Invalid
from app.extensions import db
from tests import factories
from tests.browser.stoppable import Server, stoppable
from tests.faults.hostile import HOSTILE

ADMIN = "ada@example.org"
# Milliseconds; how long a page takes is nothing to this test.
PATIENCE = 120_000
TELL = "document.addEventListener('securitypolicyviolation', e => console.error('refused: ' + e.violatedDirective))"
LISTS = ("assistants", "assistants?order=asc", "trash", "keys", "people", "activity", "models", "batches", "batches/1")
PAGES = (
    *("", "/edit", "/duplicate", "/history", "/history/1", "/compare?from=1&to=live", "/delete", "/responses"),
    *("?find=alert", "/history/sentence?sentence=alert"),
)
REFLECTED = (
    "assistants?query=",
    "assistants?label=",
    "assistants?changed_since=",
    "sign-in?next=",
    "activity?about=",
    "",
)


class Watched:
    """A tab, and everything that happens in it which mere text can't cause."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.seen: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.add_init_script(TELL)
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.seen.append(f"error {error}"))
        page.on("console", lambda said: self.seen.append(said.text) if "refused" in said.text.lower() else None)
        page.on("request", self._request)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.seen.append(f"request to {request.url}")

    def read(self, path: str) -> None:
        self.page.goto(f"{self.url}/{path}")
        assert self.page.locator("h1").count() == 1, path
        assert self.seen == [], path


def furnish(server: Server, texts: list[str]) -> list[str]:
    """Each text in every field that takes it; the ids of the assistants."""
    whole = "\n".join(texts)
    with server.app.app_context():
        factories.make_person(role=Role.ADMIN, email=ADMIN)
        ids = []
        for text in texts:
            with suppress(Invalid):
                factories.make_person(name=text)
            with suppress(Invalid):
                factories.make_key(Scope.READ, name=text)
            with suppress(Invalid):
                catalogue.add(
                    text, catalogue.ModelFacts(owned_by=text, released_on=date(2026, 1, 1)), actor=COMMAND_LINE
                )
            ids.append(make_hostile(text, whole))
        factories.make_assistant(name="Passing")
        deed = deeds.read({"type": "add_label", "label": texts[0]})
        draft = drafts.prepare(deed, {}, actor=COMMAND_LINE)
        drafts.look_further(draft)
        bulk.confirm(draft, actor=COMMAND_LINE, note=texts[0])
        db.session.remove()
    return ids


def make_hostile(text: str, whole: str) -> str:
    function = {"name": "f", "description": text, "parameters": {text: {"type": text}}}
    schema = {"name": "s", "description": text, "schema": {"title": text}}
    fields = {
        "name": text.replace("\r\n", " "),
        "description": text,
        "model": text.replace("\r\n", " "),
        "instructions": whole,
        "metadata": {text[:64]: text, "labels": text},
        "tools": [{"type": "function", "function": function}, {"type": "file_search"}],
        "tool_resources": {"file_search": {"vector_store_ids": [text]}},
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    made = factories.make_assistant(**fields)
    changed = {"instructions": f"{whole}\n{text}", "description": f"{text} again"}
    service.update(made.id, changed, actor=factories.EDITOR, origin=Origin.PAGE, note=text.replace("\r\n", " "))
    return made.id


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Server]:
    with stoppable(tmp_path) as server:
        yield server


@pytest.fixture
def watched(browser: Browser, hostile: Server) -> Iterator[Watched]:
    with browser.new_context() as context:
        yield Watched(context.new_page(), hostile.url)


def sign_in(watched: Watched) -> None:
    watched.page.goto(f"{watched.url}/sign-in")
    watched.page.get_by_label("Email").fill(ADMIN)
    watched.page.get_by_label("Password").fill(factories.PASSWORD)
    watched.page.get_by_role("button", name="Sign in").click()
    watched.page.wait_for_url("**/assistants")


def type_into_the_editor(watched: Watched, assistant_id: str, text: str) -> None:
    """Scripts of the page look at what is typed, keep it, and draw from it."""
    watched.read(f"assistants/{assistant_id}/edit")
    watched.page.locator("[name=instructions]").fill(f"{text}\n# {text}")
    watched.page.locator("[name=description]").fill(text)
    watched.page.locator("[data-keep-state=kept]").wait_for()
    watched.read(f"assistants/{assistant_id}/edit")


def upload(watched: Watched, text: str) -> None:
    row = {"object": "assistant", "created_at": 1, "model": text, "name": text, "description": text}
    rows = [row | {"id": f"asst_{number}"} for number in range(2)] + [row | {"id": text, "tools": [{"type": text}]}]
    content = json.dumps({"object": "list", "data": rows}).encode()
    watched.read("import")
    watched.page.get_by_label("File").set_input_files(
        {"name": f"{text.replace('/', '')}.json", "mimeType": "text/html", "buffer": content}
    )
    watched.page.get_by_role("button", name="Check the file").click()
    expect(watched.page.locator("main")).to_contain_text("Refused")
    assert watched.seen == []


def read_everywhere(watched: Watched, assistant_id: str, text: str) -> None:
    for path in PAGES:
        watched.read(f"assistants/{assistant_id}{path}")
    for path in REFLECTED:
        watched.read(f"{path}{quote(text.replace('/', ''))}")
    type_into_the_editor(watched, assistant_id, text)
    upload(watched, text)


def test_read_by_an_administrator(watched: Watched, hostile: Server) -> None:
    ids = furnish(hostile, list(HOSTILE.values()))
    sign_in(watched)
    for path in LISTS:
        watched.read(path)
    read_everywhere(watched, ids[0], HOSTILE["script"])


@pytest.mark.soak
def test_each_read_everywhere(watched: Watched, hostile: Server) -> None:
    ids = furnish(hostile, list(HOSTILE.values()))
    sign_in(watched)
    for assistant_id, text in zip(ids, HOSTILE.values(), strict=True):
        read_everywhere(watched, assistant_id, text)
