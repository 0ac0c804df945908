"""`flask assistants …`: import and export of the list, and single assistants from JSON.

What a script would read is alone on standard output; progress and remarks go to standard error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import AppGroup
from tqdm import tqdm

from app.assistants import service as assistants
from app.assistants.spec import AssistantSpec
from app.audit import service as audit
from app.audit.service import Verb
from app.core.actors import COMMAND_LINE, Origin
from app.core.errors import Invalid
from app.core.files import replacing
from app.core.verdicts import wrong_type
from app.exchange import service
from app.exchange.archive import UnreadableArchive
from app.exchange.export import export_pieces
from app.exchange.folder_cli import bar, stoppable
from app.exchange.formats import UnreadableFile, read_rows
from app.exchange.report import Report, RowReport, Verdict
from app.http.api import parse_json
from app.texts.text import on_one_line

assistants_commands = AppGroup("assistants", help="Import, export, create and update assistants.")
INPUT = click.File("rb")
PARTLY_IMPORTED = "What was imported by then is whole and stays. Import the file again to go on."


class WrongFile(click.ClickException):
    """The file can't be what was meant: a mistake in the command, unlike a row that is refused."""

    exit_code = 2


@assistants_commands.command("import")
@click.argument("file", type=INPUT)
@click.option("--dry-run", is_flag=True, help="Report what would be done, and write nothing.")
def import_list(file: IO[bytes], dry_run: bool) -> None:
    """Bring in the assistants saved in FILE ("-" reads standard input). Safe to run again."""
    try:
        rows = read_rows(file.read())
    except (UnreadableFile, UnreadableArchive) as refusal:
        raise WrongFile(refusal.message) from None
    report = service.plan(rows) if dry_run else _run(rows)
    for row in report.rows:
        if row.verdict in {Verdict.CHANGED, Verdict.REFUSED}:
            click.echo(_line(row))
    click.echo(report.summary())
    if dry_run:
        click.echo("This was a dry run: nothing was written.", err=True)
    if report.count(Verdict.REFUSED):
        sys.exit(1)


@assistants_commands.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; standard output without it."
)
def export_list(output: Path | None) -> None:
    """Write all assistants as one list page, newest first."""
    audit.note(Verb.LIST_EXPORTED, "assistants", actor=COMMAND_LINE, count=assistants.count_live())
    if output is None:
        sys.stdout.buffer.writelines(export_pieces())
        sys.stdout.buffer.flush()
        return
    with stoppable(lambda: f"{output} is as it was."), replacing(output) as partial, partial.open("wb") as file:
        file.writelines(bar(export_pieces(), assistants.count_live()))
    click.echo(f"Wrote {output}.", err=True)


@assistants_commands.command("create")
@click.argument("file", type=INPUT, default="-")
def create(file: IO[bytes]) -> None:
    """Create an assistant from the JSON object in FILE, or on standard input, and print its id."""
    spec = AssistantSpec.parse(parse_json(file.read()))
    click.echo(assistants.create(spec, actor=COMMAND_LINE, origin=Origin.COMMAND_LINE).id)


@assistants_commands.command("update")
@click.argument("assistant_id", metavar="ID")
@click.argument("file", type=INPUT, default="-")
def update(assistant_id: str, file: IO[bytes]) -> None:
    """Change the fields named in the JSON object in FILE, or on standard input; the others stay."""
    changes = parse_json(file.read())
    if not isinstance(changes, dict):
        raise Invalid([wrong_type(None, "an object", changes)])
    click.echo(assistants.update(assistant_id, changes, actor=COMMAND_LINE, origin=Origin.COMMAND_LINE).id)


def _run(rows: list[Any]) -> Report:
    """The import, with a progress bar where somebody is watching."""
    with (
        stoppable(lambda: PARTLY_IMPORTED),
        tqdm(total=len(rows), unit=" assistants", file=sys.stderr, disable=None, leave=False) as bar,
    ):
        return service.run(rows, actor=COMMAND_LINE, on_row=lambda _row: bar.update())


def _line(row: RowReport) -> str:
    """A row in one line, whatever its name holds."""
    name = f' "{row.name}"' if row.name else ""
    details = " ".join(row.reasons) or ", ".join(row.fields)
    return on_one_line(f"{row.position}: {row.verdict}: {row.id or 'no id'}{name}: {details}")
