"""`flask doctor`: what is wrong with this installation, in plain words. What it looks at is in `examination`."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app

from app.operating.examination import Level, examine

MARKS = {Level.GOOD: "ok   ", Level.LOOK: "look ", Level.WRONG: "WRONG"}


@click.command("doctor")
def doctor() -> None:
    """Say what is wrong with settings, permissions, migrations, disk and clock. Exits 1 when something is."""
    worst = Level.GOOD
    for finding in examine(current_app.config["SETTINGS"], os.environ):
        worst = max(worst, finding.level)
        click.echo(f"{MARKS[finding.level]}  {finding.sentence}")
    if worst is Level.WRONG:
        sys.exit(1)
