"""Administrators invite people, change their roles, shut them out and let them in again."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import service
from app.accounts.links import LinkRefused
from app.accounts.models import OneTimeLink, Person
from app.core.actors import COMMAND_LINE, Role
from app.core.database import utc_now
from app.core.errors import Invalid
from app.extensions import db
from tests.factories import PASSWORD, make_person
from tests.meeting import meeting
from tests.pages import Page, Visitor

LAST = "This is the last active administrator. Make somebody else an administrator first."
REFUSED = "This link doesn't work any more"


def invite(admin: Visitor, email: str = "grace@example.org", role: str = "viewer") -> Page:
    return admin.submit(admin.get("/people/new"), name="Grace Hopper", email=email, role=role)


def link_on(page: Page) -> str:
    url = page.soup.select_one('pre[aria-label="The link"] code').get_text()
    assert url.startswith("http://localhost/welcome?token=")
    return url.removeprefix("http://localhost")


def row(admin: Visitor, email: str) -> str:
    rows = admin.get("/people").soup.select("tbody tr")
    return next(" ".join(row.get_text(" ").split()) for row in rows if email in row.get_text())


def person(email: str) -> Person:
    return db.session.scalars(select(Person).where(Person.email == email)).one()


def test_an_invited_person_chooses_a_password_and_is_signed_in(app: Flask, admin: Visitor) -> None:
    page = invite(admin, email=" Grace@Example.org", role="editor")
    assert page.h1 == "A link for Grace Hopper"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert row(admin, "grace@example.org") == "Grace Hopper grace@example.org Editor Invited no password yet Never"
    newcomer = Visitor(app.test_client())
    welcome = newcomer.get(link_on(page))
    assert "You will sign in as grace@example.org." in welcome.text
    assert newcomer.submit(welcome, password="correct horse battery").path == "/assistants"
    assert "Signed in as Grace Hopper" in newcomer.get("/account").text
    line = row(admin, "grace@example.org")
    assert line.startswith("Grace Hopper grace@example.org Editor Active")
    assert "Never" not in line
    again = Visitor(app.test_client())
    signed_in = again.submit(again.get("/sign-in"), email="grace@example.org", password="correct horse battery")
    assert signed_in.path == "/assistants"


def test_the_link_is_shown_once(admin: Visitor) -> None:
    link = link_on(invite(admin))
    again = admin.get("/people/link")
    assert again.path == "/people"
    assert "A link is shown once." in again.text
    with admin.client.session_transaction() as session:
        assert link.partition("=")[2] not in str(dict(session))


def test_the_link_works_once(app: Flask, admin: Visitor) -> None:
    link = link_on(invite(admin))
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    waiting = second.get(link)
    first.submit(first.get(link), password=PASSWORD)
    late = second.submit(waiting, password="another long password")
    assert (late.status, late.h1) == (404, REFUSED)
    assert second.get(link).h1 == REFUSED
    assert service.authenticate("grace@example.org", "another long password") is None


def test_the_link_lasts_a_week(admin: Visitor, visitor: Visitor) -> None:
    link = link_on(invite(admin))
    lasts = db.session.execute(select(OneTimeLink.created_at, OneTimeLink.expires_at)).one()
    assert lasts.expires_at - lasts.created_at == timedelta(days=7)
    db.session.execute(update(OneTimeLink).values(expires_at=utc_now()))
    db.session.commit()
    assert visitor.get(link).h1 == REFUSED
    assert "ask an administrator for a new link" in visitor.get(link).text


def test_a_link_for_choosing_a_password_does_not_set_up_and_the_other_way_round(visitor: Visitor) -> None:
    token = service.new_set_up_link()
    assert visitor.get(f"/welcome?token={token}").h1 == REFUSED
    _, token = service.invite("a@example.org", "A", Role.VIEWER, actor=COMMAND_LINE)
    assert visitor.get(f"/setup?token={token}").h1 == REFUSED


def test_a_refused_password_keeps_the_link(admin: Visitor, visitor: Visitor) -> None:
    link = link_on(invite(admin))
    page = visitor.submit(visitor.get(link), password="too short")
    assert page.status == 400
    assert page.errors == ["Choose a password of 12 to 200 characters."]
    page = visitor.submit(page, password="Grace Hopper")
    assert page.errors == ["Choose a password that isn't made of the name or the email address."]
    assert visitor.submit(page, password=PASSWORD).path == "/assistants"


def test_a_new_link_replaces_the_first_and_ends_every_session(app: Flask, admin: Visitor) -> None:
    first = link_on(invite(admin))
    grace = Visitor(app.test_client())
    page = admin.submit(admin.get(f"/people/{person('grace@example.org').id}/edit"), "#make-link")
    second = link_on(page)
    assert grace.get(first).h1 == REFUSED
    grace.submit(grace.get(second), password=PASSWORD)
    third = link_on(admin.submit(admin.get(f"/people/{person('grace@example.org').id}/edit"), "#make-link"))
    assert grace.get("/account").h1 == "Your account"
    elsewhere = Visitor(app.test_client())
    elsewhere.submit(elsewhere.get(third), password="a whole new password")
    assert grace.get("/account").h1 == "Sign in"
    assert service.authenticate("grace@example.org", PASSWORD) is None


def test_an_address_stands_for_one_person(admin: Visitor) -> None:
    make_person(email="grace@example.org")
    page = invite(admin, email="GRACE@example.org")
    assert page.status == 400
    assert page.errors == page.summary == ["There is already somebody with the address grace@example.org."]
    assert page.soup.select_one("[name=name]")["value"] == "Grace Hopper"
    assert page.soup.select_one("[name=email]")["value"] == "GRACE@example.org"


def test_the_form_says_what_is_wrong_with_it(admin: Visitor) -> None:
    page = admin.submit(admin.get("/people/new"), name=" ", email="grace", role="viewer")
    assert page.errors == [
        "Give a name of 1 to 100 characters on one line.",
        "Give an email address like name@example.org, of at most 254 characters.",
    ]
    page = admin.submit(admin.get("/people/new"), name="Grace", email="grace@example.org", role="emperor")
    assert page.errors == ["Choose one of the roles."]


def test_a_new_role_counts_from_the_next_request(app: Flask, admin: Visitor, viewer: Visitor) -> None:
    somebody = db.session.scalars(select(Person).where(Person.role == Role.VIEWER)).one()
    assert viewer.get("/people").status == 404
    page = admin.submit(admin.get(f"/people/{somebody.id}/edit"), "#edit-person", name="Vera", role="admin")
    assert page.path == "/people"
    assert "The changes are saved." in page.text
    assert viewer.get("/people").h1 == "People"
    assert "Signed in as Vera" in viewer.get("/people").text


def test_deactivating_asks_first_and_ends_every_session(admin: Visitor, editor: Visitor) -> None:
    somebody = db.session.scalars(select(Person).where(Person.role == Role.EDITOR)).one()
    token = service.new_link(somebody.id, actor=COMMAND_LINE)
    ask = admin.get(admin.get(f"/people/{somebody.id}/edit").link(f"Deactivate {somebody.name}"))
    assert ask.h1 == f"Deactivate {somebody.name}"
    assert editor.get("/account").h1 == "Your account"
    assert admin.submit(ask).path == "/people"
    assert "Deactivated" in row(admin, somebody.email)
    assert editor.get("/account").h1 == "Sign in"
    assert editor.get(f"/welcome?token={token}").h1 == REFUSED
    assert service.authenticate(somebody.email, PASSWORD) is None


def test_reactivating_revives_the_person_but_not_the_sessions(admin: Visitor, editor: Visitor) -> None:
    somebody = db.session.scalars(select(Person).where(Person.role == Role.EDITOR)).one()
    admin.submit(admin.get(f"/people/{somebody.id}/deactivate"))
    page = admin.submit(admin.get(f"/people/{somebody.id}/edit"), "#reactivate")
    assert f"{somebody.name} can sign in again." in page.text
    assert editor.get("/account").h1 == "Sign in"
    assert service.authenticate(somebody.email, PASSWORD) is not None


def test_a_deactivated_person_gets_no_link(admin: Visitor) -> None:
    somebody = make_person(name="Gone")
    page = admin.get(f"/people/{somebody.id}/edit")
    service.deactivate(somebody.id, actor=COMMAND_LINE)
    refused = admin.submit(page, "#make-link")
    assert refused.status == 400
    assert "Gone is deactivated. Reactivate them first, then make a link." in refused.text


def test_nobody_deactivates_themself(admin: Visitor) -> None:
    make_person(role=Role.ADMIN)
    own = db.session.scalars(select(Person).order_by(Person.id)).first()
    assert "Deactivate" not in admin.get(f"/people/{own.id}/edit").text
    page = admin.submit(admin.get(f"/people/{own.id}/deactivate"))
    assert page.status == 400
    assert "You can't deactivate yourself." in page.text
    assert admin.get("/account").h1 == "Your account"


def test_the_last_active_administrator_stays_one(admin: Visitor) -> None:
    own = db.session.scalars(select(Person)).one()
    away = make_person(role=Role.ADMIN)
    service.deactivate(away.id, actor=COMMAND_LINE)
    page = admin.submit(admin.get(f"/people/{own.id}/edit"), "#edit-person", role="viewer")
    assert page.status == 400
    assert page.errors == page.summary == [LAST]
    with pytest.raises(Invalid, match="last active administrator"):
        service.deactivate(own.id, actor=COMMAND_LINE)
    assert admin.get("/people").h1 == "People"
    make_person(role=Role.ADMIN)
    assert admin.submit(page, "#edit-person", role="viewer").status == 404
    assert admin.get("/assistants").status == 200


@pytest.mark.parametrize("deed", ["demote", "deactivate"])
def test_two_administrators_cannot_put_each_other_out_together(app: Flask, deed: str) -> None:
    both = [make_person(role=Role.ADMIN), make_person(role=Role.ADMIN)]
    ids, actors = [one.id for one in both], [one.as_actor() for one in both]
    db.session.remove()
    together = threading.Barrier(2)
    refusals: list[str] = []

    def put_out(target: int, own: int) -> None:
        with app.app_context():
            together.wait()
            try:
                if deed == "demote":
                    service.change_person(ids[target], name="Demoted", role=Role.VIEWER, actor=actors[own])
                else:
                    service.deactivate(ids[target], actor=actors[own])
            except Invalid as refusal:
                refusals.append(refusal.message)

    threads = [threading.Thread(target=put_out, args=(0, 1)), threading.Thread(target=put_out, args=(1, 0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == [LAST]
    left = db.session.scalars(select(Person).where(Person.role == Role.ADMIN, Person.active)).all()
    assert len(left) == 1


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("verb", ["new_link", "deactivate", "change_password"])
def test_a_link_that_ends_while_it_is_used_is_refused(app: Flask, verb: str) -> None:
    person_id = make_person().id
    token = service.new_link(person_id, actor=COMMAND_LINE)
    verbs = {
        "new_link": lambda: service.new_link(person_id, actor=COMMAND_LINE),
        "deactivate": lambda: service.deactivate(person_id, actor=COMMAND_LINE),
        "change_password": lambda: service.change_password(person_id, PASSWORD, "quite another password"),
    }
    choose = partial(service.choose_password, token, "a password chosen by link")
    with meeting(app, choose, at="DELETE FROM one_time_links", until="FOR UPDATE") as answers:
        verbs[verb]()
    assert isinstance(answers[0], LinkRefused)


def test_everybody_is_shown_once_walking_both_ways(admin: Visitor) -> None:
    invited = [
        service.invite(f"p{number}@example.org", f"P {number}", Role.VIEWER, actor=COMMAND_LINE)[0].id
        for number in range(104)
    ]
    # The dates of many tie; the list is ordered all the same.
    db.session.execute(update(Person).where(Person.id.in_(invited[30:80])).values(created_at=utc_now()))
    db.session.commit()

    def shown(page: Page) -> list[str]:
        return [tag.get_text() for tag in page.soup.select("tbody th .secondary")]

    pages = [admin.get("/people")]
    assert pages[0].soup.select_one("[rel=prev]") is None
    while (following := pages[-1].soup.select_one("[rel=next]")) is not None:
        pages.append(admin.get(following["href"]))
    forwards = [email for page in pages for email in shown(page)]
    assert [len(shown(page)) for page in pages] == [50, 50, 5]
    assert len(forwards) == len(set(forwards)) == 105
    back = [pages[-1]]
    while (previous := back[-1].soup.select_one("[rel=prev]")) is not None:
        back.append(admin.get(previous["href"]))
    assert [email for page in reversed(back) for email in shown(page)] == forwards


def test_a_made_up_place_in_the_list_is_no_fault_of_ours(admin: Visitor) -> None:
    for side in ("after", "before"):
        assert admin.get(f"/people?{side}=nonsense").status == 400
        assert admin.get(f"/people?{side}=99999999999999999-999999999999999999").status == 200
        assert admin.get(f"/people?{side}=0-0").status == 200
    assert "The list ends before this page." in admin.get("/people?before=0-0").text


def test_somebody_who_does_not_exist(admin: Visitor) -> None:
    for path in ("/people/999999/edit", "/people/999999/deactivate", "/people/99999999999999999999/edit"):
        assert admin.get(path).status == 404


def test_people_do_not_exist_for_those_who_do_not_manage_them(
    viewer: Visitor, editor: Visitor, visitor: Visitor
) -> None:
    for path in ("/people", "/people/new", "/people/link", "/people/1/edit", "/people/1/deactivate"):
        assert viewer.get(path).status == editor.get(path).status == 404
        assert visitor.get(path).h1 == "Sign in"
