"""Writing a file all or nothing: whoever looks sees the old one or the whole new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import Invalid

# Readable by its owner alone: what is written holds other people's texts.
PRIVATE = 0o600


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new, empty file beside `path`, to be filled in the block; it takes the place of `path` when that ends well."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise Invalid.one("file", None, f"{path} is not an ordinary file. Name another one.")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except OSError as refusal:
        raise Invalid.one("file", None, f"{path} can't be written: {refusal.strerror}.") from None
    try:
        yield partial
        _settle(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Have the file on the disk before its name points to it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
