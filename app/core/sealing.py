"""Sealing short secrets that have to be read again, so that a copy of the database alone doesn't tell them.

The key comes from Greenroom's secret key. What only has to be recognised is hashed instead, where it is kept.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.core import later

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import aead
    from cryptography.hazmat.primitives.kdf import hkdf
else:
    # Most processes never seal anything.
    exceptions = later.module("cryptography.exceptions")
    hashes = later.module("cryptography.hazmat.primitives.hashes")
    aead = later.module("cryptography.hazmat.primitives.ciphers.aead")
    hkdf = later.module("cryptography.hazmat.primitives.kdf.hkdf")

PURPOSE = b"greenroom: sealed in the database"
KEY_BYTES, NONCE_BYTES = 32, 12


class Unopenable(Exception):
    """It was sealed with another key, for something else, or is damaged."""


class Sealer:
    """Seals and opens with one key. `label` says what is sealed: moved to another place, it doesn't open."""

    def __init__(self, secret_key: str) -> None:
        key = hkdf.HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(
            secret_key.encode()
        )
        self._cipher = aead.AESGCM(key)

    def seal(self, text: str, label: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), label.encode())

    def open(self, sealed: bytes, label: str) -> str:
        """What was sealed; raises `Unopenable`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode()).decode()
        except (exceptions.InvalidTag, ValueError) as refusal:
            raise Unopenable from refusal
