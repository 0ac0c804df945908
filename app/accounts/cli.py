"""`flask users …` and `flask setup-link`: people without the pages.

The link of `setup-link` is all that goes to standard output; a password is only ever read from standard input.
"""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts import second_factor, service
from app.config import Settings
from app.core.actors import COMMAND_LINE, Role
from app.core.paging import Window

users = AppGroup("users", help="Create and list the people who may sign in.")
DEFAULT_BASE_URL = "http://127.0.0.1:8000"
LIST_STEP = 100


@users.command("create")
@click.argument("email")
@click.option("--name", required=True, help="As everybody sees it beside the changes this person makes.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--password-stdin", is_flag=True, required=True, expose_value=False, help="Read the password from standard input."
)
def create(email: str, name: str, role: str) -> None:
    """Create the person with the address EMAIL, ready to sign in."""
    password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    person = service.create_person(email, name, Role(role), password, actor=COMMAND_LINE)
    click.echo(f"{person.name} can sign in as {person.email}.", err=True)


@users.command("list")
def list_users() -> None:
    """Print everybody, one a line: number, address, role, status and name, with tabs between."""
    window: Window | None = Window(newest_first=False, limit=LIST_STEP)
    while window is not None:
        page = service.list_people(window)
        for person in page.items:
            click.echo(f"{person.id}\t{person.email}\t{person.role}\t{service.status(person)}\t{person.name}")
        window = None
        if page.has_next:
            last = page.items[-1]
            window = Window(after=(last.created_at, last.id), newest_first=False, limit=LIST_STEP)


@users.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Remove the second factor of the person with the address EMAIL, who has lost the app and the recovery codes."""
    person = second_factor.reset(service.by_email(email).id, actor=COMMAND_LINE)
    click.echo(f"{person.name} signs in with the password alone now.", err=True)


@click.command("setup-link")
@click.option("--base-url", help="The address Greenroom is reached by.")
def set_up_link(base_url: str | None) -> None:
    """Print a fresh one-time link for the first administrator, or nothing once anybody exists."""
    settings: Settings = current_app.config["SETTINGS"]
    token = service.new_set_up_link()
    if token is not None:
        base = (base_url or settings.public_url or DEFAULT_BASE_URL).rstrip("/")
        click.echo(f"Set up Greenroom: {base}/setup?token={token}")
