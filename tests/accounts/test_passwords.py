"""Passwords are hashed as Argon2's standard recommends, the same letters are the same password everywhere, and what is
tried first is refused on every door."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask.testing import FlaskCliRunner

from app.accounts import passwords, service
from app.accounts.spec import MOST_CODE_POINTS, PASSWORD_LENGTHS, TOO_COMMON, check
from app.core.actors import COMMAND_LINE, Role
from app.core.errors import Invalid
from tests.factories import PASSWORD
from tests.pages import Visitor

OWN = "Choose a password that isn't made of the name or the email address."
COMMON = (
    *("passwordpassword", "Password1234!", "P@ssw0rd 2026", "1q2w3e4r5t6y", "QWERTYuiop123", "zaq12wsxcde3"),
    *("123456789012", "987654321987", "aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "iloveyou 1234"),
    *("letmeinletmein", "trustno1trustno1", "Welcome12345", "Liverpool2025", "greenroom-2026", "\uff50assword2026!"),
    *("0123456789" * 20, "hunter2" * 28),
)
UNCOMMON = (
    *(PASSWORD, "correct horse battery", "the big red dog is my friend", "492038471029", "xK9#mQ2$vL7p"),
    *("mein hund hei\u00dft bello", "\u30d1\u30b9\u30ef\u30fc\u30c9\u306f\u9577\u3044\u65b9\u304c\u826f\u3044"),
    *("the quick brown fox jumps", "password is not my password at all"),
)


def test_what_ships_hashes_as_the_standard_recommends() -> None:
    """In a process of its own: the suite itself hashes faster."""
    program = "from app.accounts.passwords import hash_password; print(hash_password('a long enough password'))"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert extract_parameters(made) == RFC_9106_LOW_MEMORY
    assert passwords.is_right("a long enough password", made)
    assert not passwords.is_right("another long password", made)


def test_letters_put_together_in_another_way_are_the_same_password() -> None:
    made = passwords.hash_password("caf\u00e9 au lait, grand")
    assert passwords.is_right("cafe\u0301 au lait, grand", made)


def test_the_longest_way_to_write_the_longest_password_is_the_same_password() -> None:
    longest = "\u1f82" * 200
    written = unicodedata.normalize("NFD", longest)
    assert len(written) == MOST_CODE_POINTS * PASSWORD_LENGTHS[1]
    assert passwords.is_right(written, passwords.hash_password(longest))


def test_one_that_is_far_too_long_costs_no_more_than_reading_it() -> None:
    """Before the time a server gives a request is over; putting these marks in their order takes hours."""
    endless = "a" + "\u0301\u0316" * 2_000_000
    assert not passwords.is_right(endless, passwords.hash_password(PASSWORD))
    with pytest.raises(Invalid, match="12 to 200 characters"):
        check(password=endless)


def test_nobody_has_a_password_and_the_work_is_done_all_the_same() -> None:
    assert not passwords.is_right("the password of nobody", None)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=7, memory_cost=64, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hash_password("x"))


@pytest.mark.parametrize("password", COMMON)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert PASSWORD_LENGTHS[0] <= len(password) <= PASSWORD_LENGTHS[1]
    with pytest.raises(Invalid) as refused:
        check(password=password)
    assert [fault.message for fault in refused.value.faults] == [TOO_COMMON]


@pytest.mark.parametrize("password", UNCOMMON)
def test_what_is_not_tried_first_is_taken(password: str) -> None:
    check(password=password, own_words=("ada.lovelace@example.org", "Ada Lovelace"))


@pytest.mark.parametrize(
    "password",
    ["ADA LOVELACE!", "AdaLovelace1815", "ada.lovelace@example.org", "10velace 2026", "ada-4da-password"],
)
def test_ones_own_name_and_address_are_no_password(password: str) -> None:
    with pytest.raises(Invalid, match=OWN):
        check(password=password, own_words=("ada.lovelace@example.org", "Ada Lovelace"))


def test_a_name_among_other_words_is_no_fault() -> None:
    check(password="Ada Lovelace likes tea", own_words=("ada@example.org", "Ada Lovelace"))


def test_a_common_password_keeps_the_rest_of_the_form(visitor: Visitor) -> None:
    token = service.new_set_up_link()
    page = visitor.get(f"/setup?token={token}")
    page = visitor.submit(page, name="Ada Lovelace", email="ada@example.org", password="Password1234!")
    assert (page.status, page.errors, page.summary) == (400, [TOO_COMMON], [TOO_COMMON])
    assert page.soup.select_one("[name=name]")["value"] == "Ada Lovelace"
    assert page.soup.select_one("[name=email]")["value"] == "ada@example.org"
    assert not page.soup.select_one("[name=password]").get("value")
    assert visitor.submit(page, password=PASSWORD).path == "/keys/created"


def test_every_door_refuses_a_common_password(runner: FlaskCliRunner, visitor: Visitor) -> None:
    create = ["users", "create", "ada@example.org", "--name", "Ada", "--role", "admin", "--password-stdin"]
    refused = runner.invoke(args=create, input="Password1234!")
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {TOO_COMMON}\n")
    person, token = service.invite("new@example.org", "New", Role.VIEWER, actor=COMMAND_LINE)
    page = visitor.submit(visitor.get(f"/welcome?token={token}"), password="qwertyuiop123")
    assert (page.status, page.errors) == (400, [TOO_COMMON])
    page = visitor.submit(page, password=PASSWORD)
    page = visitor.submit(
        visitor.get("/account"), "#change-password", current_password=PASSWORD, new_password="iloveyou1234"
    )
    assert page.errors == [TOO_COMMON]
    assert page.soup.select_one("#new_password")["aria-invalid"] == "true"
    assert service.authenticate(person.email, PASSWORD) is not None
