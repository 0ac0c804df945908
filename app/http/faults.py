"""Pages with a form: showing the faults of what was typed, beside the fields and on top of the page."""

from __future__ import annotations

from flask import Response, make_response, render_template
from wtforms import Form

from app.core.errors import Invalid


def form_page(template: str, form: Form, status: int = 200, **values: object) -> Response:
    """The page with its form as filled in; `errors` are the lines of the summary on top, none at first."""
    errors = summary(form)
    page = render_template(template, form=form, errors=errors, has_errors=bool(errors), **values)
    return make_response(page, status)


def beside_fields(form: Form, refusal: Invalid, renamed: dict[str, str] | None = None) -> None:
    """Give each fault to the field named by its `param`, or by what `renamed` says the form calls it.

    A fault of no field goes to the form as a whole.
    """
    fields = {field.name: field for field in form}
    for fault in refusal.faults:
        field = fields.get((renamed or {}).get(fault.param or "", fault.param or ""))
        if field is None:
            form.form_errors.append(fault.message)
        else:
            field.errors = [*field.errors, fault.message]


def summary(form: Form) -> list[tuple[str, str]]:
    """The field's id, empty for the form as a whole, and the sentence."""
    lines = [("", message) for message in form.form_errors]
    return lines + [(field.id, message) for field in form for message in field.errors]
