"""The forms above a history: filters, two versions to compare, a date, a sentence. All are read from the address."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateTimeLocalInput

from app.core.actors import Origin

ANYBODY = SelectChoice("", "Anybody")
DOORS = {
    Origin.PAGE: "Page",
    Origin.API: "Script (API)",
    Origin.IMPORT: "Import",
    Origin.COMMAND_LINE: "Command line",
    Origin.RESTORE: "Restored version",
    Origin.BULK: "Change of many",
    Origin.EXAMPLE: "Example",
}


class FilterForm(Form):
    """Which versions to list. An unknown person or door is no choice, and refused."""

    person = SelectField("By", default="")
    door = SelectField(
        "Through", default="", choices=[SelectChoice("", "Any door"), *(SelectChoice(*door) for door in DOORS.items())]
    )
    noted = BooleanField("With a note only")

    def __init__(self, *args: Any, authors: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = [ANYBODY, *map(SelectChoice, authors)]

    @property
    def is_used(self) -> bool:
        return bool(self.person.data or self.door.data or self.noted.data)

    def arguments(self) -> dict[str, str]:
        """The filters as the address holds them."""
        given = {"person": self.person.data, "door": self.door.data, "noted": "y" if self.noted.data else ""}
        return {name: value for name, value in given.items() if value}


class CompareForm(Form):
    first = StringField("Version", name="from")
    second = StringField("with", name="to")


class MomentForm(Form):
    on = StringField("Date and time", description="Read as UTC unless it names a zone.", widget=DateTimeLocalInput())


class SentenceForm(Form):
    sentence = StringField("Words in the instructions", description="Exactly as they stand in the text, capitals too.")
