"""The second factor: set up, asked for, used once, renewed, removed, required; and what a password alone opens."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select, text, update

from app.accounts import one_time_codes, second_factor, service
from app.accounts.models import BrowserSession, Person, RecoveryCode, SecondFactor
from app.audit.models import AuditEntry
from app.core.actors import COMMAND_LINE, Role
from app.core.sealing import Sealer, Unopenable
from app.extensions import SEALER, db
from tests.factories import PASSWORD, make_assistant, make_person
from tests.pages import Page, Visitor

STEP = one_time_codes.INTERVAL
EDIT_FORM = "form:has(#instructions)"
LEFT_OVER = ("/assistants", "/account", "/people", "/account/second-factor", "/assistants/new")


class Phone:
    """An authenticator app with one entry. Each code it gives is of a later half minute than the one before."""

    def __init__(self, secret: str) -> None:
        self.app = pyotp.TOTP(secret)
        self.now = int(time.time()) // STEP

    def code(self, late: int = 0) -> str:
        return self.app.generate_otp(self.now + late)

    def wrong(self) -> str:
        right = {self.app.generate_otp(self.now + step) for step in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


class Clock:
    """Stands in for the machine's, so that no test depends on when a half minute ends."""

    def __init__(self) -> None:
        self.at = float(int(time.time()) // STEP * STEP + 10)

    def time(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(one_time_codes.time, "time", clock.time)
    return clock


def sign_in(visitor: Visitor, person: Person, path: str = "/sign-in") -> Page:
    return visitor.submit(visitor.get(path), email=person.email, password=PASSWORD)


def signed_in(app: Flask, person: Person) -> Visitor:
    visitor = Visitor(app.test_client())
    assert sign_in(visitor, person).path == "/assistants"
    return visitor


def codes_on(page: Page) -> list[str]:
    assert page.h1 == "Your recovery codes"
    assert page.response.headers["Cache-Control"] == "no-store"
    return page.soup.select_one('pre[aria-label="The codes"] code').get_text().split()


def set_up(visitor: Visitor) -> tuple[Phone, list[str]]:
    page = visitor.get("/account/second-factor")
    phone = Phone(page.soup.select_one('pre[aria-label="The key"] code').get_text().replace(" ", ""))
    return phone, codes_on(visitor.submit(page, code=phone.code(-1)))


def protected(app: Flask, role: Role = Role.EDITOR) -> tuple[Person, Phone, list[str]]:
    """Somebody whose second factor is set up, a step ago."""
    person = make_person(role=role)
    phone, codes = set_up(signed_in(app, person))
    return person, phone, codes


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").h1 == "Your account"


def verbs() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def require(app: Flask, of_whom: str) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], require_second_factor=of_whom)


def test_it_is_set_up_with_one_code_and_asked_for_from_then_on(app: Flask, visitor: Visitor) -> None:
    person = make_person()
    here, elsewhere = signed_in(app, person), signed_in(app, person)
    page = here.get(here.get("/account").link("Set up a second factor"))
    assert page.soup.select_one(".qr-code svg path") is not None
    key = page.soup.select_one('pre[aria-label="The key"] code').get_text()
    address = page.link("Open it in an app on this device")
    secret = key.replace(" ", "")
    assert address == f"otpauth://totp/Greenroom:{person.email.replace('@', '%40')}?secret={secret}&issuer=Greenroom"
    phone = Phone(secret)
    wrong = here.submit(page, code=phone.wrong())
    assert (wrong.status, wrong.errors) == (400, [second_factor.WRONG])
    assert wrong.soup.select_one('pre[aria-label="The key"] code').get_text() == key, "The app knows this one by now"
    codes = codes_on(here.submit(wrong, code=f" {phone.code(-1)[:3]} {phone.code(-1)[3:]} "))
    assert len(set(codes)) == 10
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert "You have 10 recovery codes left." in here.get("/account").text
    page = sign_in(visitor, person, "/sign-in?next=/export")
    assert (page.path, page.h1) == ("/sign-in/code?next=/export", "Your code")
    page = visitor.submit(page, code=phone.code())
    assert page.path == "/export"
    assert is_in(visitor)


def test_the_password_alone_opens_nothing(app: Flask, visitor: Visitor) -> None:
    person, _, _ = protected(app, Role.ADMIN)
    db.session.refresh(person)
    before = person.last_sign_in_at
    sign_in(visitor, person)
    for path in LEFT_OVER:
        assert visitor.get(path).h1 == "Sign in"
    token = visitor.get("/sign-in/code").soup.select_one("[name=csrf_token]")["value"]
    for path in ("/account", "/account/second-factor/remove", "/people/new", "/account/sessions/end-others"):
        answer = visitor.post(path, {"csrf_token": token, "code": ""})
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in")
    db.session.refresh(person)
    assert person.last_sign_in_at == before
    assert verbs()[-1] == "sign-in.begun"


def test_a_code_works_once(app: Flask) -> None:
    person, phone, _ = protected(app)
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    asked = [sign_in(visitor, person) for visitor in (first, second)]
    assert first.submit(asked[0], code=phone.code()).path == "/assistants"
    page = second.submit(asked[1], code=phone.code())
    assert (page.status, page.errors, page.summary) == (400, [second_factor.WRONG], [second_factor.WRONG])
    assert second.submit(page, code=phone.code(-1)).status == 400, "Nor does an earlier one"
    assert second.submit(page, code=phone.code(1)).path == "/assistants"


@pytest.mark.parametrize(("late", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(app: Flask, visitor: Visitor, clock: Clock, late: int, taken: bool) -> None:
    person, phone, _ = protected(app)
    clock.at += 10 * STEP
    page = visitor.submit(sign_in(visitor, person), code=phone.code(10 + late))
    assert (page.path == "/assistants") is taken


def test_two_who_send_the_same_code_at_once(app: Flask) -> None:
    person, phone, codes = protected(app)
    db.session.refresh(person)
    number, session_number = person.id, person.session_number
    db.session.remove()
    for code in (phone.code(), codes[0]):
        together = threading.Barrier(2)
        results: list[bool] = []

        def try_it(code: str = code, together: threading.Barrier = together, results: list[bool] = results) -> None:
            with app.app_context():
                together.wait()
                results.append(second_factor.finish_sign_in(number, session_number, code) is not None)

        threads = [threading.Thread(target=try_it) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [False, True]


def test_a_recovery_code_works_once(app: Flask) -> None:
    person, _, codes = protected(app)
    visitor = Visitor(app.test_client())
    page = visitor.submit(sign_in(visitor, person), recovery_code=f" {codes[3].upper().replace('-', ' ')} ")
    assert page.path == "/assistants"
    assert "You have 9 recovery codes left." in visitor.get("/account").text
    again = Visitor(app.test_client())
    page = again.submit(sign_in(again, person), recovery_code=codes[3])
    assert (page.status, page.errors) == (400, [second_factor.WRONG])
    assert page.soup.select_one("details.folded")["open"] == ""
    last = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "sign-in.succeeded")).all()[-1]
    assert last.details == {"by": "recovery code", "left": 9}


def test_nobody_elses_codes_work(app: Flask, visitor: Visitor) -> None:
    person, _, _ = protected(app)
    _, phone, codes = protected(app)
    page = sign_in(visitor, person)
    for code in ("", "000", phone.code(), codes[0], "\x00", "１２３４５６", "9" * 5_000):
        assert visitor.submit(page, code=code).status == 400
    assert not is_in(visitor)


def test_only_hashes_and_sealed_secrets_are_kept(app: Flask) -> None:
    person, phone, codes = protected(app)
    factor = db.session.scalars(select(SecondFactor)).one()
    assert phone.app.secret.encode() not in factor.secret
    kept = str(db.session.execute(select(RecoveryCode.code_hash)).all())
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    sealer: Sealer = app.extensions[SEALER]
    assert sealer.open(factor.secret, f"second factor of {person.id}") == phone.app.secret
    with pytest.raises(Unopenable):
        sealer.open(factor.secret, f"second factor of {person.id + 1}")
    with pytest.raises(Unopenable):
        Sealer("another key").open(factor.secret, f"second factor of {person.id}")


def test_after_another_secret_key_recovery_codes_still_let_in(app: Flask, visitor: Visitor) -> None:
    person, phone, codes = protected(app)
    page = sign_in(visitor, person)
    app.extensions[SEALER], kept = Sealer("another key"), app.extensions[SEALER]
    try:
        page = visitor.submit(page, code=phone.code())
        assert (page.status, page.errors) == (400, [second_factor.KEY_CHANGED])
        assert visitor.submit(page, code="", recovery_code=codes[0]).path == "/assistants"
    finally:
        app.extensions[SEALER] = kept


def test_wrong_codes_are_limited_by_account(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit="3 per 15 minutes")
    person, phone, _ = protected(app)
    other, other_phone, _ = protected(app)
    visitor = Visitor(app.test_client())
    page = sign_in(visitor, person)
    for _ in range(3):
        # The password between them doesn't make up for wrong codes.
        assert visitor.submit(page, code=phone.wrong()).status == 400
        page = sign_in(visitor, person)
    page = visitor.submit(page, code=phone.code())
    assert page.status == 429
    assert page.summary == ["There were too many failed attempts. Try again in 15 minutes."]
    assert 0 < int(page.response.headers["Retry-After"]) <= 15 * 60
    assert not is_in(visitor)
    somebody = Visitor(app.test_client())
    assert somebody.submit(sign_in(somebody, other), code=other_phone.code()).path == "/assistants"


def test_wrong_codes_on_the_account_are_limited_too(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_in_limit="2 per 15 minutes")
    person = make_person()
    visitor = signed_in(app, person)
    phone, _ = set_up(visitor)
    for path in ("/account/second-factor", "/account/second-factor/remove"):
        assert visitor.submit(visitor.get(path), code=phone.wrong()).status == 400
    for path in ("/account/second-factor", "/account/second-factor/remove"):
        page = visitor.submit(visitor.get(path), code=phone.code())
        assert page.status == 429
        assert "Retry-After" in page.response.headers
    assert second_factor.is_set_up(person.id)


def test_the_second_step_has_ten_minutes(app: Flask, visitor: Visitor, clock: Clock) -> None:
    person, phone, _ = protected(app)
    page = sign_in(visitor, person)
    clock.at += 601
    later = visitor.submit(page, code=phone.code(20))
    assert later.h1 == "Sign in"
    assert "Begin again with your password." in later.text
    assert visitor.get("/sign-in/code?next=/export").path == "/sign-in?next=/export"


@pytest.mark.parametrize("deed", ["deactivated", "new password"])
def test_who_is_shut_out_between_the_steps_stays_out(app: Flask, visitor: Visitor, deed: str) -> None:
    person, phone, _ = protected(app)
    page = sign_in(visitor, person)
    if deed == "deactivated":
        service.deactivate(person.id, actor=COMMAND_LINE)
    else:
        service.change_password(person.id, PASSWORD, "a new and longer password")
    assert visitor.submit(page, code=phone.code()).h1 == "Sign in"
    assert not is_in(visitor)


def test_a_link_to_choose_a_password_does_not_go_round_it(app: Flask, visitor: Visitor) -> None:
    person, phone, _ = protected(app)
    token = service.new_link(person.id, actor=COMMAND_LINE)
    page = visitor.submit(visitor.get(f"/welcome?token={token}"), password="a new and longer password")
    assert page.path == "/sign-in/code"
    assert not is_in(visitor)
    page = visitor.submit(visitor.get("/sign-in/code"), code=phone.code())
    assert is_in(visitor)


def test_what_was_typed_comes_through_both_steps(app: Flask, visitor: Visitor) -> None:
    person, phone, _ = protected(app)
    assistant = make_assistant(instructions="Before.")
    visitor.submit(sign_in(visitor, person), code=phone.code())
    page = visitor.get(f"/assistants/{assistant.id}/edit")
    db.session.execute(text("DELETE FROM sessions"))
    db.session.commit()
    typed = "First line.\n\n  Second \U0001f4a1 line.  \n"
    page = visitor.submit(page, EDIT_FORM, instructions=typed)
    assert page.h1 == "Sign in"
    page = visitor.submit(page, email=person.email, password=PASSWORD)
    assert page.h1 == "Your code"
    assert "Your text is not lost" in page.text
    page = visitor.submit(page, code=phone.wrong())
    assert page.status == 400
    page = visitor.submit(page, code=phone.code(1))
    assert "Your text is here. It is not saved yet." in page.text
    assert page.soup.select_one("#instructions").get_text() == typed


def test_new_recovery_codes_replace_the_old(app: Flask) -> None:
    person = make_person()
    visitor = signed_in(app, person)
    phone, old = set_up(visitor)
    page = visitor.get(visitor.get("/account").link("New recovery codes"))
    assert visitor.submit(page, code=phone.wrong()).errors == [second_factor.WRONG]
    new = codes_on(visitor.submit(page, code=phone.code()))
    assert not set(old) & set(new)
    again = visitor.get("/account/second-factor/codes")
    assert again.path == "/account/second-factor"
    assert "Recovery codes are shown once." in again.text
    elsewhere = Visitor(app.test_client())
    page = sign_in(elsewhere, person)
    assert elsewhere.submit(page, recovery_code=old[0]).status == 400
    assert elsewhere.submit(page, recovery_code=new[0]).path == "/assistants"
    assert verbs()[-3:] == ["sign-in.begun", "second-factor.refused", "sign-in.succeeded"]


def test_it_is_removed_with_a_code(app: Flask, visitor: Visitor) -> None:
    person = make_person()
    here = signed_in(app, person)
    phone, codes = set_up(here)
    page = here.get(here.get("/account").link("Remove"))
    assert page.h1 == "Remove your second factor"
    refused = here.submit(page, code=phone.wrong())
    assert (refused.status, refused.errors) == (400, [second_factor.WRONG])
    assert "Your second factor is removed." in here.submit(page, recovery_code=codes[0]).text
    assert sign_in(visitor, person).path == "/assistants"
    assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0


def test_an_administrator_removes_somebody_elses(app: Flask, admin: Visitor, visitor: Visitor) -> None:
    person, _, _ = protected(app)
    assert "with a second factor" in admin.get("/people").text
    page = admin.get(admin.get(f"/people/{person.id}/edit").link("Remove the second factor"))
    assert page.h1 == f"Remove the second factor of {person.name}"
    page = admin.submit(page)
    assert f"The second factor of {person.name} is removed." in page.text
    assert sign_in(visitor, person).path == "/assistants"
    token = page.soup.select_one("[name=csrf_token]")["value"]
    gone = admin.post(f"/people/{person.id}/second-factor/remove", {"csrf_token": token})
    assert (gone.status_code, second_factor.NONE_THERE in gone.text) == (400, True)


def test_administrators_need_a_code_for_their_own(app: Flask) -> None:
    person = make_person(role=Role.ADMIN)
    visitor = signed_in(app, person)
    set_up(visitor)
    page = visitor.submit(visitor.get(f"/people/{person.id}/second-factor/remove"))
    assert page.status == 400
    assert "Your own second factor is removed on your account, with a code." in page.text
    assert second_factor.is_set_up(person.id)


def test_the_command_line_lets_in_who_is_locked_out(app: Flask, runner: FlaskCliRunner, visitor: Visitor) -> None:
    person, _, _ = protected(app)
    result = runner.invoke(args=["users", "reset-second-factor", person.email.upper()])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{person.name} signs in with the password alone now.\n"
    assert sign_in(visitor, person).path == "/assistants"
    for email, sentence in ((person.email, second_factor.NONE_THERE), ("no@example.org", "There is no such person.")):
        refused = runner.invoke(args=["users", "reset-second-factor", email])
        assert (refused.exit_code, refused.stderr) == (1, f"Error: {sentence}\n")


@pytest.mark.parametrize(
    ("of_whom", "role", "led"),
    [
        ("nobody", Role.ADMIN, False),
        ("admins", Role.ADMIN, True),
        ("admins", Role.EDITOR, False),
        ("everybody", Role.VIEWER, True),
    ],
)
def test_who_has_to_have_one_is_led_to_setting_it_up(app: Flask, of_whom: str, role: Role, led: bool) -> None:
    visitor = signed_in(app, make_person(role=role))
    require(app, of_whom)
    page = visitor.get("/export?from=here")
    assert (page.h1 == "Set up a second factor") is led
    if not led:
        return
    assert page.soup.select_one(".site-nav li") is None
    token = page.soup.select_one("[name=csrf_token]")["value"]
    for path in ("/account", "/account/sessions/end-others", "/account/second-factor/codes"):
        assert visitor.post(path, {"csrf_token": token}).location == "/account/second-factor"
    phone = Phone(page.soup.select_one('pre[aria-label="The key"] code').get_text().replace(" ", ""))
    page = visitor.submit(page, "main form", code=phone.code())
    assert len(codes_on(page)) == 10
    assert visitor.get(page.link("I have kept them: go on")).path == "/export?from=here"
    assert visitor.get("/assistants").h1 == "Assistants"


def test_the_first_key_waits_for_the_first_second_factor(app: Flask, visitor: Visitor) -> None:
    require(app, "admins")
    page = visitor.get(f"/setup?token={service.new_set_up_link()}")
    page = visitor.submit(page, name="Ada", email="ada@example.org", password=PASSWORD)
    assert page.h1 == "Set up a second factor"
    phone = Phone(page.soup.select_one('pre[aria-label="The key"] code').get_text().replace(" ", ""))
    page = visitor.submit(page, "main form", code=phone.code())
    page = visitor.get(page.link("I have kept them: go on"))
    assert page.h1 == "Your new API key"
    assert page.soup.select_one('pre[aria-label="The key"] code').get_text().startswith("gr_")


def test_what_is_typed_when_it_becomes_required_is_kept(app: Flask) -> None:
    assistant = make_assistant(instructions="Before.")
    visitor = signed_in(app, make_person())
    page = visitor.get(f"/assistants/{assistant.id}/edit")
    require(app, "everybody")
    page = visitor.submit(page, EDIT_FORM, instructions="Typed.\n")
    assert page.h1 == "Set up a second factor"
    phone = Phone(page.soup.select_one('pre[aria-label="The key"] code').get_text().replace(" ", ""))
    page = visitor.submit(page, "main form", code=phone.code())
    page = visitor.get(page.link("I have kept them: go on"))
    assert page.soup.select_one("#instructions").get_text() == "Typed.\n"


def test_scripts_are_told_in_their_own_words(app: Flask) -> None:
    visitor = signed_in(app, make_person())
    token = visitor.get("/account").soup.select_one("[name=csrf_token]")["value"]
    require(app, "everybody")
    answer = visitor.post("/assistants/new/working-copy", {"csrf_token": token})
    assert answer.status_code == 403
    assert answer.json["error"]["message"].startswith("Set up your second factor first.")


def test_a_set_up_that_nobody_began_makes_nothing(app: Flask) -> None:
    person = make_person()
    visitor = signed_in(app, person)
    token = visitor.get("/account").soup.select_one("[name=csrf_token]")["value"]
    answer = visitor.post("/account/second-factor", {"csrf_token": token, "code": "000000"})
    assert answer.location == "/account/second-factor"
    assert not second_factor.is_set_up(person.id)


def test_a_second_app_needs_the_first_removed(app: Flask) -> None:
    person = make_person()
    visitor = signed_in(app, person)
    page = visitor.get("/account/second-factor")
    phone = Phone(page.soup.select_one('pre[aria-label="The key"] code').get_text().replace(" ", ""))
    with visitor.client.session_transaction() as session:
        kept = session["new_second_factor"]
    codes_on(visitor.submit(page, code=phone.code()))
    with visitor.client.session_transaction() as session:
        session["new_second_factor"] = kept
    token = visitor.get("/account").soup.select_one("[name=csrf_token]")["value"]
    answer = visitor.post("/account/second-factor", {"csrf_token": token, "code": phone.code(1)})
    assert answer.status_code == 400
    assert second_factor.ALREADY in answer.text


def test_each_deed_is_in_the_activity(app: Flask, admin: Visitor) -> None:
    person, phone, codes = protected(app)
    visitor = Visitor(app.test_client())
    page = sign_in(visitor, person)
    visitor.submit(page, code=phone.wrong())
    visitor.submit(page, recovery_code=codes[0])
    visitor.submit(visitor.get("/account/second-factor"), code=phone.code())
    second_factor.reset(person.id, actor=COMMAND_LINE)
    told = [" ".join(cell.get_text().split()) for cell in admin.get("/activity").soup.select("tbody td:nth-of-type(1)")]
    assert told[:7] == [
        f"removed the second factor of {person.name}",
        "made new recovery codes",
        "signed in with a recovery code (9 left)",
        f"gave a wrong code for the second factor of {person.name}",
        f"gave the right password of {person.name}",
        "set up a second factor",
        "signed in",
    ]


def test_a_session_that_is_only_half_begun_is_no_row(app: Flask, visitor: Visitor) -> None:
    person, _, _ = protected(app)
    db.session.execute(update(BrowserSession).values(session_number=0))
    db.session.commit()
    before = db.session.scalar(select(func.count()).select_from(BrowserSession))
    sign_in(visitor, person)
    assert db.session.scalar(select(func.count()).select_from(BrowserSession)) == before
