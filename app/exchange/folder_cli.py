"""`flask assistants pull`, `push` and `responses`: moving out of a registry into files, and back.

What a script would read is alone on standard output; progress and remarks go to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic_core import to_json
from tqdm import tqdm

from app.assistants import service as assistants
from app.assistants import wire
from app.assistants.spec import checked_note
from app.core.actors import COMMAND_LINE
from app.core.errors import Invalid
from app.core.files import replacing
from app.exchange.export import as_object, live_records, request_object, request_program
from app.exchange.file_names import FileNames
from app.exchange.filing import settings_bytes
from app.exchange.folder import Folder
from app.exchange.pulling import State, pull
from app.exchange.pushing import Options, push
from app.exchange.registries import KEY_VARIABLE, Here, Registry, Server
from app.exchange.report import Report, RowReport, Verdict
from app.texts.text import on_one_line

DRY_RUN = "This was a dry run: nothing was written."
NOTHING_WRITTEN = "Nothing was written."
BEGUN = "The writing had begun, so all of it is there or nothing: push again to see."
STOPPED = 130
MISSING = "not in the folder; --delete moves it to the trash"

T = TypeVar("T")

folder_argument = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
server_option = click.option(
    "--server", metavar="URL", help=f"Another Greenroom, by its API, with the key in {KEY_VARIABLE}."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Report what would be done, and write nothing.")


@click.command("pull")
@folder_argument
@server_option
@dry_run_option
@click.option("--force", is_flag=True, help="Write over what was changed in DIR.")
def pull_folder(folder: Path, server: str | None, dry_run: bool, force: bool) -> None:
    """Write every assistant into DIR: a text file with its instructions, and a file with its settings."""
    registry = _registry(server)
    with stoppable(lambda: NOTHING_WRITTEN), _watched(registry) as states:
        target = Folder.at(folder) if dry_run else Folder.made(folder)
        report = pull(target, states, force=force, dry_run=dry_run)
    _tell(report, dry_run=dry_run)


@click.command("push")
@folder_argument
@server_option
@dry_run_option
@click.option("--delete", is_flag=True, help="Move those whose files were taken out of DIR to the trash.")
@click.option("--force", is_flag=True, help="Write over what was changed since DIR was written.")
@click.option("--note", help="Why, for the history of each assistant.")
def push_folder(folder: Path, server: str | None, dry_run: bool, delete: bool, force: bool, note: str | None) -> None:
    """Bring back what was changed in DIR: all of it or, if one assistant is refused, nothing."""
    registry, options = _registry(server), Options(delete, force, dry_run, checked_note(note))
    reached: list[str] = []
    with stoppable(lambda: BEGUN if reached else NOTHING_WRITTEN), _watched(registry) as states:
        done = push(
            Folder.existing(folder), registry, states, options, before_writing=lambda: reached.append("the writing")
        )
    for row in done.missing:
        click.echo(_line("missing", row, MISSING))
    _tell(done.report, dry_run=dry_run, more=f", {len(done.missing)} missing" if done.missing else "")


@click.command("responses")
@click.argument("assistant_ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a .json and a .py for each into DIR; without it they go to standard output, one a line.",
)
def write_responses(assistant_ids: tuple[str, ...], output: Path | None) -> None:
    """Write assistants as requests to OpenAI's Responses API: those with these IDs, or all."""
    if output is not None:
        _make(output)
    records = (assistants.read(named, wire.COLUMNS) for named in assistant_ids)
    total = len(assistant_ids) or assistants.count_live()
    names = FileNames()
    with stoppable(lambda: "Stopped: not all of them are written."):
        for row in bar(records if assistant_ids else live_records(newest_first=False), total):
            found = request_object(as_object(row))
            for warning in found["warnings"]:
                click.echo(on_one_line(f"{found['id']}: {warning}"), err=True)
            if output is None:
                click.echo(to_json(found))
            else:
                _write_request(output / names.give(found["name"], found["id"]), found)


@contextmanager
def stoppable(told: Callable[[], str]) -> Iterator[None]:
    """Somebody may stop the block with Ctrl-C, and is told then what that leaves."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"\nStopped. {told()}", err=True)
        sys.exit(STOPPED)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise Invalid.one("folder", None, f"{folder} can't be written: {refusal.strerror}.") from None


def _registry(server: str | None) -> Registry:
    return Server(server, os.environ.get(KEY_VARIABLE, "").strip()) if server else Here(COMMAND_LINE)


@contextmanager
def _watched(registry: Registry) -> Iterator[Iterable[State]]:
    """The registry's assistants, with a progress bar where somebody is watching."""
    yield bar(registry.states(), registry.count())


def bar(each: Iterable[T], total: int | None) -> Iterable[T]:
    """The same, with a progress bar where somebody is watching."""
    watched: Iterable[T] = tqdm(each, total=total, unit=" assistants", file=sys.stderr, disable=None, leave=False)
    return watched


def _tell(report: Report, *, dry_run: bool, more: str = "") -> None:
    """The report, a line for each assistant that doesn't stay as it is; exits 1 when one was refused."""
    for row in report.rows:
        if row.verdict is not Verdict.UNCHANGED:
            click.echo(_line(row.verdict, row, " ".join(row.reasons) or ", ".join(row.fields)))
    click.echo(report.summary("compared") + more)
    refused = report.count(Verdict.REFUSED)
    if dry_run or refused:
        click.echo(DRY_RUN if dry_run else NOTHING_WRITTEN, err=True)
    if refused:
        sys.exit(1)


def _line(word: str, row: RowReport, details: str) -> str:
    named = " ".join(part for part in (row.id, f'"{row.name}"' if row.name else None) if part)
    return on_one_line(f"{word}: {named}{f': {details}' if details else ''}")


def _write_request(path: Path, found: dict[str, Any]) -> None:
    for ending, content in ((".json", settings_bytes(found["request"])), (".py", request_program(found).encode())):
        with replacing(path.with_name(path.name + ending)) as partial:
            partial.write_bytes(content)
