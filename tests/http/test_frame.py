"""What surrounds each page: parts of it are drawn once for everybody, and nobody sees in it what is another's."""

from __future__ import annotations

from flask import Flask

from app.core.actors import Role
from tests.factories import PASSWORD, make_person
from tests.pages import Page, Visitor


def areas(page: Page) -> list[str]:
    return [link.get_text() for link in page.soup.select(".site-nav a")]


def current(page: Page) -> list[str]:
    return [link.get_text() for link in page.soup.select(".site-nav a[aria-current=page]")]


def token(page: Page) -> str:
    return str(page.soup.select_one(".site-person [name=csrf_token]")["value"])


def test_each_role_has_its_own_areas_whoever_came_before(
    visitor: Visitor, viewer: Visitor, editor: Visitor, admin: Visitor
) -> None:
    shown = ["Assistants", "Batches", "Trash", "Export"]
    for _ in range(2):
        assert areas(admin.get("/assistants"))[-4:] == ["Models", "Keys", "People", "Activity"]
        assert areas(viewer.get("/assistants")) == shown
        assert areas(editor.get("/assistants")) == [*shown[:3], "Import", "Export"]
        assert visitor.get("/sign-in").soup.select(".site-nav, .site-person") == []


def test_the_area_one_is_in_is_marked(viewer: Visitor) -> None:
    for path, area in (("/assistants", ["Assistants"]), ("/trash", ["Trash"]), ("/account", []), ("/trashed", [])):
        assert current(viewer.get(path)) == area


def test_addresses_begin_where_the_application_is_mounted(viewer: Visitor) -> None:
    for root in ("", "/deep", ""):
        links = viewer.get("/assistants", base_url=f"http://localhost{root}").soup.select(".site-nav a, head link")
        assert [str(link["href"]) for link in links if not str(link["href"]).startswith(f"{root}/")] == []


def test_name_and_token_are_of_whoever_looks(app: Flask, viewer: Visitor, editor: Visitor) -> None:
    seen = {}
    for _ in range(2):
        for visitor in (viewer, editor):
            page = visitor.get("/assistants")
            name = page.soup.select_one(".person-name").get_text()
            assert seen.setdefault(visitor, (name, token(page))) == (name, token(page))
    assert len({name for name, _ in seen.values()}) == len({token for _, token in seen.values()}) == 2


def test_another_session_of_the_same_person_has_another_token(app: Flask) -> None:
    person = make_person(role=Role.VIEWER)
    found = set()
    for _ in range(2):
        visitor = Visitor(app.test_client())
        visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD)
        found.add(token(visitor.get("/assistants")))
    assert len(found) == 2
