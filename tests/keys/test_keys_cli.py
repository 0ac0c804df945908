"""`flask keys …`: the key alone on standard output, refusals as sentences."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import select

from app.extensions import db
from app.keys.models import ApiKey
from tests.factories import bearer, make_key


def test_only_the_key_is_on_standard_output(runner: FlaskCliRunner, api_client: FlaskClient) -> None:
    result = runner.invoke(args=["keys", "create", "Night job", "--scope", "read", "--expires-in-days", "7"])
    assert result.exit_code == 0
    assert re.fullmatch(r"gr_[A-Za-z0-9]{40}\n", result.stdout)
    assert result.stderr == "Made the key “Night job”, number 1. It is shown only now.\n"
    assert api_client.get("/v1/assistants", headers=bearer(result.stdout.strip())).status_code == 200
    key = db.session.scalars(select(ApiKey)).one()
    assert (key.scope, key.created_by) == ("read", None)
    assert (key.expires_at - key.created_at).days in {6, 7}


@pytest.mark.parametrize(
    ("name", "days", "sentence"),
    [
        ("", "1", "Give the key a name of 1 to 100 characters on one line."),
        ("Night job", "0", "A key lasts from 1 to 3,650 days, or doesn't expire."),
        ("Night job", "3651", "A key lasts from 1 to 3,650 days, or doesn't expire."),
    ],
)
def test_a_refusal_is_a_sentence(runner: FlaskCliRunner, name: str, days: str, sentence: str) -> None:
    result = runner.invoke(args=["keys", "create", name, "--scope", "write", "--expires-in-days", days])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {sentence}\n")
    assert db.session.scalar(select(ApiKey)) is None


def test_the_list_and_revoking(runner: FlaskCliRunner, api_client: FlaskClient) -> None:
    secret = make_key(name="Night job")
    hint = f"{secret[:6]}…{secret[-4:]}"
    assert runner.invoke(args=["keys", "list"]).stdout == f"1\t{hint}\twrite\tactive\tNight job\n"
    result = runner.invoke(args=["keys", "revoke", "1"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "The key “Night job” is revoked.\n"
    assert runner.invoke(args=["keys", "list"]).stdout == f"1\t{hint}\twrite\trevoked\tNight job\n"
    assert api_client.get("/v1/assistants", headers=bearer(secret)).status_code == 401


def test_revoking_a_key_that_does_not_exist(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["keys", "revoke", "7"])
    assert (result.exit_code, result.stderr) == (1, "Error: There is no such key.\n")
