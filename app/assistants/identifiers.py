"""Assistant ids: how they are made and which ones an import may bring along."""

from __future__ import annotations

import re
import secrets
import string

PREFIX = "asst_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 24
PATTERN = re.compile(r"asst_[A-Za-z0-9_-]{1,59}")


def new_id() -> str:
    """`asst_` and 24 random characters, as OpenAI's were."""
    number, letters = secrets.randbelow(len(BASE62) ** RANDOM_LENGTH), []
    for _ in range(RANDOM_LENGTH):
        number, letter = divmod(number, len(BASE62))
        letters.append(BASE62[letter])
    return PREFIX + "".join(letters)


def is_id(value: object) -> bool:
    return isinstance(value, str) and PATTERN.fullmatch(value) is not None
