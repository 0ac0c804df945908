"""The form for a new key: labels, hints and widgets. What may be typed is said in `service`."""

from __future__ import annotations

from wtforms import Form, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from app.core.actors import Scope
from app.core.errors import Invalid

SCOPES = {
    Scope.READ: ("Reads", "For programs that use assistants as they are."),
    Scope.WRITE: ("Reads and writes", "For programs that also create, change or delete assistants."),
}
SCOPE_HINTS = {scope.value: hint for scope, (_, hint) in SCOPES.items()}
LONGEST_DIGITS = 9
NEVER, OTHER = "never", "other"
EXPIRIES = {
    NEVER: "Never",
    "30": "In 30 days",
    "90": "In 90 days",
    "365": "In a year",
    OTHER: "In another number of days",
}


class NewKeyForm(Form):
    name = StringField("Name", description="What the key is for, so that you know later which one to revoke.")
    scope = RadioField(
        "What the key may do",
        choices=[SelectChoice(scope.value, label) for scope, (label, _) in SCOPES.items()],
        default=Scope.READ.value,
        validate_choice=False,
        validators=[AnyOf(list(SCOPE_HINTS), message="Choose what the key may do.")],
    )
    expiry = RadioField(
        "Expires",
        choices=[SelectChoice(value, label) for value, label in EXPIRIES.items()],
        default=NEVER,
        validate_choice=False,
        validators=[AnyOf(list(EXPIRIES), message="Choose when the key expires.")],
    )
    expires_in_days = StringField("Number of days", description="Only for another number of days.")

    def days(self) -> int | None:
        """After how many days the key expires, None for never. Raises `Invalid` when they aren't a number."""
        if self.expiry.data == NEVER:
            return None
        given = (self.expires_in_days.data or "").strip() if self.expiry.data == OTHER else self.expiry.data
        if not (given.isascii() and given.isdigit()):
            raise Invalid.one("expires_in_days", "invalid_value", "Give the number of days as a whole number.")
        # Of a number that long, the beginning alone is out of range.
        return int(given[:LONGEST_DIGITS])
