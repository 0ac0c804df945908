"""`flask assistants verify`: whether every version is as it was written. The other commands are in `exchange`."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm

from app.assistants import versions
from app.history.verify import check_all


@click.command("verify")
def verify() -> None:
    """Unpack every version of every assistant and hold it against its SHA-256. Exits 1 when one differs."""
    checked = faults = 0
    owners = set()
    with tqdm(total=versions.count(), unit=" versions", file=sys.stderr, disable=None, leave=False) as bar:
        for each in check_all():
            checked += 1
            owners.add(each.assistant_id)
            bar.update()
            if each.fault:
                faults += 1
                click.echo(f"{each.assistant_id} version {each.number}: {each.fault}")
    whole = f"{checked} versions of {len(owners)} assistants"
    if faults:
        click.echo(f"{faults} of {whole} are not as they were written.")
        sys.exit(1)
    click.echo(f"{whole} are as they were written.")
