"""The pages of import and export, of an assistant as a request, and the button that adds the examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service as assistants
from app.assistants import wire
from app.audit import service as audit
from app.audit.service import Verb
from app.core.actors import Permission
from app.core.database import utc_now
from app.core.errors import Conflict, Invalid
from app.exchange import service, uploads
from app.exchange.archive import archive_pieces
from app.exchange.export import (
    as_object,
    export_pieces,
    live_records,
    request_lines,
    request_object,
    request_program,
)
from app.exchange.file_names import readable
from app.exchange.forms import UploadForm
from app.exchange.report import Verdict
from app.http.actor import current_actor, require
from app.http.faults import beside_fields, form_page
from app.http.templating import pretty_json

pages = Blueprint("exchange", __name__)

# The worst first: what somebody has to look at.
VERDICTS = (Verdict.REFUSED, Verdict.SKIPPED, Verdict.KEPT, Verdict.CHANGED, Verdict.CREATED, Verdict.UNCHANGED)


@pages.get("/import")
@require(Permission.WRITE)
def upload() -> ResponseReturnValue:
    return form_page("exchange/upload.html", UploadForm())


@pages.post("/import")
@require(Permission.WRITE)
def submit_upload() -> ResponseReturnValue:
    form = UploadForm()
    sent = request.files.get("file")
    try:
        if not sent:
            raise Invalid.one("file", None, "Choose the file to import.")
        draft = uploads.store(sent.filename or "", sent.read(), actor=current_actor())
    except Invalid as refusal:
        beside_fields(form, refusal)
        return form_page("exchange/upload.html", form, 400)
    return redirect(url_for(".show_import", draft_id=draft.id), code=303)


@pages.get("/import/<draft_id>")
@require(Permission.WRITE)
def show_import(draft_id: str) -> ResponseReturnValue:
    """Before it is confirmed, what the import would do; then how far it has come; afterwards, what it did."""
    draft = uploads.get(draft_id, actor=current_actor())
    if draft.position is not None and draft.finished_at is None:
        return render_template("exchange/progress.html", draft=draft, going="going" in request.args)
    report = uploads.report(draft)
    shown = next((verdict for verdict in VERDICTS if verdict == request.args.get("show")), None)
    rows = [row for row in report.rows if shown in {None, row.verdict}]
    return render_template(
        "exchange/report.html", draft=draft, report=report, rows=rows, shown=shown, verdicts=VERDICTS
    )


@pages.post("/import/<draft_id>/confirm")
@require(Permission.WRITE)
def confirm_import(draft_id: str) -> ResponseReturnValue:
    """Begin the import, or go on with it. A page that is told `going` comes back here by itself."""
    draft = uploads.go_on(draft_id, actor=current_actor())
    going = None if draft.finished_at else 1
    return redirect(url_for(".show_import", draft_id=draft_id, going=going), code=303)


@pages.post("/import/<draft_id>/stop")
@require(Permission.WRITE)
def stop_import(draft_id: str) -> ResponseReturnValue:
    uploads.stop(draft_id, actor=current_actor())
    return redirect(url_for(".show_import", draft_id=draft_id), code=303)


@pages.post("/import/<draft_id>/discard")
@require(Permission.WRITE)
def discard_import(draft_id: str) -> ResponseReturnValue:
    try:
        uploads.discard(draft_id, actor=current_actor())
    except Conflict as confirmed:
        flash(confirmed.message, "warning")
        return redirect(url_for(".show_import", draft_id=draft_id), code=303)
    flash("The uploaded file was discarded. Nothing was imported from it.", "success")
    return redirect(url_for(".upload"), code=303)


@pages.get("/export")
@require(Permission.READ)
def export_page() -> ResponseReturnValue:
    return render_template("exchange/export.html", count=assistants.count_live())


@pages.get("/export/assistants.json")
@require(Permission.READ)
def download_export() -> ResponseReturnValue:
    return _download(export_pieces(), "assistants", "json", "application/json")


@pages.get("/export/folder.zip")
@require(Permission.READ)
def download_folder() -> ResponseReturnValue:
    states = ((as_object(row), row.fingerprint) for row in live_records(newest_first=False))
    return _download(archive_pieces(states), "folder", "zip", "application/zip")


@pages.get("/export/responses.jsonl")
@require(Permission.READ)
def download_requests() -> ResponseReturnValue:
    return _download(request_lines(), "responses", "jsonl", "application/jsonl")


@pages.get("/assistants/<assistant_id>/responses")
@require(Permission.READ)
def show_request(assistant_id: str) -> ResponseReturnValue:
    found = _request_of(assistant_id)
    return render_template("exchange/responses.html", found=found, program=request_program(found))


@pages.get("/assistants/<assistant_id>/responses.json")
@require(Permission.READ)
def download_request(assistant_id: str) -> ResponseReturnValue:
    found = _request_of(assistant_id)
    return _attached(f"{pretty_json(found['request'])}\n", f"{readable(found['name'])}.json", "application/json")


@pages.get("/assistants/<assistant_id>/responses.py")
@require(Permission.READ)
def download_program(assistant_id: str) -> ResponseReturnValue:
    found = _request_of(assistant_id)
    return _attached(request_program(found), f"{readable(found['name'])}.py", "text/x-python")


@pages.post("/examples")
@require(Permission.WRITE)
def add_examples() -> ResponseReturnValue:
    service.add_examples(actor=current_actor())
    flash("The examples are here. Change them or delete them as you like.", "success")
    return redirect(url_for("search.list_assistants"), code=303)


def _request_of(assistant_id: str) -> dict[str, Any]:
    return request_object(as_object(assistants.read(assistant_id, wire.COLUMNS)))


def _download(pieces: Iterator[bytes], what: str, ending: str, mimetype: str) -> Response:
    """A file that is written while it is read, called after Greenroom and the day. That it was taken is noted."""
    audit.note(Verb.LIST_EXPORTED, "assistants", actor=current_actor(), count=assistants.count_live(), form=what)
    return _attached(stream_with_context(pieces), f"greenroom-{what}-{utc_now():%Y-%m-%d}.{ending}", mimetype)


def _attached(body: Any, name: str, mimetype: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
