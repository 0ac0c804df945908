"""Hashing passwords and checking them. What a password has to be is in `spec`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from app.accounts.spec import normal_password
from app.core import later

if TYPE_CHECKING:
    import argon2
else:
    argon2 = later.module("argon2")

HASHER = cast("argon2.PasswordHasher", later.Later(lambda: argon2.PasswordHasher()))


def hash_password(password: str) -> str:
    return HASHER.hash(_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether this is the password behind the hash.

    Without a hash the work is done all the same, so that the answer takes as long as for somebody who exists.
    """
    stand_in = _nobodys_hash()
    try:
        HASHER.verify(password_hash or stand_in, _bytes(password))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than are recommended now."""
    return HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return HASHER.hash("the password of nobody")


def _bytes(password: str) -> bytes:
    return normal_password(password).encode(errors="surrogatepass")
