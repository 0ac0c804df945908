"""A browser that talks to nobody but Greenroom, and somebody signed in. The server is in `serving`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import install
from tests.browser.serving import EMAIL, NAME, PASSWORD, Greenroom, serving
from tests.browser.stoppable import Server, sign_in, stoppable

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser found on this machine. Without one these tests fail: nobody should believe they passed."""
    path = install.find()
    if path is None:
        pytest.fail(install.MISSING, pytrace=False)
    # Chromium can't build its sandbox as root, which is what containers usually are.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": path, "args": [*QUIET, *as_root]}


@pytest.fixture
def greenroom(tmp_path: Path) -> Iterator[Greenroom]:
    """A Greenroom nobody has set up yet."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A Greenroom with one editor, which can be stopped and started again."""
    with stoppable(tmp_path) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window of somebody who has never been here."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as made:
        yield made


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Page:
    """A tab of the editor of `server`."""
    page = context.new_page()
    sign_in(page, server.url)
    return page


def set_up(page: Page, greenroom: Greenroom) -> None:
    """Become the first administrator; ends on the page that shows the first key."""
    page.goto(greenroom.set_up_link)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up Greenroom").click()
    page.get_by_role("heading", level=1, name="Your new API key").wait_for()
