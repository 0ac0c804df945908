"""Passwords are hashed as Argon2's standard recommends, and the same letters are the same password everywhere."""

from __future__ import annotations

import subprocess
import sys

from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from app.accounts import passwords


def test_what_ships_hashes_as_the_standard_recommends() -> None:
    """In a process of its own: the suite itself hashes faster."""
    program = "from app.accounts.passwords import hash_password; print(hash_password('a long enough password'))"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert extract_parameters(made) == RFC_9106_LOW_MEMORY
    assert passwords.is_right("a long enough password", made)
    assert not passwords.is_right("another long password", made)


def test_letters_put_together_in_another_way_are_the_same_password() -> None:
    made = passwords.hash_password("caf\u00e9 au lait, grand")
    assert passwords.is_right("cafe\u0301 au lait, grand", made)


def test_nobody_has_a_password_and_the_work_is_done_all_the_same() -> None:
    assert not passwords.is_right("the password of nobody", None)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=7, memory_cost=64, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hash_password("x"))
