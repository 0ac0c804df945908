"""Signing in through the organisation's OpenID Connect provider, one that really runs: whose account it is, which role
they have, who is refused, and what isn't believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from app.accounts import provider as service
from app.accounts import second_factor
from app.accounts import service as accounts
from app.accounts.models import Identity, Person
from app.accounts.provider import Refused, Shown
from app.audit.models import AuditEntry
from app.config import SettingRefused, Settings
from app.core.actors import COMMAND_LINE, Role
from app.extensions import db
from app.http import provider as http
from tests.factories import PASSWORD, make_person
from tests.meeting import meeting
from tests.pages import Page, Visitor
from tests.provider import Provider, running

ROLES = {"boss": Role.ADMIN, "staff": Role.EDITOR, "guest": Role.VIEWER}
FAILED = "Signing in with Example Corp didn't work this time. Try again, or tell an administrator."


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(started: Provider, app: Flask) -> Iterator[Provider]:
    """The provider, nobody known to it yet, and the application set to use it."""
    started.people, started.lie = {}, ""
    started.asked.clear()
    read = Settings.from_environment(
        started.environment() | {"GREENROOM_INSTANCE_PATH": str(app.config["SETTINGS"].instance_path)}
    )
    of_provider = {name: getattr(read, name) for name in read.__slots__ if name.startswith("oidc_")}
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **of_provider)
    http.init_app(app)
    yield started
    app.extensions.pop(http.EXTENSION)


def grace(provider: Provider, groups: object = ("staff",), **claims: object) -> None:
    """Grace, as the provider knows her."""
    known = {"name": "Grace Hopper", "email": "Grace@Example.org", "email_verified": True, "groups": groups}
    provider.people["grace"] = {name: value for name, value in (known | claims).items() if value is not None}


def agreed(visitor: Visitor, user: str = "grace", target: str = "") -> str:
    """The address at which the provider sends the browser back, once somebody has signed in there."""
    there = visitor.client.get(visitor.get(f"/sign-in?next={target}").link("Sign in with Example Corp"))
    assert there.status_code == 303
    back = requests.post(there.location, data={"user": user}, allow_redirects=False, timeout=10)
    assert back.status_code == 302, back.text
    return back.headers["Location"].removeprefix("http://localhost")


def enter(app: Flask, user: str = "grace", target: str = "") -> tuple[Visitor, Page]:
    visitor = Visitor(app.test_client())
    return visitor, visitor.get(agreed(visitor, user, target))


def only_person() -> Person:
    db.session.rollback()
    return db.session.scalars(select(Person)).one()


def last_entry() -> AuditEntry:
    db.session.rollback()
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()


def test_the_first_sign_in_makes_the_account(app: Flask, provider: Provider) -> None:
    grace(provider)
    visitor, page = enter(app, target="/export")
    assert page.path == "/export"
    person = only_person()
    assert (person.email, person.name, person.role) == ("grace@example.org", "Grace Hopper", "editor")
    assert (person.password_hash, accounts.status(person)) == (None, "active")
    account = visitor.get("/account")
    assert "You are signed in through your organisation" in account.text
    assert not account.soup.select("[type=password]")
    told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.actor_kind, entry.verb) for entry in told] == [
        ("provider", "person.created"),
        ("person", "sign-in.succeeded"),
    ]
    assert visitor.submit(account, ".site-person form").path == "/sign-in"
    _, page = enter(app)
    assert page.path == "/assistants"
    assert only_person().id == person.id


def test_pkce_state_and_nonce_are_sent(app: Flask, provider: Provider) -> None:
    visitor = Visitor(app.test_client())
    for _ in range(30):
        asked = parse_qs(urlsplit(visitor.client.get("/sign-in/provider").location).query)
        assert visitor.client.get_cookie("greenroom_session") is not None
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/provider/back"]
    assert len(asked["state"][0]) >= 20
    assert len(asked["nonce"][0]) >= 20
    assert len(visitor.client.get_cookie("greenroom_session").value) < 2_000, "Each beginning replaces the one before"


def test_the_account_is_the_subjects_whatever_becomes_of_the_address(app: Flask, provider: Provider) -> None:
    grace(provider)
    enter(app)
    grace(provider, email="grace.hopper@example.org", email_verified=False, name="Rear Admiral")
    _, page = enter(app)
    assert page.path == "/assistants"
    person = only_person()
    assert (person.email, person.name) == ("grace@example.org", "Grace Hopper")


def test_a_verified_address_leads_to_the_account_that_is_there(app: Flask, provider: Provider) -> None:
    person = make_person(email="grace@example.org", role=Role.VIEWER)
    grace(provider)
    visitor, page = enter(app)
    assert page.path == "/assistants"
    assert only_person().id == person.id
    assert only_person().role == "editor"
    assert visitor.get("/account").soup.select_one("#current_password") is not None
    local = Visitor(app.test_client())
    assert local.submit(local.get("/sign-in"), email=person.email, password=PASSWORD).path == "/assistants"


@pytest.mark.parametrize("verified", [False, None, "false", "no", 1])
def test_an_address_nobody_vouches_for_leads_to_no_account(app: Flask, provider: Provider, verified: object) -> None:
    make_person(email="grace@example.org", role=Role.ADMIN)
    grace(provider, email_verified=verified)
    visitor, page = enter(app)
    assert (page.status, page.h1, page.summary) == (403, "Sign in", [service.NOT_VERIFIED])
    assert visitor.get("/account").h1 == "Sign in"
    assert db.session.scalar(select(func.count()).select_from(Identity)) == 0
    assert (last_entry().verb, last_entry().details["via"]) == ("sign-in.failed", "provider")


def test_two_who_share_an_address_dont_share_an_account(app: Flask, provider: Provider) -> None:
    grace(provider)
    enter(app)
    provider.people["eve"] = provider.people["grace"]
    _, page = enter(app, "eve")
    assert (page.status, page.summary) == (403, [service.SOMEBODY_ELSES])
    assert only_person().name == "Grace Hopper"


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff", "boss", "other"], "admin"),
        (["guest", "staff"], "editor"),
        ("guest", "viewer"),
        (["other"], None),
        ([], None),
        (None, None),
        ({"boss": True}, None),
        ([["boss"], 7], None),
        ("staff,boss", None),
    ],
)
def test_the_highest_mapped_role_counts_and_none_is_refused(
    app: Flask, provider: Provider, groups: object, role: str | None
) -> None:
    make_person(role=Role.ADMIN)
    grace(provider, groups)
    _, page = enter(app)
    found = db.session.scalar(select(Person.role).where(Person.email == "grace@example.org"))
    assert found == role
    assert (page.status, page.summary) == ((200, []) if role else (403, [service.NO_ROLE]))


def test_claims_may_be_on_the_providers_page_alone(app: Flask, provider: Provider) -> None:
    """Some keep the signed token small."""
    provider.lie = "thin"
    grace(provider, ["guest"])
    assert enter(app)[1].path == "/assistants"
    assert (only_person().name, only_person().role) == ("Grace Hopper", "viewer")


def test_the_role_follows_the_claim_at_every_sign_in(app: Flask, provider: Provider, admin: Visitor) -> None:
    grace(provider, ["boss"])
    visitor, _ = enter(app)
    assert visitor.get("/people").status == 200
    grace(provider, ["guest"])
    enter(app)
    assert visitor.get("/people").status == 404
    changed = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "person.changed")).one()
    assert "sets the role anew at every sign-in" in admin.get(f"/people/{changed.subject_id}/edit").text
    assert (changed.actor_kind, changed.details["role"]) == ("provider", ["admin", "viewer"])
    grace(provider, [])
    _, page = enter(app)
    assert (page.status, page.summary) == (403, [service.NO_ROLE])


def test_the_last_administrator_stays_one_and_is_told(app: Flask, provider: Provider) -> None:
    grace(provider, ["boss"])
    enter(app)
    grace(provider, ["guest"])
    visitor, page = enter(app)
    assert service.KEPT_ADMINISTRATOR in page.text
    assert visitor.get("/people").status == 200
    make_person(role=Role.ADMIN)
    _, page = enter(app)
    assert service.KEPT_ADMINISTRATOR not in page.text
    assert visitor.get("/people").status == 404


def test_who_is_deactivated_stays_out(app: Flask, provider: Provider) -> None:
    make_person(role=Role.ADMIN)
    grace(provider)
    visitor, _ = enter(app)
    accounts.deactivate(db.session.scalar(select(Person.id).where(Person.name == "Grace Hopper")), actor=COMMAND_LINE)
    assert visitor.get("/account").h1 == "Sign in"
    _, page = enter(app)
    assert (page.status, page.summary) == (403, [service.SHUT_OUT])


def test_the_second_factor_is_not_asked_for(app: Flask, provider: Provider) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], require_second_factor="everybody")
    grace(provider)
    visitor, page = enter(app)
    assert page.path == "/assistants"
    assert visitor.get("/export").h1 == "Export assistants"
    local = Visitor(app.test_client())
    person = make_person()
    page = local.submit(local.get("/sign-in"), email=person.email, password=PASSWORD)
    assert page.h1 == "Set up a second factor"
    assert not second_factor.is_set_up(person.id)


@pytest.mark.parametrize("lie", ["issuer", "token issuer", "audience", "nonce", "signature", "unsigned", "userinfo"])
def test_what_is_not_believed(app: Flask, provider: Provider, lie: str) -> None:
    grace(provider, ["boss"])
    visitor = Visitor(app.test_client())
    back = agreed(visitor) if lie != "issuer" else "/sign-in/provider"
    provider.lie = lie
    page = visitor.get(back)
    assert (page.status, page.h1, page.summary) == (502 if lie == "issuer" else 400, "Sign in", [FAILED])
    assert visitor.get("/account").h1 == "Sign in"
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    provider.lie = ""
    assert enter(app)[1].path == "/assistants", "And it recovers by itself"


def test_a_way_back_that_nobody_began_here_leads_nowhere(app: Flask, provider: Provider) -> None:
    grace(provider, ["boss"])
    theirs = agreed(Visitor(app.test_client()))
    visitor = Visitor(app.test_client())
    for path in (theirs, "/sign-in/provider/back", "/sign-in/provider/back?code=x&state=y"):
        page = visitor.get(path)
        assert (page.status, page.summary) == (400, [FAILED])
    assert visitor.get("/account").h1 == "Sign in"


def test_a_way_back_leads_in_once(app: Flask, provider: Provider) -> None:
    grace(provider)
    visitor = Visitor(app.test_client())
    back = agreed(visitor)
    assert visitor.get(back).path == "/assistants"
    again = Visitor(app.test_client())
    again.client.set_cookie("greenroom_session", visitor.client.get_cookie("greenroom_session").value)
    assert again.get(back).status == 400


def test_somebody_changes_their_mind_at_the_provider(app: Flask, provider: Provider) -> None:
    visitor = Visitor(app.test_client())
    page = visitor.get(agreed(visitor, ""))
    assert (page.status, page.summary) == (400, [FAILED])


def test_it_never_leads_to_another_site(app: Flask, provider: Provider) -> None:
    grace(provider)
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert enter(app, target=elsewhere)[1].path == "/assistants"


def test_a_provider_that_is_away_is_a_sentence(app: Flask, provider: Provider) -> None:
    settings = replace(app.config["SETTINGS"], oidc_issuer="http://127.0.0.1:9")
    app.config["SETTINGS"] = settings
    http.init_app(app)
    visitor = Visitor(app.test_client())
    page = visitor.get("/sign-in/provider")
    assert (page.status, page.summary) == (502, [FAILED])
    person = make_person()
    assert visitor.submit(page, "#sign-in", email=person.email, password=PASSWORD).path == "/assistants"


def test_without_a_provider_there_is_no_such_page(visitor: Visitor) -> None:
    assert "Sign in with" not in visitor.get("/sign-in").text
    assert visitor.get("/sign-in/provider").status == 404
    assert visitor.get("/sign-in/provider/back?code=x&state=y").status == 404


def test_two_first_sign_ins_at_once_make_one_account(app: Flask) -> None:
    make_person(role=Role.ADMIN)
    db.session.remove()
    shown = Shown("https://id.example", "grace", "grace@example.org", True, "Grace", frozenset({"staff"}))
    together = threading.Barrier(2)
    results: list[object] = []

    def come() -> None:
        with app.app_context():
            together.wait()
            try:
                results.append(service.sign_in(shown, ROLES).person.id)
            except Exception as failure:
                results.append(failure)

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == results[1], results


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("by", ["another sign-in", "an administrator"])
def test_an_account_made_at_the_same_moment_is_found(app: Flask, by: str) -> None:
    shown = Shown("https://id.example", "grace", "grace@example.org", True, "Grace", frozenset({"staff"}))

    def make() -> int:
        if by == "an administrator":
            return make_person(email=shown.email).id
        return service.sign_in(shown, ROLES).person.id

    with meeting(app, make, at="INSERT INTO people", until="INSERT INTO audit_entries") as answers:
        entered = service.sign_in(shown, ROLES).person.id
    assert answers == [entered]
    assert only_person().id == entered


@pytest.mark.parametrize(("email", "name"), [("", "Grace"), ("no address", "Grace"), ("a@b\n.example", "Grace")])
def test_without_an_address_there_is_no_account(app: Flask, email: str, name: str) -> None:
    shown = Shown("https://id.example", "grace", email, True, name, frozenset({"staff"}))
    with pytest.raises(Refused, match="Greenroom needs one"):
        service.sign_in(shown, ROLES)


def test_without_a_name_the_address_is_the_name(app: Flask) -> None:
    shown = Shown("https://id.example", "grace", "grace@example.org", True, "\x00", frozenset({"staff"}))
    assert service.sign_in(shown, ROLES).person.name == "grace@example.org"


def test_roles_may_be_deep_in_the_claims() -> None:
    claims = {"realm_access": {"roles": ["a"]}, "https://example.org/roles": "b", "groups": 7}
    assert http.values_of(claims, "realm_access.roles") == {"a"}
    assert http.values_of(claims, "https://example.org/roles") == {"b"}
    assert http.values_of(claims, "groups") == http.values_of(claims, "realm_access.roles.x") == frozenset()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"GREENROOM_OIDC_ISSUER": "http://id.example.org"}, "must begin with https://"),
        ({"GREENROOM_OIDC_CLIENT_SECRET": ""}, "GREENROOM_OIDC_ISSUER needs GREENROOM_OIDC_CLIENT_SECRET beside it."),
        ({"GREENROOM_OIDC_ROLES": ""}, "GREENROOM_OIDC_ISSUER needs GREENROOM_OIDC_ROLES beside it."),
        ({"GREENROOM_OIDC_ROLES": "staff=emperor"}, "not 'emperor'"),
        ({"GREENROOM_OIDC_ROLES": "staff"}, "GREENROOM_OIDC_ROLES must be like"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: object, changed: dict[str, str], sentence: str) -> None:
    good = Provider("https://id.example.org").environment() | {"GREENROOM_INSTANCE_PATH": str(tmp_path)}
    assert Settings.from_environment(good).oidc_roles == (("boss", "admin"), ("staff", "editor"), ("guest", "viewer"))
    with pytest.raises(SettingRefused, match=sentence.replace("'", ".")):
        Settings.from_environment(good | changed)
