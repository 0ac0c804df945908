"""How a version's text is kept: whole, as its UTF-8 bytes. What reads a version goes through here."""

from __future__ import annotations


def pack(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def unpack(packed: bytes | None) -> str | None:
    return None if packed is None else packed.decode()
