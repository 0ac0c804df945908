"""Nothing typed is lost: a browser that dies, a server that stops, two tabs, and what the page says meanwhile."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from app.assistants import service
from app.core.actors import Origin
from tests import factories
from tests.browser.stoppable import Server, sign_in
from tests.browser.writing import (
    LIMIT,
    editor,
    held_copies,
    long_text,
    open_editor,
    paste_all,
    save,
    state,
    type_at_end,
)

pytestmark = pytest.mark.soak

# Notes every state the page tells, from before anything is typed.
LISTEN = """() => {
  const line = document.querySelector("[data-keep-line] [role=status]");
  window.said = [];
  const note = () => window.said.push(line.textContent);
  new MutationObserver(note).observe(line, {childList: true, characterData: true, subtree: true});
}"""

# As a laptop without a network says, also where the server runs on the laptop itself.
OFFLINE = "Object.defineProperty(navigator, 'onLine', {get: () => false})"


def processes_of(folder: Path) -> list[int]:
    """The processes of the browser that keeps its things in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if f"--user-data-dir={folder}".encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


@contextmanager
def profile(browser: Browser, launch: dict[str, Any], folder: Path) -> Iterator[BrowserContext]:
    """A browser process of its own that remembers what is in this folder."""
    context = browser.browser_type.launch_persistent_context(folder, **launch)
    try:
        yield context
    finally:
        with suppress(PlaywrightError):
            context.close()


def test_a_browser_that_is_killed_gets_the_text_offered_back(
    browser: Browser, browser_type_launch_args: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    text, folder = long_text(LIMIT - 18), tmp_path / "profile"
    with profile(browser, browser_type_launch_args, folder) as context:
        page = context.new_page()
        sign_in(page, server.url)
        address = open_editor(page, server, "Before")
        paste_all(page, text)
        type_at_end(page, "\nand the last one😀")
        expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=30_000)
        typed = editor(page).input_value()
        killed = processes_of(folder)
        assert killed
        for process in killed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    (folder / "SingletonLock").unlink(missing_ok=True)
    with profile(browser, browser_type_launch_args, folder) as context:
        page = context.new_page()
        sign_in(page, server.url)
        page.goto(address)
        expect(editor(page)).to_have_value("Before")
        expect(page.get_by_text("You have unsaved changes")).to_be_visible()
        page.get_by_role("link", name="Continue").click()
        assert editor(page).input_value() == typed == text + "\nand the last one😀"
        assert len(typed) == LIMIT
        save(page)
        page.wait_for_url(address.removesuffix("/edit"))
        page.goto(address)
        assert editor(page).input_value() == typed
        expect(page.get_by_text("You have unsaved changes")).to_be_hidden()


def test_it_says_kept_only_when_the_server_has_it(page: Page, server: Server) -> None:
    open_editor(page, server, long_text(LIMIT - 20))
    answers: list[Any] = []
    page.route("**/working-copy", lambda route: answers.append(route))
    type_at_end(page, "typed")
    expect(state(page)).to_have_text("Unsaved changes")
    expect(state(page)).to_have_text("Keeping…")
    page.keyboard.type("!")
    expect(state(page)).to_have_text("Unsaved changes")
    answers.pop().continue_()
    page.unroute("**/working-copy")
    expect(state(page)).to_have_text(re.compile(r"^Kept at \d\d:\d\d$"), timeout=15_000)
    assert server.kept_text() == editor(page).input_value()
    page.keyboard.type("?")
    expect(state(page)).to_have_text("Unsaved changes")


def test_a_server_that_stops_and_starts_again(page: Page, server: Server) -> None:
    text = long_text(LIMIT - 100)
    open_editor(page, server, text)
    type_at_end(page, "first, ")
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=15_000)
    server.stop()
    page.evaluate(LISTEN)
    type_at_end(page, "while it was down")
    expect(state(page)).to_have_text(
        re.compile("^Could not be kept: the server can't be reached. This browser holds"), timeout=8000
    )
    type_at_end(page, ", typed on")
    page.wait_for_function("() => Object.values(localStorage).some(v => v.includes(', typed on'))")
    said: list[str] = page.evaluate("() => window.said")
    assert said
    assert [line for line in said if "ept at" in line] == []
    server.start()
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=40_000)
    assert server.kept_text() == text + "first, while it was down, typed on"
    assert held_copies(page) == []


def test_text_of_a_lost_page_is_offered(page: Page, server: Server, context: BrowserContext) -> None:
    address = open_editor(page, server, "Line one\nLine two")
    server.stop()
    type_at_end(page, " and a lost end")
    expect(state(page)).to_have_text(re.compile("^Could not be kept"), timeout=8000)
    page.close(run_before_unload=False)
    server.start()
    again = context.new_page()
    again.goto(address)
    notice = again.locator("[data-held]")
    expect(notice).to_contain_text("never reached the server")
    again.get_by_role("button", name="See what differs").click()
    expect(notice).to_contain_text(
        "Instructions: 17 characters on this page, 32 in the other text. First in line 2. "
        "Here “Line two”, there “Line two and a lost end”."
    )
    again.get_by_role("button", name="Continue with it").click()
    expect(editor(again)).to_have_value("Line one\nLine two and a lost end")
    expect(notice).to_be_hidden()
    expect(state(again)).to_have_text(re.compile("^Kept at"), timeout=8000)
    assert server.kept_text() == "Line one\nLine two and a lost end"
    assert held_copies(again) == []


def lost_and_opened_again(page: Page, server: Server, address: str) -> Page:
    """The editor once more, after a page that typed " lost" without the server was closed."""
    server.stop()
    type_at_end(page, " lost")
    expect(state(page)).to_have_text(re.compile("^Could not be kept"), timeout=8000)
    page.close(run_before_unload=False)
    server.start()
    again = page.context.new_page()
    again.goto(address)
    return again


def test_rows_of_a_lost_page_are_offered_too(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    page.get_by_role("button", name="Add a pair").click()
    page.get_by_label("Key", exact=True).fill("team")
    again = lost_and_opened_again(page, server, address)
    again.get_by_role("button", name="Continue with it").click()
    expect(again.get_by_label("Key", exact=True)).to_have_value("team")
    expect(editor(again)).to_have_value("Text lost")
    expect(state(again)).to_have_text(re.compile("^Kept at"), timeout=8000)


@pytest.mark.parametrize(
    ("removed", "functions", "pairs"),
    [("function 1", ["two"], {"team": "x"}), ("pair 1", ["one", "two"], {})],
    ids=["function", "pair"],
)
def test_rows_that_a_lost_page_has_no_more_are_not_mixed_in(
    page: Page, server: Server, removed: str, functions: list[str], pairs: dict[str, str]
) -> None:
    address = open_editor(page, server, "Text")
    assistant_id = address.split("/")[-2]
    with server.app.app_context():
        tools = [{"type": "function", "function": {"name": name}} for name in ("one", "two")]
        rows = {"tools": tools, "metadata": {"team": "x"}}
        service.update(assistant_id, rows, actor=factories.EDITOR, origin=Origin.API)
    page.goto(address)
    page.get_by_role("button", name=f"Remove {removed}").click()
    again = lost_and_opened_again(page, server, address)
    again.get_by_role("button", name="Continue with it").click()
    expect(again.get_by_role("button", name="Remove function")).to_have_count(len(functions))
    expect(again.get_by_label("Key", exact=True)).to_have_count(len(pairs))
    expect(editor(again)).to_have_value("Text lost")
    save(again)
    again.wait_for_url(address.removesuffix("/edit"))
    with server.app.app_context():
        saved = service.get(assistant_id)
        assert [tool["function"]["name"] for tool in saved.tools] == functions
        assert saved.pairs == pairs


def test_discarding_what_was_held(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    again = lost_and_opened_again(page, server, address)
    again.get_by_role("button", name="Discard").click()
    expect(again.locator("[data-held]")).to_be_hidden()
    assert held_copies(again) == []
    expect(editor(again)).to_have_value("Text")


def test_signed_out_and_in_again(page: Page, server: Server, context: BrowserContext) -> None:
    address = open_editor(page, server, long_text(LIMIT - 100))
    # Any answer still under way, even that of an image, would bring the cookie back.
    page.wait_for_load_state("networkidle")
    context.clear_cookies()
    type_at_end(page, " after the end")
    expect(state(page)).to_have_text(re.compile("^Could not be kept: you are signed out"), timeout=8000)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, server.url)
    opened.value.close()
    page.bring_to_front()
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=40_000)
    assert server.kept_text().endswith(" after the end")
    # The form's own token is new too, so saving works.
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    assert held_copies(page) == []


@pytest.mark.parametrize("text", ["Text", long_text(LIMIT - 100)], ids=["short", "longest"])
def test_another_tab_has_newer_text(page: Page, server: Server, context: BrowserContext, text: str) -> None:
    address = open_editor(page, server, text)
    other = context.new_page()
    other.goto(address)
    type_at_end(other, " of the other tab")
    expect(state(other)).to_have_text(re.compile("^Kept at"), timeout=15_000)
    type_at_end(page, " of this tab")
    expect(state(page)).to_have_text(re.compile("you have other unsaved text here"), timeout=15_000)
    assert server.kept_text() == f"{text} of the other tab"
    expect(page.get_by_role("link", name="Open the other text")).to_be_visible()
    page.get_by_role("button", name="Keep this text instead").click()
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=15_000)
    assert server.kept_text() == f"{text} of this tab"
    type_at_end(other, "!")
    expect(state(other)).to_have_text(re.compile("you have other unsaved text here"), timeout=15_000)
    assert server.kept_text() == f"{text} of this tab"
    (held,) = held_copies(other)
    assert dict(held["pairs"])["instructions"] == f"{text} of the other tab!"


def test_an_answer_that_is_lost_on_the_way_is_no_other_tab(page: Page, server: Server) -> None:
    open_editor(page, server, "Text")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/working-copy", lose, times=1)
    type_at_end(page, " typed")
    expect(state(page)).to_have_text(re.compile("^Could not be kept"), timeout=8000)
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=8000)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (413, "<html>", "the text is larger than Greenroom accepts."),
        (
            400,
            '{"error": {"message": "The text holds a NUL character.", "code": "invalid_value"}}',
            "The text holds a NUL",
        ),
        (200, "<html>", "the server answered 200."),
    ],
)
def test_a_refusal_is_said_and_held(page: Page, server: Server, status: int, body: str, words: str) -> None:
    open_editor(page, server, "Text")
    page.route("**/working-copy", lambda route: route.fulfill(status=status, body=body), times=1)
    type_at_end(page, " typed")
    expect(state(page)).to_contain_text(f"Could not be kept: {words}", timeout=8000)
    (copy,) = held_copies(page)
    assert dict(copy["pairs"])["instructions"] == "Text typed"
    page.keyboard.type("!")
    expect(state(page)).to_have_text(re.compile("^Kept at"), timeout=8000)
    assert held_copies(page) == []


def test_saving_without_the_server_keeps_the_page(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    server.stop()
    type_at_end(page, " typed")
    expect(state(page)).to_have_text(re.compile("^Could not be kept"), timeout=8000)
    save(page)
    expect(state(page)).to_have_text(re.compile("^Not saved: the server can't be reached"))
    assert page.url.partition("?")[0] == address
    server.start()
    expect(state(page)).to_have_text(re.compile("can be reached again. Kept at .* but not saved yet"), timeout=40_000)
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    assert held_copies(page) == []


def test_a_browser_that_thinks_it_is_offline_saves_on_a_server_that_answers(page: Page, server: Server) -> None:
    page.add_init_script(OFFLINE)
    address = open_editor(page, server, "Text")
    type_at_end(page, " typed")
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert held_copies(page) == []
    page.goto(address)
    expect(editor(page)).to_have_value("Text typed")
    expect(page.get_by_text("You have unsaved changes")).to_have_count(0)


def test_a_browser_that_thinks_it_is_offline_keeps_the_page_without_the_server(page: Page, server: Server) -> None:
    page.add_init_script(OFFLINE)
    address = open_editor(page, server, "Text")
    server.stop()
    type_at_end(page, " typed")
    save(page)
    expect(state(page)).to_have_text(re.compile("^Not saved: the server can't be reached. This browser holds"))
    assert page.url.partition("?")[0] == address
    server.start()
    expect(state(page)).to_have_text(re.compile("can be reached again. Kept at .* but not saved yet"), timeout=40_000)
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    assert held_copies(page) == []


def test_leaving_at_once_holds_what_was_typed(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    page.route("**/working-copy", lambda route: route.abort())
    type_at_end(page, " typed")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(address.removesuffix("/edit"))
    page.unroute("**/working-copy")
    page.goto(address)
    page.get_by_role("button", name="Continue with it").click()
    expect(editor(page)).to_have_value("Text typed")


def test_saving_at_once_leaves_nothing_behind(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    type_at_end(page, " typed")
    editor(page).press("Tab")
    save(page)
    page.wait_for_url(address.removesuffix("/edit"))
    assert held_copies(page) == []
    page.goto(address)
    expect(editor(page)).to_have_value("Text typed")
    expect(page.locator("[data-held]")).to_be_hidden()
    expect(page.get_by_text("You have unsaved changes")).to_have_count(0)
    expect(state(page)).to_have_text("No changes yet")


def test_a_step_back_says_the_version_the_text_was_typed_into(page: Page, server: Server) -> None:
    address = open_editor(page, server, "Text")
    page.route("**/working-copy", lambda route: route.abort())
    type_at_end(page, " typed")
    page.goto(f"{server.url}/assistants")
    with server.app.app_context():
        assistant_id = address.split("/")[-2]
        service.update(assistant_id, {"name": "Another name"}, actor=factories.EDITOR, origin=Origin.API)
    page.go_back()
    expect(editor(page)).to_have_value("Text typed")
    assert page.input_value("[name=version]") == "1"
    expect(page.get_by_text("Version 2 was saved in between")).to_be_visible()
