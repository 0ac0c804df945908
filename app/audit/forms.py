"""The filters above the activity, read from the address. An unknown person, key or deed is no choice, and refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.audit.sentences import LABELS
from app.audit.service import Criteria
from app.core.actors import ActorKind
from app.texts.text import unstorable

ANYBODY = SelectChoice("", "Anybody")
ANYTHING = SelectChoice("", "Anything")
SIGNED_OUT = f"{ActorKind.PERSON}:"
# "person 3", "key:2", "assistant asst_abc", or an assistant's id alone.
ABOUT = re.compile(r"(?:(?P<kind>assistant|person|key|model)[ :]+)?(?P<id>\S{1,64})")


class ActivityForm(Form):
    who = SelectField("Who", default="")
    verb = SelectField(
        "Did what", default="", choices=[ANYTHING, *(SelectChoice(verb.value, label) for verb, label in LABELS.items())]
    )
    about = StringField("About", description="An assistant's id, or such as: person 3")
    since = DateField("From", validators=[Optional()])
    until = DateField("To", validators=[Optional()])

    def __init__(self, *args: Any, people: dict[int, str], keys: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.who.choices = [
            ANYBODY,
            *(SelectChoice(f"{ActorKind.PERSON}:{number}", name) for number, name in people.items()),
            *(SelectChoice(f"{ActorKind.KEY}:{number}", f"Key: {name}") for number, name in keys.items()),
            SelectChoice(f"{ActorKind.COMMAND_LINE}:", "Command line"),
            SelectChoice(f"{ActorKind.PROVIDER}:", "The organisation's sign-in"),
            SelectChoice(SIGNED_OUT, "Somebody signed out"),
            SelectChoice(f"{ActorKind.KEY}:", "An unknown key"),
        ]

    def validate_about(self, field: StringField) -> None:
        given = (field.data or "").strip()
        if given and (unstorable(given) or not ABOUT.fullmatch(given)):
            raise ValidationError("Give an id such as asst_abc, or a kind and a number such as: person 3")

    @property
    def is_used(self) -> bool:
        return bool(self.arguments())

    def arguments(self) -> dict[str, str]:
        """The filters as the address holds them."""
        dates = {field.name: field.data.isoformat() if field.data else "" for field in (self.since, self.until)}
        given = {"who": self.who.data, "verb": self.verb.data, "about": (self.about.data or "").strip(), **dates}
        return {name: value for name, value in given.items() if value}

    def criteria(self) -> Criteria:
        """What is asked for, of a form that is valid. Days are whole days in UTC."""
        kind, _, number = (self.who.data or "").partition(":")
        about = ABOUT.fullmatch((self.about.data or "").strip())
        return Criteria(
            actor=(kind, int(number) if number else None) if kind else None,
            verb=self.verb.data or None,
            subject=(about["kind"] or "assistant", about["id"]) if about else None,
            since=datetime.combine(self.since.data, time.min, UTC) if self.since.data else None,
            until=datetime.combine(self.until.data, time.max, UTC) if self.until.data else None,
        )
