"""`flask users …` and `flask setup-link`: what is alone on standard output, and refusals as sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Person
from app.core.actors import COMMAND_LINE, Role
from app.extensions import db
from tests.factories import PASSWORD, make_person
from tests.pages import Visitor

CREATE = ["users", "create", "Ada@example.org", "--name", "Ada", "--role", "admin", "--password-stdin"]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_person_from_the_command_line_can_sign_in(runner: FlaskCliRunner, ending: str) -> None:
    result = runner.invoke(args=CREATE, input=PASSWORD + ending)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Ada can sign in as ada@example.org.\n"
    person = service.authenticate("ada@example.org", PASSWORD)
    assert person is not None
    assert person.role == Role.ADMIN


def test_only_the_last_line_ending_is_not_part_of_the_password(runner: FlaskCliRunner) -> None:
    runner.invoke(args=CREATE, input=f" {PASSWORD} \n\n")
    assert service.authenticate("ada@example.org", f" {PASSWORD} \n") is not None


@pytest.mark.parametrize(
    ("args", "password", "sentence"),
    [
        (CREATE, "short", "Choose a password of 12 to 200 characters."),
        ([*CREATE[:2], "ada", *CREATE[3:]], PASSWORD, "Give an email address like name@example.org"),
        ([*CREATE[:4], "", *CREATE[5:]], PASSWORD, "Give a name of 1 to 100 characters on one line."),
    ],
)
def test_a_refusal_is_a_sentence(runner: FlaskCliRunner, args: list[str], password: str, sentence: str) -> None:
    result = runner.invoke(args=args, input=password)
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert db.session.scalar(select(Person)) is None


def test_an_address_that_is_taken(runner: FlaskCliRunner) -> None:
    make_person(email="ada@example.org")
    result = runner.invoke(args=CREATE, input=PASSWORD)
    assert result.exit_code == 1
    assert result.stderr == "Error: There is already somebody with the address ada@example.org.\n"


def test_a_password_is_never_an_argument(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=CREATE[:-1], input=PASSWORD)
    assert result.exit_code == 2
    assert "--password-stdin" in result.stderr


def test_the_list_of_people(runner: FlaskCliRunner) -> None:
    ada = make_person(email="ada@example.org", name="Ada", role=Role.ADMIN)
    service.invite("bob@example.org", "Bob", Role.VIEWER, actor=COMMAND_LINE)
    assert runner.invoke(args=["users", "list"]).stdout.splitlines() == [
        f"{ada.id}\tada@example.org\tadmin\tactive\tAda",
        f"{ada.id + 1}\tbob@example.org\tviewer\tinvited\tBob",
    ]


def test_the_list_of_people_is_whole(runner: FlaskCliRunner) -> None:
    for number in range(201):
        service.invite(f"p{number}@example.org", "P", Role.VIEWER, actor=COMMAND_LINE)
    lines = runner.invoke(args=["users", "list"]).stdout.splitlines()
    assert [line.split("\t")[1] for line in lines] == [f"p{number}@example.org" for number in range(201)]


def test_the_set_up_link_opens_the_set_up(runner: FlaskCliRunner, visitor: Visitor) -> None:
    result = runner.invoke(args=["setup-link"])
    assert result.exit_code == 0
    words, _, url = result.stdout.strip().rpartition(" ")
    assert words == "Set up Greenroom:"
    assert url.startswith("http://127.0.0.1:8000/setup?token=")
    assert visitor.get(url.removeprefix("http://127.0.0.1:8000")).h1 == "Set up Greenroom"


def test_the_set_up_link_leads_where_greenroom_is_reached(app: Flask, runner: FlaskCliRunner) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_url="https://greenroom.example.org")
    assert " https://greenroom.example.org/setup?token=" in runner.invoke(args=["setup-link"]).stdout
    given = runner.invoke(args=["setup-link", "--base-url", "http://10.0.0.5:9000/"])
    assert " http://10.0.0.5:9000/setup?token=" in given.stdout


def test_once_somebody_exists_there_is_no_set_up_link(runner: FlaskCliRunner) -> None:
    make_person()
    result = runner.invoke(args=["setup-link"])
    assert (result.exit_code, result.stdout) == (0, "")
