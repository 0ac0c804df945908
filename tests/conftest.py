"""What every test may ask for: an application on an empty database of each engine, and people to visit it as."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import flask_migrate
import hypothesis
import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import create_engine, make_url, text
from werkzeug.test import TestResponse

from app import create_app
from app.accounts import passwords
from app.config import Settings
from app.core.actors import Role
from app.extensions import COUNTERS, db
from app.keys import service as keys
from tests import factories
from tests.pages import Visitor
from tests.postgres import PostgresDatabase

ENGINES = ("sqlite", "postgresql")
PEOPLE = {"visitor", "viewer", "editor", "admin", "ed", "provider"}
Gone = Callable[[], AbstractContextManager[None]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages ask the same services on either engine, which have tests of their own on both; so do the API and commands.
    The pages themselves are looked at on PostgreSQL by `make soak`.

    The tests of a file run in one process, and so do those of the contract that share a server.
    """
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        together = f"contract {parameters.get('server')}" if "contract" in item.path.parts else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
        if parameters.get("settings") == "postgresql" and PEOPLE & set(item.fixturenames):
            item.add_marker(pytest.mark.soak)


# How long a test takes says nothing about it on a machine that has other work.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def make_settings(instance_path: Path, database_url: str | None = None) -> Settings:
    environment = {"GREENROOM_INSTANCE_PATH": str(instance_path), "GREENROOM_SECRET_KEY": "only for tests"}
    if database_url:
        environment["GREENROOM_DATABASE_URL"] = database_url
    return Settings.from_environment(environment)


def migrate(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hashing is slow on purpose, and nearly every test signs somebody in. What ships is tested in test_passwords."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite database; a test gets a copy of it."""
    folder = tmp_path_factory.mktemp("template")
    migrate(make_settings(folder))
    return folder / "greenroom.db"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[PostgresDatabase]:
    """A migrated PostgreSQL database of this test process; `empty()` makes it as new."""
    with PostgresDatabase.started(f"greenroom_{worker_id}") as database:
        migrate(make_settings(tmp_path_factory.mktemp("instance"), database.url))
        yield database


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of this test process."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, instance: Path) -> Settings:
    """The settings of a Greenroom with an empty database, on each engine in turn."""
    if request.param == "sqlite":
        for left_over in instance.glob("greenroom.db*"):
            left_over.unlink()
        shutil.copy(request.getfixturevalue("migrated_file"), instance / "greenroom.db")
        return make_settings(instance)
    database = request.getfixturevalue("postgres")
    database.empty()
    return make_settings(instance, database.url)


@cache
def made_app(settings: Settings) -> tuple[Flask, dict[str, Any]]:
    """One application for all tests of an engine, whose pages need compiling once; and its configuration at first."""
    app = create_app(settings)
    app.test_client_class = Client
    return app, dict(app.config)


class Client(FlaskClient):
    """Gives each request an application context of its own, as a server does; what is kept in `g` ends with it."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # What the test read before is forgotten, so that it sees afterwards what the request has written.
        db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app, configuration = made_app(settings)
    with app.app_context():
        app.extensions.pop(COUNTERS, None)
        # In each test's database keys have the same numbers.
        keys.USES.due_again.clear()
        yield app
        db.session.remove()
        db.engine.dispose()
    app.config.clear()
    app.config.update(configuration)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def api_client(app: Flask) -> FlaskClient:
    """A plain client, for requests with a key."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def viewer(app: Flask) -> Visitor:
    return _signed_in(app, Role.VIEWER)


@pytest.fixture
def editor(app: Flask) -> Visitor:
    return _signed_in(app, Role.EDITOR)


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return _signed_in(app, Role.ADMIN)


def _signed_in(app: Flask, role: Role) -> Visitor:
    person = factories.make_person(role=role)
    visitor = Visitor(app.test_client())
    page = visitor.submit(visitor.get("/sign-in"), email=person.email, password=factories.PASSWORD)
    assert page.status == 200, page.text
    return visitor


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this test process; "main" when tests run in one."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


def scalar(url: str, statement: str) -> object:
    """One value straight from a database, past the application."""
    engine = create_engine(url)
    with engine.connect() as connection:
        value = connection.execute(text(statement)).scalar()
    engine.dispose()
    return value


@pytest.fixture
def without_database(app: Flask, instance: Path) -> Gone:
    """A block in which the database can't be reached."""

    @contextmanager
    def sqlite() -> Iterator[None]:
        db.session.remove()
        db.engine.dispose()
        away = instance.rename(instance.with_name("away"))
        try:
            yield
        finally:
            away.rename(instance)

    @contextmanager
    def postgresql() -> Iterator[None]:
        url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        beside = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        db.session.remove()
        with psycopg.connect(beside, autocommit=True) as server:
            server.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
            try:
                yield
            finally:
                server.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')

    return sqlite if db.engine.dialect.name == "sqlite" else postgresql
