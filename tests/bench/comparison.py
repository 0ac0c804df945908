"""Comparing two full-length versions, against the standard library's `difflib.HtmlDiff`; and the page that shows it.

Both only compute, so processor time is taken: it doesn't count what else the machine does.
"""

from __future__ import annotations

import difflib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.assistants import service
from app.assistants.spec import INSTRUCTIONS_LENGTH
from app.core.actors import Origin
from app.texts.comparison import compare
from tests import factories
from tests.bench.ground import edited, full_text, greenroom, signed_in
from tests.bench.measure import Line, pair, ready, size

GROUP = "Comparing two versions of 256,000 characters"
BAR = 0.1
CLOCK = time.process_time
# The bound of `texts.matching` on its work, told in a time: so many times that of 200 scattered edits.
WORST_BAR = 50.0
PAGE_BAR_BYTES = 2_000_000


def texts() -> dict[str, tuple[str, str]]:
    """Pairs of versions, each under what happened between them."""
    before = full_text()
    rng = random.Random(5)
    one_line = before.replace("\n", " ")
    return {
        "200 scattered edits": (before, edited(before, rng, edits=200)),
        "a full rewrite": (before, full_text(seed=2)),
        "one line of 256,000 characters, 200 edits": (one_line, edited(one_line, rng, edits=200)),
        "one line, a full rewrite": (one_line, full_text(seed=2).replace("\n", " ")),
        "one letter against another": ("a" * INSTRUCTIONS_LENGTH, "b" * INSTRUCTIONS_LENGTH),
    }


def lines(folder: Path, *, rounds: int) -> Iterator[Line]:
    pairs = texts()
    (first, (before, after)), *_ = pairs.items()
    against = ready(lambda: difflib.HtmlDiff().make_table(before.splitlines(), after.splitlines()))
    ours = ready(lambda: compare(before, after))
    yield pair(GROUP, f"{first} against HtmlDiff", ours, against, bar=BAR, rounds=rounds, warm_up=1, clock=CLOCK)
    for name, (old, new) in list(pairs.items())[1:]:
        yield pair(
            GROUP,
            f"{name}, against {first}",
            ready(_comparing(old, new)),
            ours,
            bar=WORST_BAR,
            rounds=rounds,
            clock=CLOCK,
        )
    yield from _page_lines(folder, pairs)


def _comparing(old: str, new: str) -> Callable[[], object]:
    return lambda: compare(old, new)


def _page_lines(folder: Path, pairs: dict[str, tuple[str, str]]) -> Iterator[Line]:
    with greenroom(folder) as app:
        client = signed_in(app)
        for name, (old, new) in pairs.items():
            with app.app_context():
                assistant_id = factories.make_assistant(instructions=old).id
                service.update(assistant_id, {"instructions": new}, actor=factories.EDITOR, origin=Origin.PAGE)
            answer = client.get(f"/assistants/{assistant_id}/compare", query_string={"from": 1, "to": 2})
            assert answer.status_code == 200, f"The comparison of {name} answers {answer.status_code}."
            yield size(GROUP, f"the page: {name}, of 2 MB", len(answer.data), PAGE_BAR_BYTES, 1.0)
