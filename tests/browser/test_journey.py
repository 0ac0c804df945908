"""The main job in a real browser, from the printed set-up link to the export, with JavaScript and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import set_up
from tests.browser.serving import EMAIL, PASSWORD, PATIENCE, Greenroom
from tests.sample import make_sample

pytestmark = pytest.mark.filterwarnings(
    "ignore:deprecated:DeprecationWarning", "ignore:The Assistants API:DeprecationWarning"
)

FIRST_TEXT = "Answer questions about our lamps.\n\nBe brief."
CHANGED_TEXT = '\n# Lamps\n\n- Say "hello" first. <b>Then</b> ask.\n- 您好 \U0001f4a1\n\nEnd with a question.  \n'
SCHEMA = '{"type": "object", "properties": {"article": {"type": "string"}}}'


def test_the_journey_with_javascript(browser: Browser, greenroom: Greenroom, tmp_path: Path) -> None:
    with browser.new_context(base_url=greenroom.url) as context:
        _journey(context.new_page(), greenroom, tmp_path)


def test_the_journey_without_javascript(browser: Browser, greenroom: Greenroom, tmp_path: Path) -> None:
    with browser.new_context(base_url=greenroom.url, java_script_enabled=False) as context:
        _journey(context.new_page(), greenroom, tmp_path)


def _journey(page: Page, greenroom: Greenroom, folder: Path) -> None:
    set_up(page, greenroom)
    key = _try_the_shown_program(page, folder)
    _sign_out_and_in(page)
    with _sdk(greenroom, key) as sdk:
        created = _create(page)
        assert sdk.beta.assistants.retrieve(created).instructions == FIRST_TEXT
        _edit(page, created)
        changed = sdk.beta.assistants.retrieve(created)
        assert (changed.instructions, changed.temperature) == (CHANGED_TEXT, 0.2)
        _duplicate(page, created, sdk)
        _delete(page, created)
        with pytest.raises(openai.NotFoundError):
            sdk.beta.assistants.retrieve(created)
        _restore(page)
        assert sdk.beta.assistants.retrieve(created) == changed
        sample = make_sample(40)
        _import(page, folder, sample, sdk)
        _export(page, folder, sample, sdk)


@contextmanager
def _sdk(greenroom: Greenroom, key: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{greenroom.url}/v1", api_key=key, max_retries=0, timeout=PATIENCE) as sdk:
        yield sdk


def _try_the_shown_program(page: Page, folder: Path) -> str:
    """Run what the page shows, as it stands there; returns the key, which isn't shown again."""
    key = page.get_by_role("group", name="The key").inner_text()
    program = folder / "first.py"
    program.write_text(page.get_by_role("group", name="first.py").inner_text(), encoding="utf-8")
    ran = subprocess.run([sys.executable, program], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "My first assistant" in ran.stdout
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("API keys")
    assert key.startswith("gr_")
    assert key not in page.content()
    return key


def _sign_out_and_in(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.goto("/assistants")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Assistants")


def _create(page: Page) -> str:
    """Make an assistant with a function and metadata; its id."""
    page.get_by_role("link", name="New assistant").click()
    page.get_by_label("Name", exact=True).fill("Lamp adviser")
    page.get_by_label("Model", exact=True).fill("gpt-4o")
    page.get_by_role("textbox", name="Instructions").fill(FIRST_TEXT)
    page.get_by_role("button", name="Add a function").click()
    function = page.get_by_role("group", name="Function 1")
    function.get_by_label("Function name").fill("find_lamp")
    function.get_by_label("Parameters").fill(SCHEMA)
    page.get_by_role("button", name="Add a pair").click()
    page.get_by_label("Key", exact=True).fill("team")
    page.get_by_label("Value", exact=True).fill("lamps")
    _save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lamp adviser")
    return page.url.rpartition("/")[2]


def _edit(page: Page, assistant_id: str) -> None:
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_role("textbox", name="Instructions")).to_have_value(FIRST_TEXT)
    page.get_by_role("textbox", name="Instructions").fill(CHANGED_TEXT)
    page.get_by_label("Temperature", exact=True).fill("hot")
    _save(page)
    expect(page.get_by_role("group", name="There is a problem")).to_be_focused()
    expect(page.get_by_label("Temperature", exact=True)).to_have_value("hot")
    page.get_by_label("Temperature", exact=True).fill("0.2")
    _save(page)
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert page.url.endswith(f"/assistants/{assistant_id}")


def _duplicate(page: Page, assistant_id: str, sdk: openai.OpenAI) -> None:
    page.get_by_role("link", name="Duplicate").click()
    _save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy of Lamp adviser")
    own = {"id", "name", "created_at"}
    copied = sdk.beta.assistants.retrieve(page.url.rpartition("/")[2]).to_dict()
    original = sdk.beta.assistants.retrieve(assistant_id).to_dict()
    assert {key for key in original if copied[key] != original[key]} <= own
    assert copied["id"] != original["id"]


def _delete(page: Page, assistant_id: str) -> None:
    page.goto(f"/assistants/{assistant_id}")
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete Lamp adviser")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("“Lamp adviser” is in the trash.")).to_be_visible()
    expect(page.get_by_role("link", name="Lamp adviser", exact=True)).to_have_count(0)


def _restore(page: Page) -> None:
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("button", name="Restore Lamp adviser").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lamp adviser")


def _import(page: Page, folder: Path, sample: dict[str, Any], sdk: openai.OpenAI) -> None:
    """Check a file first, which writes nothing, then bring it in."""
    saved = folder / "saved.json"
    saved.write_text(json.dumps(sample), encoding="utf-8")
    before = [assistant.id for assistant in sdk.beta.assistants.list()]
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(saved)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Nothing has been imported yet")).to_be_visible()
    assert [assistant.id for assistant in sdk.beta.assistants.list()] == before
    page.get_by_role("button", name=f"Import {len(sample['data'])} assistants").click()
    expect(page.get_by_text("The import is finished")).to_be_visible()
    assert [assistant.id for assistant in sdk.beta.assistants.list()] == before + [row["id"] for row in sample["data"]]


def _export(page: Page, folder: Path, sample: dict[str, Any], sdk: openai.OpenAI) -> None:
    page.get_by_role("link", name="Export").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the file").click()
    downloading.value.save_as(folder / "export.json")
    exported = json.loads((folder / "export.json").read_bytes())
    imported = {row["id"] for row in sample["data"]}
    assert [row for row in exported["data"] if row["id"] in imported] == sample["data"]
    assert [row["id"] for row in exported["data"]] == [assistant.id for assistant in sdk.beta.assistants.list()]


def _save(page: Page) -> None:
    page.locator(".save-bar").get_by_role("button", name="Save").click()
