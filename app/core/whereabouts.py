"""From which address the work under way is asked for. Whoever takes a request in says it; the audit writes it down.

It travels beside the calls rather than through them: every verb would have to hand it on, and one that forgot would
lose it without a sound.
"""

from __future__ import annotations

from contextvars import ContextVar

# None for work that no request asked for, such as a command's.
ADDRESS: ContextVar[str | None] = ContextVar("greenroom_address", default=None)
