"""The forms of people and sign-in: labels, hints and widgets. What may be typed is said in `spec`."""

from __future__ import annotations

from wtforms import EmailField, Form, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from app.accounts.spec import PASSWORD_LENGTHS
from app.core.actors import Role

ROLES = {
    Role.VIEWER: ("Viewer", "Reads every assistant and exports them."),
    Role.EDITOR: ("Editor", "Also creates, changes, imports and deletes assistants."),
    Role.ADMIN: ("Administrator", "Also manages people, API keys and the list of models."),
}
ROLE_HINTS = {role.value: hint for role, (_, hint) in ROLES.items()}
PASSWORD_HINT = "{} to {} characters. Several unusual words in a row are easy to remember and hard to guess.".format(
    *PASSWORD_LENGTHS
)


def role_field() -> RadioField:
    """The three roles, each with what it may do as a hint in the template."""
    return RadioField(
        "Role",
        choices=[SelectChoice(role.value, label) for role, (label, _) in ROLES.items()],
        default=Role.EDITOR.value,
        validate_choice=False,
        validators=[AnyOf(list(ROLE_HINTS), message="Choose one of the roles.")],
    )


class SignInForm(Form):
    next = HiddenField(id="next-page")
    # A form that was sent when the sign-in had ended, whole.
    carried = HiddenField()
    email = EmailField("Email address")
    password = PasswordField("Password")


class CodeForm(Form):
    """One code, from the app or from the list kept for when it is lost; either field will do."""

    next = HiddenField(id="next-page")
    # A form that was sent when the sign-in had ended, whole.
    carried = HiddenField()
    code = StringField("Code", description="The six digits your authenticator app shows for Greenroom.")
    recovery_code = StringField("Recovery code", description="Like abcd-efgh-jkmn-pqrs. Each works once.")

    def given(self) -> str:
        return self.code.data or self.recovery_code.data or ""


class NewAppForm(Form):
    next = HiddenField(id="next-page")
    code = StringField("Code", description="The six digits the app shows now.")


class SetUpForm(Form):
    name = StringField("Your name", description="As your colleagues see it beside the changes you make.")
    email = EmailField("Email address", description="You sign in with it. Greenroom sends no mail.")
    password = PasswordField("Password", description=PASSWORD_HINT)


class ChoosePasswordForm(Form):
    password = PasswordField("Password", description=PASSWORD_HINT)


class ChangePasswordForm(Form):
    current_password = PasswordField("Current password")
    new_password = PasswordField("New password", description=PASSWORD_HINT)


class InviteForm(Form):
    name = StringField("Name", description="As everybody sees it beside the changes this person makes.")
    email = EmailField("Email address", description="They sign in with it. Greenroom sends no mail.")
    role = role_field()


class PersonForm(Form):
    name = StringField("Name")
    role = role_field()
