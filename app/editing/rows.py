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
    verb, name, row = _parts(action)
    if not verb:
        return None
    data = form.data
    if verb == "add":
        data[name] = [*data[name], BLANK_ROWS[name]]
    elif row.isascii() and row.isdigit():
        data[name] = [kept for number, kept in enumerate(data[name]) if number != int(row)]
    return AssistantForm(formdata=None, data=data)


def focus_after(form: AssistantForm, action: str) -> str:
    """Where somebody goes on who has pressed this button: in the row added, or at the button that adds one."""
    verb, name, _ = _parts(action)
    return f"{name}-{len(form[name]) - 1}" if verb == "add" else f"add-{name}" if verb else ""


def _parts(action: str) -> tuple[str, str, str]:
    """Verb, name and row that a button asks for; empty when it is none of these."""
    verb, _, place = action.partition("-")
    name, _, row = place.partition("-")
    return (verb, name, row) if verb in {"add", "remove"} and name in BLANK_ROWS else ("", "", "")
