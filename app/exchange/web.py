"""The pages of import and export, and the button that adds the examples."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.assistants import service as assistants
from app.core.actors import Permission
from app.core.database import utc_now
from app.core.errors import Invalid
from app.exchange import service
from app.exchange.export import export_pieces
from app.exchange.forms import UploadForm
from app.exchange.report import Verdict
from app.http.actor import current_actor, require
from app.http.faults import beside_fields, form_page

pages = Blueprint("exchange", __name__)

# The worst first: what somebody has to look at.
VERDICTS = (Verdict.REFUSED, Verdict.CHANGED, Verdict.CREATED, Verdict.UNCHANGED)


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
        draft = service.store_draft(sent.filename or "", sent.read(), actor=current_actor())
    except Invalid as refusal:
        beside_fields(form, refusal)
        return form_page("exchange/upload.html", form, 400)
    return redirect(url_for(".show_import", draft_id=draft.id), code=303)


@pages.get("/import/<draft_id>")
@require(Permission.WRITE)
def show_import(draft_id: str) -> ResponseReturnValue:
    """Before it is confirmed, what the import would do; afterwards, what it did."""
    draft = service.get_draft(draft_id, actor=current_actor())
    report = service.draft_report(draft)
    shown = next((verdict for verdict in VERDICTS if verdict == request.args.get("show")), None)
    rows = [row for row in report.rows if shown in {None, row.verdict}] if report else []
    return render_template(
        "exchange/report.html", draft=draft, report=report, rows=rows, shown=shown, verdicts=VERDICTS
    )


@pages.post("/import/<draft_id>/confirm")
@require(Permission.WRITE)
def confirm_import(draft_id: str) -> ResponseReturnValue:
    service.confirm_draft(draft_id, actor=current_actor())
    return redirect(url_for(".show_import", draft_id=draft_id), code=303)


@pages.post("/import/<draft_id>/discard")
@require(Permission.WRITE)
def discard_import(draft_id: str) -> ResponseReturnValue:
    service.discard_draft(draft_id, actor=current_actor())
    flash("The uploaded file was discarded. Nothing was imported from it.", "success")
    return redirect(url_for(".upload"), code=303)


@pages.get("/export")
@require(Permission.READ)
def export_page() -> ResponseReturnValue:
    return render_template("exchange/export.html", count=assistants.count_live())


@pages.get("/export/assistants.json")
@require(Permission.READ)
def download_export() -> ResponseReturnValue:
    name = f"greenroom-assistants-{utc_now():%Y-%m-%d}.json"
    return Response(
        stream_with_context(export_pieces()),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@pages.post("/examples")
@require(Permission.WRITE)
def add_examples() -> ResponseReturnValue:
    service.add_examples(actor=current_actor())
    flash("The examples are here. Change them or delete them as you like.", "success")
    return redirect(url_for("assistants.list_assistants"), code=303)
