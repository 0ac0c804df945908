"""Hashing passwords and checking them. What a password has to be is in `spec`."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.spec import normal_password

HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    return HASHER.hash(_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether this is the password behind the hash.

    Without a hash the work is done all the same, so that the answer takes as long as for somebody who exists.
    """
    stand_in = _nobodys_hash()
    try:
        HASHER.verify(password_hash or stand_in, _bytes(password))
    except (VerificationError, InvalidHashError):
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
