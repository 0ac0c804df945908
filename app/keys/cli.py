"""`flask keys …`: API keys without the pages. A new key is alone on standard output; remarks go to standard error."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.core.actors import COMMAND_LINE, Scope
from app.keys import service

keys = AppGroup("keys", help="Create, list and revoke API keys.")
LARGEST_ID = 2**31 - 1


@keys.command("create")
@click.argument("name")
@click.option("--scope", required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--expires-in-days", type=int, help="Without it, the key doesn't expire.")
def create(name: str, scope: str, expires_in_days: int | None) -> None:
    """Make a key called NAME and print it. It can't be printed again."""
    made = service.create(name, scope=Scope(scope), actor=COMMAND_LINE, expires_in_days=expires_in_days)
    click.echo(made.secret)
    click.echo(f"Made the key “{made.key.name}”, number {made.key.id}. It is shown only now.", err=True)


@keys.command("list")
def list_keys() -> None:
    """Print every key, one a line: number, hint, scope, status and name, with tabs between."""
    for key in service.list_all():
        click.echo(f"{key.id}\t{key.hint}\t{key.scope}\t{service.status(key)}\t{key.name}")


@keys.command("revoke")
@click.argument("key_id", metavar="NUMBER", type=click.IntRange(1, LARGEST_ID))
def revoke(key_id: int) -> None:
    """End the key with this NUMBER at once."""
    key = service.revoke(key_id, actor=COMMAND_LINE)
    click.echo(f"The key “{key.name}” is revoked.", err=True)
