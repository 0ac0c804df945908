"""What an email address, a name, a role and a password have to be. Pages and command line show the same words."""

from __future__ import annotations

import unicodedata

from app.accounts.guessable import is_common, is_own
from app.core.errors import Fault, Invalid
from app.core.names import is_name

EMAIL_LENGTH = 254
NAME_LENGTH = 100
ADDRESS_LENGTH = 64
BROWSER_LENGTH = 64
PASSWORD_LENGTHS = (12, 200)
# No character can be written as more code points than this. Unicode, "Normalization Forms", table of expansion factors.
MOST_CODE_POINTS = 4
CODE = "invalid_value"
TOO_COMMON = "Choose a password that is harder to guess: this one is made of what many people's are made of."


def normal_email(email: str) -> str:
    """The one way an address is kept and looked up."""
    return email.strip().lower()


def normal_password(password: str) -> str:
    """The same letters typed on different keyboards are the same password.

    One that is too long in any form stays as it is: putting a million marks in their order would take hours.
    """
    if len(password) > MOST_CODE_POINTS * PASSWORD_LENGTHS[1]:
        return password
    return unicodedata.normalize("NFC", password)


def check(
    *, email: str | None = None, name: str | None = None, password: str | None = None, own_words: tuple[str, ...] = ()
) -> None:
    """Raise `Invalid` with a fault for each part that breaks its rule; what is None isn't looked at.

    `own_words` are names and addresses a password must not repeat, besides the ones given here.
    """
    faults = []
    if name is not None:
        faults.append(_name_fault(name))
    if email is not None:
        faults.append(_email_fault(email))
    if password is not None:
        words = (*own_words, *(word for word in (email, name) if word))
        faults.append(_password_fault(password, words))
    found = [fault for fault in faults if fault]
    if found:
        raise Invalid(found)


def _name_fault(name: str) -> Fault | None:
    if is_name(name, NAME_LENGTH):
        return None
    return Fault("name", CODE, f"Give a name of 1 to {NAME_LENGTH} characters on one line.")


def _email_fault(email: str) -> Fault | None:
    account, _, host = email.partition("@")
    if account and host and email.count("@") == 1 and " " not in email and is_name(email, EMAIL_LENGTH):
        return None
    return Fault("email", CODE, f"Give an email address like name@example.org, of at most {EMAIL_LENGTH} characters.")


def _password_fault(password: str, words: tuple[str, ...]) -> Fault | None:
    shortest, longest = PASSWORD_LENGTHS
    if not shortest <= len(normal_password(password)) <= longest:
        return Fault("password", CODE, f"Choose a password of {shortest} to {longest} characters.")
    if is_own(password, words):
        return Fault("password", CODE, "Choose a password that isn't made of the name or the email address.")
    if is_common(password):
        return Fault("password", CODE, TOO_COMMON)
    return None
