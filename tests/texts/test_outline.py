"""The outline follows its rules, whatever the text, and takes no more than one walk through it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.outline import Section, outline, sections_between
from tests.difficult import DIFFICULT_TEXTS

LINES = [
    "# One",
    "## Two ##",
    "```",
    "~~~~",
    "````js",
    "<a>",
    "</a>",
    '<b x="1">',
    "</b>",
    "REFUNDS:",
    "text",
    "",
    "- LIST OF",
]
TEXTS = st.lists(st.sampled_from(LINES), max_size=30).map("\n".join) | st.text()


def found(text: str) -> list[tuple[str, int]]:
    return [(section.title, section.level) for section in outline(text)]


@pytest.mark.parametrize(
    ("line", "title", "level"),
    [
        ("# Refunds", "Refunds", 1),
        ("   ###### Deep\t", "Deep", 6),
        ("##\tTab", "Tab", 2),
        ("## Closed ##", "Closed", 2),
        ("## C#", "C#", 2),
        ("# # two", "# two", 1),
        ("REFUNDS", "REFUNDS", 2),
        ("HOW TO ANSWER:", "HOW TO ANSWER", 2),
        ("ΕΠΙΣΤΡΟΦΕΣ", "ΕΠΙΣΤΡΟΦΕΣ", 2),
        ("STEP 2 — ASK", "STEP 2 — ASK", 2),
        ("  INDENTED  ", "INDENTED", 2),
    ],
)
def test_headings(line, title, level):
    assert found(f"before\n{line}\nafter") == [(title, level)]


@pytest.mark.parametrize(
    "line",
    ["    # code", "#Title", "####### seven", "#", "## ##", "AB", "A B C", "A" * 81, "- LIST", "* LIST", "1 FIRST",
     "| CELL |",
     "> QUOTED", "NOT all CAPITALS", "返金対応", "<a>", "</a>", "<a", "<1a></1a>"],
)  # fmt: skip
def test_no_headings(line):
    assert found(line) == []


def test_fenced_code_holds_no_headings():
    assert found("```\n# code\n``\n~~~\n```\n# text") == [("text", 1)]
    assert found("~~~~\n# code\n~~~\n# code\n~~~~~ \n# text") == [("text", 1)]
    assert found("# text\n```python\n# unclosed\n``` x\n# code") == [("text", 1)]


def test_tags_nest():
    text = '<a>\n<b x="1" y="2">\n## In\n</b>\n<c>\n</a>\n<c>\n</c>\n<d>\nREFUNDS'
    assert found(text) == [("<a>", 1), ("<b>", 2), ("In", 2), ("<c>", 2), ("<c>", 1), ("REFUNDS", 2)]


def test_levels_of_tags_end_at_six():
    names = "abcdefgh"
    text = "\n".join([f"<{name}>" for name in names] + [f"</{name}>" for name in names[::-1]])
    assert [level for _, level in found(text)] == [1, 2, 3, 4, 5, 6, 6, 6]


def test_sections_run_to_the_next_heading():
    text = "before\r\n# Öne 👍\rone\r\n\r\n## Two\ntwo"
    sections = outline(text)
    assert sections == [Section("Öne 👍", 1, 8, 15), Section("Two", 2, 23, 10)]
    assert [text[section.start : section.end] for section in sections] == ["# Öne 👍\rone\r\n\r\n", "## Two\ntwo"]
    assert sections_between(sections, 0, 8) == []
    assert sections_between(sections, 0, 9) == sections_between(sections, 22, 23) == sections[:1]
    assert sections_between(sections, 22, 24) == sections
    assert sections_between(sections, 23, 24) == sections_between(sections, 32, 40) == sections[1:]


@given(TEXTS)
def test_sections_follow_on_each_other_to_the_end(text):
    sections = outline(text)
    assert [section.end for section in sections] == [*[section.start for section in sections[1:]], len(text)][
        : len(sections)
    ]
    for section in sections:
        assert section.size > 0
        assert 1 <= section.level <= 6
        assert section.title
        assert section.start == 0 or text[section.start - 1] in "\r\n"


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_newlines_of_any_kind_give_the_same_titles(text):
    whole = f"# One\n{text}\n## Two\n"
    assert found(whole) == found(whole.replace("\r\n", "\n").replace("\r", "\n"))


@pytest.mark.parametrize(
    "text",
    ["\n" * 256_000, "<a>\n" * 50_000 + "</a>\n" * 10_000, "#" * 256_000, "# " * 128_000, "<a" + " " * 255_000,
     '<a b="c"' * 32_000, "`" * 256_000, "```\n" * 64_000, "ABC\n" * 64_000, "</a>\n" * 50_000],
)  # fmt: skip
def test_the_longest_texts_finish(text):
    outline(text)
