"""How new what the present client reads has to be, where a replica may be asked: at least as new as its own last write.

A position is a place in the primary's write-ahead log, in bytes. It is kept with the key or the person, which every
request reads from the primary, so it holds on every node. It travels beside the calls, as the address does.
"""

from __future__ import annotations

from contextvars import ContextVar

# None: only the primary will do. So it is for commands, and until it is known who asks.
_needed: ContextVar[int | None] = ContextVar("greenroom_needed", default=None)
_wrote: ContextVar[bool] = ContextVar("greenroom_wrote", default=False)


def forget() -> None:
    """Nobody is known to ask; for the beginning and the end of a request."""
    _needed.set(None)
    _wrote.set(False)


def asked_by_one_who_wrote_up_to(position: int | None) -> None:
    """It is known who asks, and how far the log went after their last write; None, if they never wrote."""
    if not _wrote.get():
        _needed.set(position or 0)


def written() -> None:
    """Something was committed. What is read from here on is read where it was written."""
    _needed.set(None)
    _wrote.set(True)


def needed() -> int | None:
    """The position a server must have reached to be read from; None, if only the primary will do."""
    return _needed.get()


def wrote() -> bool:
    """Whether anything was committed since `forget`."""
    return _wrote.get()
