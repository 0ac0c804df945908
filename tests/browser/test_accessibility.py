"""Every page in Chromium, in light, in dark and on a narrow screen: axe (WCAG 2.2 AA) finds nothing, nothing is wider
than the screen, the console stays silent, and no request leaves for another host."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map

from app import create_app
from app.config import Settings
from tests.browser.conftest import set_up
from tests.browser.routes import ROWS, SAMPLE, STOPS, Stop, at, first_stops, second_factor_stops, sent
from tests.browser.serving import Greenroom, serving

ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# What else axe looks at is the same whatever the colours.
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# By look: width, height, colours, and what axe looks at.
LOOKS = {
    "light": (1280, 800, "light", ALL),
    "dark": (1280, 800, "dark", OF_COLOURS),
    "narrow": (360, 740, "light", ALL),
}
DARK = ("dark", "narrow")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A redirect, files to download, and what programs ask.
NO_PAGES = {
    "assistants.home",
    "audit.download_table",
    "audit.download_lines",
    "exchange.download_export",
    "exchange.download_folder",
    "exchange.download_requests",
    "exchange.download_request",
    "exchange.download_program",
    "provider.begin",
    "provider.finish",
    "operating.healthz",
    "operating.readyz",
    "operating.metrics",
}


@dataclass
class Watched:
    """A page and what happened on it that a person doesn't see."""

    page: Page
    base_url: str
    addresses: Map
    complaints: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._response)
        self.page.context.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        # The browser tells of every answer that is no success. The page itself may be one, and so may a conflict,
        # also the quiet one of keeping what was typed when an earlier stop has left something unsaved.
        address = message.location["url"].partition("?")[0]
        told = "status of 409" in message.text and address.endswith(("/edit", "/working-copy"))
        own = message.location["url"] == self.page.url and "Failed to load resource" in message.text
        if message.type in {"error", "warning"} and not own and not told:
            self.complaints.append(message.text)

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.statuses.append(response.status)

    def _request(self, url: str) -> None:
        if not url.startswith(self.base_url + "/"):
            self.complaints.append(f"A request left for {url}")

    def endpoint(self) -> str:
        """The endpoint of the address the browser shows."""
        path = self.page.url.removeprefix(self.base_url).partition("?")[0].partition("#")[0]
        try:
            endpoint, _ = self.addresses.bind("").match(path, method="GET")
        except (NotFound, MethodNotAllowed):
            return ""
        return str(endpoint)

    def inspect(self, stop: Stop, *, looks: Collection[str] = LOOKS) -> None:
        stop.go(self.page)
        assert (self.endpoint(), self.statuses[-1]) == (stop.endpoint, stop.status), stop.name
        self.page.evaluate(Axe().axe_script)
        for look in looks:
            width, height, scheme, rules = LOOKS[look]
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.emulate_media(color_scheme=scheme)
            assert self.page.evaluate(TOO_WIDE) <= 0, f"{stop.name} is too wide in {look}"
            if stop.is_long and look != "light":
                continue
            options = {"runOnly": rules, "resultTypes": ["violations"]}
            found = AxeResults(self.page.evaluate("options => axe.run(options)", options))
            assert found.violations_count == 0, f"{stop.name} in {look}: {found.generate_report()}"
        assert not self.complaints, stop.name


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Map:
    """All the addresses Greenroom has."""
    folder = str(tmp_path_factory.mktemp("addresses"))
    return create_app(Settings.from_environment({"GREENROOM_INSTANCE_PATH": folder})).url_map


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Greenroom]:
    """A Greenroom with the sample in it."""
    folder = tmp_path_factory.mktemp("furnished")
    with serving(folder) as greenroom:
        saved = folder / "sample.json"
        saved.write_text(json.dumps(SAMPLE), encoding="utf-8")
        greenroom.flask("assistants", "import", str(saved))
        yield greenroom


@pytest.fixture(scope="module")
def administrator(browser: Browser, furnished: Greenroom, addresses: Map) -> Iterator[Watched]:
    """An administrator's browser, the same one for all stops; a second person is there to look at."""
    with browser.new_context(base_url=furnished.url, reduced_motion="reduce") as context:
        page = context.new_page()
        set_up(page, furnished)
        furnished.flask(
            *("users", "create", "ed@example.org", "--name", "Ed Editor", "--role", "editor", "--password-stdin"),
            given="a long enough password",
        )
        yield Watched(page, furnished.url, addresses)


@pytest.fixture
def watched(administrator: Watched) -> Watched:
    administrator.complaints.clear()
    return administrator


# Each page in its first state; the others it can be in take longer.
FIRST = list({stop.endpoint: stop for stop in reversed(STOPS) if not stop.is_long}.values())[::-1]


# The light one is looked at in `make test`, the others in `make soak`.
by_look = pytest.mark.parametrize("look", ["light", *(pytest.param(look, marks=pytest.mark.soak) for look in DARK)])


@pytest.mark.parametrize("stop", FIRST, ids=[stop.name for stop in FIRST])
def test_page_for_everybody(watched: Watched, stop: Stop) -> None:
    watched.inspect(stop, looks=["light"])


@pytest.mark.soak
@pytest.mark.parametrize("stop", STOPS, ids=[stop.name for stop in STOPS])
def test_page_in_every_state_and_look_for_everybody(watched: Watched, stop: Stop) -> None:
    watched.inspect(stop, looks=DARK if stop in FIRST else LOOKS)


@by_look
def test_first_pages_for_everybody(browser: Browser, greenroom: Greenroom, addresses: Map, look: str) -> None:
    with browser.new_context(base_url=greenroom.url, reduced_motion="reduce") as context:
        newcomer = Watched(context.new_page(), greenroom.url, addresses)
        for stop in first_stops(greenroom.set_up_link):
            newcomer.inspect(stop, looks=[look])


def test_a_forbidden_page_for_everybody(browser: Browser, furnished: Greenroom, addresses: Map) -> None:
    furnished.flask(
        *("users", "create", "vi@example.org", "--name", "Vi Viewer", "--role", "viewer", "--password-stdin"),
        given="a long enough password",
    )
    with browser.new_context(base_url=furnished.url, reduced_motion="reduce") as context:
        viewer = Watched(context.new_page(), furnished.url, addresses)
        sign_in = f"/sign-in?next=/assistants/{ROWS[0]['id']}/edit"
        viewer.inspect(
            Stop(
                "forbidden",
                "editing.edit",
                sent(sign_in, "Sign in", email="vi@example.org", password="a long enough password"),
                403,
            )
        )
        viewer.inspect(Stop("a viewer's list", "search.list_assistants", at("/assistants")))


@by_look
def test_second_factor_for_everybody(browser: Browser, furnished: Greenroom, addresses: Map, look: str) -> None:
    email, password = f"sy-{look}@example.org", "a long enough password"
    furnished.flask(
        *("users", "create", email, "--name", "Sy Second", "--role", "editor", "--password-stdin"), given=password
    )
    with browser.new_context(base_url=furnished.url, reduced_motion="reduce") as context:
        person = Watched(context.new_page(), furnished.url, addresses)
        sent("/sign-in", "Sign in", email=email, password=password)(person.page)
        for stop in second_factor_stops(email, password):
            person.inspect(stop, looks=[look])


def test_every_page_is_looked_at(addresses: Map) -> None:
    pages = {
        rule.endpoint
        for rule in addresses.iter_rules()
        if rule.methods and "GET" in rule.methods and not rule.rule.startswith(("/v1", "/openapi", "/static"))
    }
    looked_at = {stop.endpoint for stop in (*STOPS, *first_stops(""), *second_factor_stops("", ""))}
    assert pages - looked_at - NO_PAGES == set(), "Say in tests/browser/routes.py how to reach these pages"
