"""Adding and removing rows of the form (functions, metadata) by its own buttons, so that it works without a script."""

from __future__ import annotations

from app.editing.forms import AssistantForm

BLANK_ROWS: dict[str, dict[str, object]] = {
    "functions": {"source": "", "name": "", "description": "", "parameters": "", "strict": False},
    "pairs": {"key": "", "value": ""},
}


def rearranged(form: AssistantForm, action: str) -> AssistantForm | None:
    """The form with a row more or less, as the pressed button asks (`add-pairs`, `remove-functions-2`).

    Everything typed stays. None when another button was pressed.
    """
    verb, _, place = action.partition("-")
    name, _, row = place.partition("-")
    if verb not in {"add", "remove"} or name not in BLANK_ROWS:
        return None
    data = form.data
    if verb == "add":
        data[name] = [*data[name], BLANK_ROWS[name]]
    elif row.isascii() and row.isdigit():
        data[name] = [kept for number, kept in enumerate(data[name]) if number != int(row)]
    return AssistantForm(formdata=None, data=data)
