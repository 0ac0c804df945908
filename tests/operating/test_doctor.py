"""`flask doctor` finds what is wrong, says it in a sentence, and ends with 1."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from app.config import Settings
from app.core.database import utc_now
from app.extensions import db
from app.operating.examination import Level, examine
from tests.audit.test_activity import at
from tests.conftest import Gone
from tests.factories import make_person
from tests.provider import running

LONG = "a secret that nobody guesses, of good length"


def found(settings: Settings, **environment: str) -> dict[str, Level]:
    return {finding.sentence: finding.level for finding in examine(settings, environment)}


def worrying(settings: Settings, **environment: str) -> list[str]:
    return [sentence for sentence, level in found(settings, **environment).items() if level > Level.GOOD]


@pytest.fixture
def healthy(app: Flask, settings: Settings) -> Settings:
    make_person()
    for path in settings.instance_path.glob("*.db"):
        path.chmod(0o600)
    return replace(settings, secret_key=LONG)


def test_nothing_is_wrong(healthy: Settings, app: Flask) -> None:
    assert worrying(healthy, GREENROOM_SECRET_KEY=LONG) == []


def test_the_command_ends_with_1(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "WRONG  GREENROOM_SECRET_KEY is short." in result.stdout
    assert "ok     The database is in reach" in result.stdout
    assert "look   Nobody has an account yet." in result.stdout


def test_misspelt_settings_and_open_addresses(healthy: Settings) -> None:
    sentences = worrying(healthy, GREENROOM_SECRET_KEY=LONG, GREENROOM_PUBLIC_ULR="https://x", GREENROOM_WORKERS="4")
    assert [sentence.split(" ")[0] for sentence in sentences] == ["GREENROOM_PUBLIC_ULR"]
    open_address = replace(healthy, public_url="http://greenroom.example")
    assert "isn't HTTPS" in worrying(open_address, GREENROOM_SECRET_KEY=LONG)[0]


def test_files_that_others_can_read(healthy: Settings) -> None:
    secret = healthy.instance_path / "secret_key"
    secret.write_text(LONG)
    secret.chmod(0o644)
    (sentence,) = worrying(healthy, GREENROOM_SECRET_KEY=LONG)
    assert sentence.endswith(f"chmod 600 {secret}")
    secret.unlink()


def test_a_clock_that_is_behind(healthy: Settings) -> None:
    at(utc_now() + timedelta(days=1))
    (sentence,) = worrying(healthy, GREENROOM_SECRET_KEY=LONG)
    assert "which is still to come" in sentence


@pytest.mark.parametrize(("revision", "words"), [("9999", "a later Greenroom"), ("0001", "an earlier Greenroom")])
def test_tables_of_another_version(healthy: Settings, revision: str, words: str) -> None:
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    for each in (revision, head):
        db.session.execute(text("UPDATE alembic_version SET version_num = :each"), {"each": each})
        db.session.commit()
        sentences = worrying(healthy, GREENROOM_SECRET_KEY=LONG)
        assert [words in sentence for sentence in sentences] == ([True] if each == revision else [])


def test_a_database_out_of_reach(healthy: Settings, without_database: Gone, tmp_path: Path) -> None:
    with without_database():
        elsewhere = replace(healthy, instance_path=tmp_path)
        (sentence,) = worrying(elsewhere, GREENROOM_SECRET_KEY=LONG)
    assert sentence.startswith("The database can't be used: ")


def test_the_organisations_sign_in(healthy: Settings) -> None:
    with running() as provider:
        asked = replace(healthy, oidc_issuer=provider.url)
        assert worrying(asked, GREENROOM_SECRET_KEY=LONG) == []
        assert f"{provider.url} answers, for signing in." in found(asked, GREENROOM_SECRET_KEY=LONG)
        provider.lie = "issuer"
        sentence = "The provider calls itself https://evil.example. Give GREENROOM_OIDC_ISSUER that address."
        assert worrying(asked, GREENROOM_SECRET_KEY=LONG) == [sentence]
    assert "doesn't describe itself as a provider" in worrying(asked, GREENROOM_SECRET_KEY=LONG)[0]
