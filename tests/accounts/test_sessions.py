"""Where somebody is signed in: the list on the account, signing out one browser or all others, and what a copied cookie
is worth afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from app.accounts import service, sessions
from app.accounts.browsers import in_words
from app.accounts.models import BrowserSession, Person
from app.audit.models import AuditEntry
from app.core.actors import COMMAND_LINE, Role
from app.core.database import utc_now
from app.core.reading import Prepared, Reader
from app.extensions import READER, db
from tests.factories import PASSWORD, make_person
from tests.pages import Page, Visitor

COOKIE = "greenroom_session"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"


def signed_in(app: Flask, person: Person, browser: str = FIREFOX, address: str = "192.0.2.7") -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.client.environ_base |= {"REMOTE_ADDR": address, "HTTP_USER_AGENT": browser}
    page = visitor.submit(visitor.get("/sign-in"), email=person.email, password=PASSWORD)
    assert page.status == 200, page.text
    return visitor


def copy_of(visitor: Visitor, app: Flask) -> Visitor:
    """Somebody who took the cookie along."""
    thief = Visitor(app.test_client())
    cookie = visitor.client.get_cookie(COOKIE)
    assert cookie is not None
    thief.client.set_cookie(COOKIE, cookie.value)
    return thief


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").h1 == "Your account"


def rows(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.soup.select("#sessions tbody tr")]


def only_session() -> BrowserSession:
    return db.session.scalars(select(BrowserSession).execution_options(populate_existing=True)).one()


def age(**ages: timedelta) -> None:
    db.session.execute(update(BrowserSession).values({name: utc_now() - by for name, by in ages.items()}))
    db.session.commit()


def test_the_account_lists_every_browser_in_plain_words(app: Flask) -> None:
    person, other = make_person(), make_person()
    here = signed_in(app, person)
    signed_in(app, person, IPHONE, "2001:db8::1")
    signed_in(app, other)
    told = rows(here.get("/account"))
    assert len(told) == 2
    assert told[0].startswith("Safari on an iPhone 2001:db8::1 ")
    assert told[1].startswith("Firefox on Linux This browser 192.0.2.7 ")


def test_one_browser_is_signed_out_and_its_copied_cookie_is_dead(app: Flask) -> None:
    person = make_person()
    here, there, third = (signed_in(app, person, browser) for browser in (FIREFOX, IPHONE, FIREFOX))
    copied = copy_of(there, app)
    assert is_in(copied)
    page = here.get("/account")
    iphone = next(row for row in page.soup.select("#sessions tbody tr") if "iPhone" in row.get_text())
    page = here.submit(page, f"form[action='{iphone.form['action']}']")
    assert "Safari on an iPhone is signed out." in page.text
    assert len(rows(page)) == 2
    assert (is_in(here), is_in(there), is_in(copied), is_in(third)) == (True, False, False, True)


def test_signing_out_everywhere_else(app: Flask) -> None:
    person, other = make_person(), make_person()
    here, there, stranger = signed_in(app, person), signed_in(app, person), signed_in(app, other)
    copied = copy_of(there, app)
    page = here.submit(here.get("/account"), "#end-others")
    assert "You are signed out of 1 other browser." in page.text
    assert len(rows(page)) == 1
    assert page.soup.select_one("#end-others") is None
    assert (is_in(here), is_in(there), is_in(copied), is_in(stranger)) == (True, False, False, True)
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.verb, last.subject_id, last.details) == ("sign-in.ended", str(person.id), {"elsewhere": 1})


def test_signing_out_ends_the_session_on_the_server(app: Flask) -> None:
    here = signed_in(app, make_person())
    copied = copy_of(here, app)
    page = here.submit(here.get("/account"), ".site-person form")
    assert "You are signed out." in page.text
    assert not is_in(copied)
    assert db.session.scalar(select(func.count()).select_from(BrowserSession)) == 0


def test_a_browser_that_was_updated_and_moved_stays_signed_in(app: Flask) -> None:
    visitor = signed_in(app, make_person())
    visitor.get("/assistants")
    visitor.client.environ_base |= {"REMOTE_ADDR": "198.51.100.9", "HTTP_USER_AGENT": FIREFOX.replace("145", "146")}
    answer = visitor.client.get("/account")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_signing_out_this_browser_from_the_list(app: Flask) -> None:
    here = signed_in(app, make_person())
    copied = copy_of(here, app)
    page = here.submit(here.get("/account"), "#sessions tbody form")
    assert page.path == "/sign-in"
    assert not is_in(copied)


def test_signing_in_again_in_the_same_browser_ends_the_session_before(app: Flask) -> None:
    person, other = make_person(), make_person()
    here = signed_in(app, person)
    copied = copy_of(here, app)
    token = here.get("/account").soup.select_one("[name=csrf_token]")["value"]
    here.post("/sign-in", {"csrf_token": token, "email": other.email, "password": PASSWORD})
    assert not is_in(copied)
    assert other.name in here.get("/account").text


def test_somebody_elses_session_does_not_exist(app: Flask) -> None:
    mine, theirs = signed_in(app, make_person()), signed_in(app, make_person())
    page = theirs.get("/account")
    path = page.soup.select_one("#sessions tbody form")["action"]
    token = mine.get("/account").soup.select_one("[name=csrf_token]")["value"]
    for gone in (path, "/account/sessions/999999/end", "/account/sessions/99999999999999999999/end"):
        assert mine.post(gone, {"csrf_token": token}).status_code == 404
    assert is_in(theirs)


def test_what_ends_every_session_of_a_person(app: Flask) -> None:
    person = make_person(role=Role.ADMIN)
    make_person(role=Role.ADMIN)
    here = signed_in(app, person)
    service.deactivate(person.id, actor=COMMAND_LINE)
    assert not is_in(here)
    service.reactivate(person.id, actor=COMMAND_LINE)
    assert not is_in(here)
    assert sessions.list_of(person.id, timedelta(days=1)) == []
    assert is_in(signed_in(app, person))


def test_a_session_begun_while_the_password_was_changed_is_worth_nothing(app: Flask) -> None:
    """Who knows the old password, and whose sign-in is slower than the change of it, is not in."""
    person = make_person()
    known = service.authenticate(person.email, PASSWORD)
    assert known is not None
    db.session.expunge(known)
    service.change_password(person.id, PASSWORD, "a new and longer password")
    token = sessions.begin(known, user_agent="", lasts=timedelta(days=1), in_place_of=None)
    assert sessions.find(token, timedelta(days=1)) is None


def test_a_session_nobody_uses_ends(app: Flask) -> None:
    here = signed_in(app, make_person())
    days = timedelta(days=app.config["SETTINGS"].session_days)
    age(last_seen_at=days - timedelta(minutes=5), created_at=days * 3)
    assert is_in(here)
    age(last_seen_at=days + timedelta(minutes=5), created_at=days * 3)
    assert not is_in(here)


def test_the_last_use_is_written_at_most_once_a_minute(app: Flask) -> None:
    here = signed_in(app, make_person())

    def seen() -> tuple[datetime, str | None]:
        db.session.rollback()
        found = only_session()
        return found.last_seen_at, found.address

    first = seen()
    here.get("/account")
    assert seen() == first
    age(last_seen_at=timedelta(seconds=61))
    aged = seen()
    here.client.environ_base["REMOTE_ADDR"] = "192.0.2.99"
    here.get("/account")
    later = seen()
    assert later[0] > aged[0] + timedelta(seconds=60)
    assert later[1] == "192.0.2.99"
    here.get("/account")
    assert seen() == later


def test_only_so_many_browsers_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    person = make_person()
    first, *others = (signed_in(app, person) for _ in range(4))
    assert not is_in(first)
    assert all(is_in(visitor) for visitor in others)


class Counting(Reader):
    """A reader that counts what it is asked."""

    asked = 0

    def rows(self, prepared: Prepared, **values: object) -> list:
        self.asked += 1
        return super().rows(prepared, **values)


def test_finding_out_who_is_signed_in_costs_one_read(app: Flask) -> None:
    here = signed_in(app, make_person())
    here.get("/export")
    counted = Counting(app.extensions[READER].engine)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    app.extensions[READER], kept = counted, app.extensions[READER]
    try:
        here.get("/export")
    finally:
        app.extensions[READER] = kept
    assert counted.asked == 1
    assert not [statement for statement in statements if "sessions" in statement]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "Chrome on macOS",
        ),
        ("Mozilla/5.0 (Linux; Android 16) SamsungBrowser/29 Chrome/140 Safari", "Samsung Internet on Android"),
        ("curl/8.9", "Unknown browser"),
        ("", "Unknown browser"),
        ("<script>" * 50, "Unknown browser"),
    ],
)
def test_browsers_in_plain_words(user_agent: str, words: str) -> None:
    assert in_words(user_agent) == words
