"""Two people in browsers and a script change one assistant, in every order there is. No text ever goes missing."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import service as accounts
from app.assistants import service, versions
from app.core.actors import Role, Scope
from app.core.paging import Window
from app.editing import service as working_copies
from app.extensions import db
from tests.factories import PASSWORD, bearer, make_assistant, make_key, make_person
from tests.pages import Page, Visitor

pytestmark = pytest.mark.soak

EDIT, MERGE = "main form[action$=edit]", "main form[action$=merge]"
BASE = [f"line {number}\n" for number in range(9)]
# Each writer opens, then saves: the first of its two letters is the one, the second the other.
ORDERS = sorted(set(permutations("aabbss")))
LINES = {"apart": {"a": 0, "b": 4, "s": 8}, "touching": {"a": 4, "b": 4, "s": 4}}


class Writers:
    """One assistant and what three writers do to it."""

    def __init__(self, browsers: dict[str, Visitor], script: FlaskClient, lines: dict[str, int], careful: bool) -> None:
        self.browsers = browsers
        self.script = script
        self.headers = bearer(make_key(Scope.WRITE))
        self.careful = careful
        self.assistant = make_assistant(instructions="".join(BASE))
        self.texts = {who: "".join([*BASE[:line], f"by {who}\n", *BASE[line + 1 :]]) for who, line in lines.items()}
        self.opened: dict[str, Page | str] = {}
        self.accepted: dict[str, str] = {}
        self.merging: dict[str, Page] = {}

    @property
    def path(self) -> str:
        return f"/assistants/{self.assistant.id}"

    def step(self, who: str) -> None:
        if who in self.opened:
            self.save(who)
        elif who == "s":
            self.opened[who] = self.script.get(f"/v1{self.path}", headers=self.headers).headers["ETag"]
        else:
            self.opened[who] = self.browsers[who].get(f"{self.path}/edit", lint_page=False)

    def save(self, who: str) -> None:
        opened, text = self.opened[who], self.texts[who]
        if isinstance(opened, Page):
            page = self.browsers[who].submit(opened, EDIT, instructions=text, follow=False)
            assert page.status in {303, 409}
            self.accepted[who] = text
            if page.status == 409:
                self.merging[who] = page
            return
        headers = self.headers | ({"If-Match": opened} if self.careful else {})
        answer = self.script.post(f"/v1{self.path}", json={"instructions": text}, headers=headers)
        assert answer.status_code in ({200, 412} if self.careful else {200})
        if answer.status_code == 200:
            self.accepted[who] = text

    def merge(self, who: str) -> None:
        """Decide for both texts everywhere, as often as it takes."""
        page = self.merging.pop(who)
        for _ in "abs":
            both = {field["name"]: "both" for field in page.soup.select(f"{MERGE} input[value=both]")}
            page = self.browsers[who].submit(page, MERGE, button="Save the merge", follow=False, **both)
            if page.status == 303:
                return
        raise AssertionError("The merge never came to an end")

    def found(self) -> set[str | None]:
        """Every text there is: live, in versions, in working copies, on the page that merges."""
        db.session.rollback()
        db.session.expire_all()
        live = service.get(self.assistant.id)
        texts = {live.instructions, *(text for _, text in versions.texts(live))}
        for person in accounts.list_people(Window()).items:
            copy = working_copies.working_copy(person.id, self.assistant.id)
            texts |= {copy.form["instructions"]} if copy else set()
        for page in self.merging.values():
            texts.add(json.loads(str(page.soup.select_one(f"{MERGE} [name=mine]")["value"]))["instructions"])
        return texts


@pytest.fixture
def browsers(app: Flask) -> dict[str, Visitor]:
    found = {}
    for who in "ab":
        person = make_person(role=Role.EDITOR)
        found[who] = Visitor(app.test_client())
        found[who].submit(found[who].get("/sign-in"), email=person.email, password=PASSWORD)
    return found


@pytest.mark.parametrize(("where", "careful"), [("apart", False), ("touching", False), ("touching", True)])
def test_no_accepted_text_is_ever_missing(
    browsers: dict[str, Visitor], api_client: FlaskClient, where: str, careful: bool
) -> None:
    assert len(ORDERS) == 90
    for order in ORDERS:
        writers = Writers(browsers, api_client, LINES[where], careful)
        for who in order:
            writers.step(who)
            missing = set(writers.accepted.values()) - writers.found()
            assert not missing, f"after {''.join(order)}: {missing}"
        merged = list(writers.merging)
        for who in merged:
            writers.merge(who)
        found = writers.found()
        live = service.get(writers.assistant.id).instructions or ""
        for who in writers.accepted:
            assert any(f"by {who}\n" in (text or "") for text in found), f"{who} after {''.join(order)}"
        for who in merged:
            assert f"by {who}\n" in live, f"{who} merged after {''.join(order)}"
