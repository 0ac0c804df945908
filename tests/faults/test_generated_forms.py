"""hypothesis fills in the pages' forms: whatever is typed, no page fails, and what was typed is shown as text alone."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from itertools import count, cycle
from urllib.parse import urljoin

import pytest
from bs4 import Tag
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict

from tests.factories import make_assistant
from tests.house.roles import PAGES
from tests.house.test_roles import cells, fill
from tests.pages import Page, Visitor, encode, lint

MARKER = "<gr\"'&x>"
# So it would stand in a page that forgot to turn it into text, or did so twice.
UNESCAPED = ('<gr"', "<gr'", "<gr&", "&amp;lt;gr")
SUBMISSIONS, FEW, EXAMPLES = 5_000, 60, 30
STEPS = 4
FORMS = "main form[method=post]"

TYPED = st.one_of(
    st.just(MARKER),
    st.sampled_from(("", " ", "0", "-1", "1e309", "9" * 40, "NaN", "null", "[]", "{", "../../etc/passwd", "a\r\nb: c")),
    st.sampled_from(("=1+1", "\x00", "\u202e", "\ufeff", "x" * 300, "{{7*7}}", "%s%n", "javascript:alert(1)", "1,2;3")),
    st.builds("{}{}{}".format, st.text(max_size=8), st.just(MARKER), st.text(max_size=8)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
ROW = {"id": f"asst_{MARKER}", "object": "assistant", "created_at": 1, "model": MARKER, "name": MARKER}
FILES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        (
            json.dumps({"object": "list", "data": [ROW]}).encode(),
            json.dumps({"object": "list", "data": [ROW | {"id": "asst_good"}, {"name": MARKER}, 7]}).encode(),
            json.dumps([ROW | {"metadata": {MARKER: MARKER}, MARKER: MARKER}]).encode(),
            b"[" * 100_000,
            b'{"object": "list", "data": [' + b"9" * 5_000 + b"]}",
            MARKER.encode(),
        )
    ),
)


@dataclass(frozen=True)
class Step:
    """What somebody does on a page, whichever it is: numbers and values go around."""

    form: int
    button: int
    typed: list[str | None]
    file_name: str
    content: bytes


STEP_TAKEN = st.builds(
    Step,
    form=st.integers(0, 11),
    button=st.integers(0, 11),
    typed=st.lists(st.none() | TYPED, min_size=1, max_size=9),
    file_name=TYPED,
    content=FILES,
)


class Guest:
    """Whoever fills in forms, and which routes their forms have reached."""

    def __init__(self, visitor: Visitor, app: Flask) -> None:
        self.visitor, self.routes = visitor, app.url_map.bind("localhost")
        self.reached: Counter[str] = Counter()

    def wander(self, path: str, steps: list[Step]) -> None:
        """Open a page, fill in one of its forms, go on with what comes back."""
        page = self.looked_at(self.visitor.get(fill(path, self.visitor), lint_page=False))
        for step in steps:
            forms = page.soup.select(FORMS)
            if not forms:
                return
            page = self.submit(page, forms[step.form % len(forms)], step)

    def submit(self, page: Page, form: Tag, step: Step) -> Page:
        buttons = [button for button in form.select("button") if button.get("type", "submit") == "submit"]
        pressed = buttons[step.button % len(buttons)] if buttons else None
        data = filled_in(form, step)
        if pressed is not None and pressed.get("name"):
            data.add(str(pressed["name"]), pressed.get("value", ""))
        address = urljoin(page.path, str((pressed or {}).get("formaction") or form.get("action") or page.path))
        endpoint, _ = self.routes.match(address.partition("?")[0], "POST")
        self.reached[endpoint] += 1
        multipart = form.get("enctype") == "multipart/form-data"
        answer = self.visitor.post(address, data, multipart=multipart, follow_redirects=True)
        return self.looked_at(Page(answer.request.path, answer))

    @staticmethod
    def looked_at(page: Page) -> Page:
        assert page.status < 500, f"{page.path}: {page.status}"
        if page.response.mimetype == "text/html":
            html = page.response.get_data(as_text=True)
            assert [sign for sign in UNESCAPED if sign in html] == [], page.path
            lint(page)
        return page


def filled_in(form: Tag, step: Step) -> MultiDict[str, object]:
    """What a browser would send, with something else typed into some of the fields; its token stays."""
    data = encode(form, {})
    for name, typed in zip(sorted(set(data) - {"csrf_token"}), cycle(step.typed), strict=False):
        if typed is not None:
            data.setlist(name, [typed])
    for control in form.select("input[type=file]"):
        file = FileStorage(BytesIO(step.content), step.file_name or "list.json", content_type="application/json")
        data.add(str(control["name"]), file)
    return data


def pages_with_forms(guest: Guest) -> list[str]:
    """The paths of the table of roles that show an administrator a form; downloads have none."""
    opened = {path for method, path, who, ok in cells(PAGES) if (method, who, ok) == ("GET", "admin", "ok")}
    found = []
    for path in sorted(path for path in opened if "static" not in path and "." not in path):
        page = guest.visitor.get(fill(path, guest.visitor), lint_page=False)
        found += [path] if page.soup.select(FORMS) else []
    return found


def wandered(guest: Guest, submissions: int) -> None:
    """From each page in turn, until so many forms have been sent."""
    paths = cycle(pages_with_forms(guest))

    @settings(max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(st.lists(STEP_TAKEN, min_size=1, max_size=STEPS))
    def wander(steps: list[Step]) -> None:
        guest.wander(next(paths), steps)

    for number in count():
        if guest.reached.total() >= submissions:
            return
        seed(number)(wander)()


@pytest.fixture
def guest(app: Flask, admin: Visitor) -> Guest:
    make_assistant(name=MARKER, description=MARKER, instructions=MARKER, metadata={MARKER: MARKER, "labels": MARKER})
    return Guest(admin, app)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_few(guest: Guest) -> None:
    wandered(guest, FEW)
    assert len(guest.reached) > 10


@pytest.mark.soak
def test_many(guest: Guest) -> None:
    wandered(guest, SUBMISSIONS)
    print(guest.reached.total(), dict(guest.reached))
