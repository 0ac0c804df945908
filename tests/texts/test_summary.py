"""The summary says in words what changed, and stays short whatever did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.summary import LONGEST, summary

SPEC = {
    "name": "Refunds", "description": None, "model": "gpt-5", "tools": [], "top_p": 1.0, "temperature": 1.0,
    "instructions": "# Greeting\n\nSay hello.\n\n# Refunds\n\nWithin 14 days.\n\n# Press\n\nNever.\n",
    "reasoning_effort": None, "tool_resources": {}, "metadata": {}, "response_format": "auto",
}  # fmt: skip
SEARCH = {"type": "file_search"}
LOOK_UP = {"type": "function", "function": {"name": "look_up", "parameters": {}}}


def changed(**changes):
    return summary(SPEC, SPEC | changes)


def edited(old, new):
    return changed(instructions=SPEC["instructions"].replace(old, new))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"temperature": 0.2}, "Temperature 1 to 0.2"),
        ({"temperature": 0.2, "top_p": 0.5}, "Temperature 1 to 0.2; top P 1 to 0.5"),
        ({"name": "Returns"}, "Name Refunds to Returns"),
        ({"name": None}, "Name removed: Refunds"),
        ({"description": "New"}, "Description added"),
        ({"reasoning_effort": "low"}, "Reasoning effort added: low"),
        ({"response_format": {"type": "json_object"}}, "Answer format auto to json_object"),
        ({"tools": [SEARCH]}, "Tool added: file search"),
        ({"tools": [SEARCH, LOOK_UP]}, "Tools added: file search, function look_up"),
        ({"metadata": {"team": "desk"}}, "Metadata changed: team"),
        ({"metadata": dict.fromkeys("abcde", "x")}, "Metadata changed: a, b, c and 2 more keys"),
        ({"instructions": None}, "Instructions removed (68 characters)"),
    ],
)
def test_fields(changes, words):
    assert changed(**changes) == words


def test_tools():
    before = SPEC | {"tools": [SEARCH, LOOK_UP]}
    assert summary(before, SPEC | {"tools": [LOOK_UP]}) == "Tool removed: file search"
    assert summary(before, SPEC | {"tools": [LOOK_UP, SEARCH]}) == "Order of tools changed"
    other = LOOK_UP | {"function": {"name": "look_up", "parameters": {"type": "object"}}}
    assert summary(before, SPEC | {"tools": [SEARCH, other]}) == "Tool changed: function look_up"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("14 days", "14 working days", "Instructions: +8 characters in “Refunds”"),
        ("14", "30", "Instructions: +2 −2 characters in “Refunds”"),
        ("Never.\n", "", "Instructions: −7 characters in “Press”"),
        ("# Press", "# Late\n\nAsk.\n\n# Press", "Instructions: +14 characters in “Late”"),
        ("\n\n# Press\n\nNever.\n", "\n", "Instructions: −17 characters in “Press”"),
        ("\n", "\r\n", "Instructions: only line endings changed"),
        ("# Greeting\n", "Hi.\n# Greeting\n", "Instructions: +4 characters"),
    ],
)
def test_instructions(old, new, words):
    assert edited(old, new) == words


def test_sections_beyond_three_are_counted():
    before = "".join(f"# Part {number}\nsome words here\n" for number in range(5))
    after = before.replace("words", "other words")
    assert summary({"instructions": before}, {"instructions": after}) == (
        "Instructions: +30 characters in “Part 0”, “Part 1”, “Part 2” and 2 more sections"
    )


def test_a_rewrite_of_much_is_told_by_lines_and_much_of_little_has_no_sections():
    before = "# Top\n" + "".join(f"Line {number} of the text as it was.\n" for number in range(3_000))
    after = before.replace("text as it was", "text as it is")
    assert summary({"instructions": before}, {"instructions": after}) == (
        f"Instructions: +{len(after) - 6:,} \u2212{len(before) - 6:,} characters in “Top”"
    )
    assert summary({"instructions": before[:4_000]}, {"instructions": after[:4_000]}).startswith("Instructions: +384 ")
    many = "# Top\n" + "a\n" * 20_000
    assert summary({"instructions": many}, {"instructions": many + "b\n"}) == "Instructions: +2 characters"


def test_the_first_version():
    assert summary(None, SPEC) == "First version"


LONG_NAME = {"type": "function", "function": {"name": "x" * 64}}
TEXT = st.none() | st.text(max_size=400)
FIELDS = st.fixed_dictionaries({
    "name": TEXT, "description": TEXT, "model": st.text(min_size=1, max_size=256), "instructions": TEXT,
    "temperature": st.floats(0, 2), "top_p": st.floats(0, 1),
    "reasoning_effort": st.sampled_from([None, "low", "none"]),
    "metadata": st.dictionaries(st.text(max_size=64), st.text(max_size=20), max_size=16),
    "tools": st.lists(st.sampled_from([SEARCH, LOOK_UP, LONG_NAME]), max_size=3),
    "response_format": st.sampled_from(["auto", {"type": "json_object"}, {"type": "json_schema", "json_schema": {}}]),
})  # fmt: skip


@given(FIELDS, FIELDS)
def test_it_is_short_and_speaks_whenever_something_changed(before, after):
    words = summary(before, after)
    assert len(words) <= LONGEST
    assert bool(words) == (before != after)
    assert "\n" not in words
