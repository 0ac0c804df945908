"""Where a section of an earlier text goes in another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import NotFound
from app.core.moments import read_moment
from app.history.sections import with_section
from app.texts.outline import outline

TEXTS = st.lists(
    st.sampled_from(["# A\n", "# B\r", "# C\r\n", "x\n", "x\r", "x\r\n", "\n", "\r", "y"]), max_size=10
).map("".join)


@pytest.mark.parametrize(
    ("text", "source", "index", "result"),
    [
        ("# A\n1\n# B\n2\n", "# A\nold\n", 0, "# A\nold\n# B\n2\n"),
        ("# A\n1\n# B\n2\n", "# B\nold", 0, "# A\n1\n# B\nold"),
        ("# A\n1\n# B\n2\n", "# A\nold", 0, "# A\nold\n# B\n2\n"),
        ("# A\n1", "# C\nnew\n", 0, "# A\n1\n# C\nnew\n"),
        ("", "# C\nnew", 0, "# C\nnew"),
        ("# A\n1\n# A\n2\n", "# A\nx\n# A\ny\n", 1, "# A\n1\n# A\ny\n"),
        ("# A\n1\n", "# A\nx\n# A\ny\n", 1, "# A\ny\n"),
        ("before\n# A\n1\n", "front\n# A\nold\n", 0, "before\n# A\nold\n"),
        ("# A\r1\n# B\r\n2\r", "# A\r\nold\r", 0, "# A\r\nold\r# B\r\n2\r"),
        ("# A\r\n1\r", "# C\rnew\n", 0, "# A\r\n1\r# C\rnew\n"),
        ("# A\r\n1", "# C\rnew\n", 0, "# A\r\n1\r\n# C\rnew\n"),
    ],
)
def test_it_takes_the_place_of_its_namesake(text: str, source: str, index: int, result: str) -> None:
    assert with_section(text, source, index)[0] == result


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_nothing_of_either_text_is_altered(text: str, source: str, index: int) -> None:
    offered = outline(source)
    if index >= len(offered):
        return
    brought = source[offered[index].start : offered[index].end]
    result, title = with_section(text, source, index)
    assert title == offered[index].title
    assert any(
        result[start : start + len(brought)] == brought and around(result[:start], result[start + len(brought) :], text)
        for start in range(len(result))
    )


def around(before: str, after: str, text: str) -> bool:
    """Whether these are the ends of `text`, but for a newline more before a heading that needs a line of its own."""
    return (text.startswith(before) or text == before.rstrip("\r\n")) and text.endswith((after, after.lstrip("\r\n")))


@pytest.mark.parametrize("index", [-1, 1, 99])
def test_a_section_that_is_not_there(index: int) -> None:
    with pytest.raises(NotFound):
        with_section("# A\n", "# A\n", index)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1772357400", "2026-03-01T09:30:00.999999+00:00"),
        ("2026-03-01", "2026-03-01T23:59:59.999999+00:00"),
        ("2026-03-01T09:30", "2026-03-01T09:30:59.999999+00:00"),
        ("2026-03-01 09:30:05Z", "2026-03-01T09:30:05.999999+00:00"),
        ("2026-03-01T09:30:05.25+02:00", "2026-03-01T07:30:05.250000+00:00"),
        ("2026-03-01T09:30 02:00", "2026-03-01T07:30:59.999999+00:00"),
    ],
)
def test_a_moment_is_the_end_of_what_it_names(text: str, instant: str) -> None:
    assert read_moment(text).isoformat() == instant
