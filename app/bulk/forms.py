"""The forms of changing many: labels, hints and widgets. The rules are said by `deeds`; ticks are read by `web`."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.assistants.spec import NOTE_LENGTH
from app.texts.text import as_browser_sends

FIELDS = {"instructions": "Instructions", "name": "Name", "description": "Description"}
CHANGES = {
    "model": "Change the model",
    "temperature": "Set the temperature",
    "add_label": "Add a label",
    "remove_label": "Remove a label",
    "delete": "Move to the trash",
}


class ReplaceForm(Form):
    """What to find and what to put in its place."""

    find = TextAreaField(
        "Find",
        description="Exactly as it stands in the text. It may run over several lines; kinds of newline don't count.",
    )
    replacement = TextAreaField("Replace with", description="Leave this empty to take the text out.")
    match_case = BooleanField("Match case", description="“Refund” doesn't find “refund”.")
    whole_words = BooleanField("Whole words", description="“cat” doesn't find “category”.")
    fields = SelectMultipleField(
        "Look in",
        choices=[SelectChoice(*field) for field in FIELDS.items()],
        default=list(FIELDS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def deed(self) -> dict[str, Any]:
        return {
            "type": "replace",
            "find": as_browser_sends(self.find.data or ""),
            "replacement": as_browser_sends(self.replacement.data or ""),
            "match_case": bool(self.match_case.data),
            "whole_words": bool(self.whole_words.data),
            "fields": self.fields.data or [],
        }


class ChangeForm(Form):
    """Which field to change, and to what."""

    change = RadioField("Change", choices=[SelectChoice(*change) for change in CHANGES.items()], default="model")
    model = StringField("Model", description="The id of the model, exactly as programs send it.")
    temperature = StringField("Temperature", description="From 0 to 2.")
    label = StringField("Label", description="The label to add or to remove.")

    def deed(self) -> dict[str, Any]:
        kind = self.change.data
        values: dict[str, dict[str, Any]] = {
            "model": {"model": (self.model.data or "").strip()},
            "temperature": {"temperature": _number(self.temperature.data)},
            "add_label": {"label": (self.label.data or "").strip()},
            "remove_label": {"label": (self.label.data or "").strip()},
        }
        return {"type": kind, **values.get(kind, {})}


class NoteForm(Form):
    """Why many were changed."""

    note = StringField("Note", description=f"Why, for the history of each. Up to {NOTE_LENGTH} characters.")


def _number(text: str | None) -> float | str:
    """What was typed as a number, with a decimal comma too; as it is when it is none."""
    given = (text or "").strip().replace(",", ".")
    try:
        return float(given)
    except ValueError:
        return given
