"""`flask search rebuild`: the index anew, from the texts."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm

from app.assistants import reindexing
from app.assistants import service as assistants


@click.group("search")
def search() -> None:
    """The index that assistants are found by."""


@search.command("rebuild")
def rebuild() -> None:
    """Make the index anew, while Greenroom serves. It can be stopped at any time, and then is whole, too."""
    done = 0
    with tqdm(total=assistants.count_all(), unit=" assistants", file=sys.stderr, disable=None, leave=False) as bar:
        for number in reindexing.rebuild():
            done += number
            bar.update(number)
    click.echo(f"The index of {done} assistants was made anew.")
