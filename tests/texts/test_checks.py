"""Checks find what they name and where it is, stay quiet about what is fine, and finish on any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.texts.characters import CLEANABLE, clean
from app.texts.checks import check, check_sampling
from app.texts.notices import MOST_SPANS, Kind
from tests.difficult import DIFFICULT_TEXTS

LONG = 100_000
SECRET = "Zx9" + "kQ7mT2vB4nR8wL1pY6cD3" * 2


def found(text, kind, **switched_on):
    """The texts of all places that notices of one kind mean."""
    return [
        text[span.start : span.end]
        for notice in check(text, **switched_on)
        if notice.kind is kind
        for span in notice.spans
    ]


def kinds(text, **switched_on):
    return {notice.kind for notice in check(text, **switched_on)}


@pytest.mark.parametrize(
    ("text", "kind", "places"),
    [
        ("zero\u200bwidth", Kind.INVISIBLE, ["\u200b"]),
        ("\ufeffstart", Kind.INVISIBLE, ["\ufeff"]),
        ("soft\u00adhyphen", Kind.INVISIBLE, ["\u00ad"]),
        ("joi\u200dned and a\u200cb", Kind.INVISIBLE, ["\u200d", "\u200c"]),
        ("hi\U000e0068\U000e0069", Kind.INVISIBLE, ["\U000e0068\U000e0069"]),
        ("x\U000e0101\U000e0102", Kind.INVISIBLE, ["\U000e0101\U000e0102"]),
        ("\U0001f469\u200d and on", Kind.INVISIBLE, ["\u200d"]),
        ("10\u00a0km", Kind.NO_BREAK_SPACE, ["\u00a0"]),
        ("bell\x07\x9f", Kind.CONTROL, ["\x07", "\x9f"]),
        ("a\u2028b", Kind.CONTROL, ["\u2028"]),
        ("left\u202eright", Kind.DIRECTION, ["\u202e"]),
        ("\u200fleft", Kind.DIRECTION, ["\u200f"]),
        ("a\ufffdb", Kind.LOST, ["\ufffd"]),
        ("\u201cyes\u201d and \"no\"", Kind.QUOTES, ["\u201c", "\u201d"]),
        ("text\n```js\ncode", Kind.FENCE, ["```js"]),
        ("<example>\ntext", Kind.TAG, ["<example>"]),
        ("<a x=\"1\">\n<b>\ntext\n</b>", Kind.TAG, ['<a x="1">']),
        ("text</example>", Kind.TAG, ["</example>"]),
        ("Ask. TODO: whom? FIXME", Kind.LEFT_OVER, ["TODO", "FIXME"]),
        ("I am [YOUR NAME] of [insert company here], [COMPANY_NAME].", Kind.LEFT_OVER,
         ["[YOUR NAME]", "[insert company here]", "[COMPANY_NAME]"]),
        ("Greet {{customer}} and {{ agent.name }}", Kind.VARIABLE, ["{{customer}}", "{{ agent.name }}"]),
        ("Use file search, then code_interpreter.", Kind.TOOL, ["code_interpreter", "file search"]),
        ("Call the function `look_up` or the `send()` tool.", Kind.TOOL, ["look_up", "send"]),
        (f"key sk-{SECRET}.", Kind.LEAK, [f"sk-{SECRET}"]),
        (f"gr_{SECRET} AKIAIOSFODNN7EXAMPL3 ghp_{SECRET}", Kind.LEAK,
         [f"gr_{SECRET}", "AKIAIOSFODNN7EXAMPL3", f"ghp_{SECRET}"]),
        (f"xoxb-123-{SECRET}", Kind.LEAK, [f"xoxb-123-{SECRET}"]),
        (f"Authorization: Bearer {SECRET}", Kind.LEAK, [SECRET]),
        ("-----BEGIN RSA PRIVATE KEY-----", Kind.LEAK, ["-----BEGIN RSA PRIVATE KEY-----"]),
        ("The password is hunter2x. Password: 'abc123'", Kind.LEAK, ["hunter2x.", "abc123"]),
    ],
)  # fmt: skip
def test_places(text, kind, places):
    assert found(text, kind) == places


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم کتاب\u200cها", "क्\u200dष",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f\u200d\U0001f525",
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "1\ufe0f\u20e3", "葛\U000e0100",
        "ภาษา\u200bไทย", "עולם\u200e abc \u2067x\u2069", "\u201conly curly\u201d, it\u2019s", "\"only straight\", it's",
        "```\ncode\n```", "~~~\n```\n~~~", "<a>\n<b>x</b>\n</a>", "<a>\nPut it in <b> tags or <a> tags.\n</a>",
        "Say `</b>` at the end.", "```\n</a>\n```", "one<br>two\n<hr>\n<br/>", "Fill <name> in.", "if a < b and b > c:",
        "a todo list", "[link](https://example.org)", "[YOUR NAME](x)", "- [ ] to do\n- [x] done", "[1] and [a]",
        "XXX-XXX-1234",
        "{single} {} {{}}", "ask-me-anything-about-everything-here", "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "Password: required", "password: <your password>", "The password is secret.", "Short.\n\nShort.\n\nShort.",
        "Bearer of good tidings and everything else", "A line\nof one paragraph\r\n\r\nand another",
    ],
)  # fmt: skip
def test_what_is_fine(text):
    assert kinds(text) == set()


def test_paragraphs_that_repeat():
    paragraph = "Refunds take fourteen days from the day\nthe parcel arrives."
    text = f"{paragraph}\n\nOther.\n \n{paragraph}  \r\n\r\n{paragraph}."
    (notice,) = check(text)
    assert [(span.start, span.end) for span in notice.spans] == [(len(paragraph) + 11, 2 * len(paragraph) + 11)]
    assert (
        notice.message
        == "1 paragraph word for word as before: “Refunds take fourteen days from the day the parcel arrives.”."
    )


def test_what_is_switched_on_is_not_missing():
    text = "Use file search and the code interpreter. Call the function `look_up` or the `file_search` tool."
    assert kinds(text, tools=["code_interpreter", "file_search"], functions=["look_up"]) == set()
    assert len(found(text, Kind.TOOL, tools=["file_search"], functions=[])) == 2


def test_temperature_and_top_p():
    assert check_sampling(0.2, 1.0) == check_sampling(1.0, 0.5) == []
    assert [notice.kind for notice in check_sampling(0.2, 0.5)] == [Kind.SAMPLING]


def test_no_message_repeats_a_secret():
    assert all(SECRET not in notice.message for notice in check(f"password: {SECRET}\nsk-{SECRET}"))


def test_messages_name_what_is_there():
    (notice,) = check("a\u200b\u200b\ufeffb")
    assert notice.message == (
        "3 invisible characters: zero width space, byte order mark. People don't see them, a model reads them."
    )


def test_many_places_are_counted_and_the_first_told():
    (notice,) = check("\u00a0 " * 1_000)
    assert notice.count == 1_000
    assert len(notice.spans) == MOST_SPANS
    assert notice.spans[0].start == 0


def test_cleaning_takes_only_what_it_is_told():
    text = '\ufeff\u201cIt\u2019s\u201d 10\u00a0km,\u200b "so"\x07 می\u200cخواهم \U0001f469\u200d\U0001f680\u202e'
    assert clean(text, []) == text
    assert clean(text, [Kind.NO_BREAK_SPACE]) == text.replace("\u00a0", " ")
    assert clean(text, [Kind.QUOTES]) == text.replace("\u201c", '"').replace("\u201d", '"').replace("\u2019", "'")
    assert clean(text, CLEANABLE) == '"It\'s" 10 km, "so" می\u200cخواهم \U0001f469\u200d\U0001f680'
    assert clean("a\u2028b\x85c", [Kind.CONTROL]) == "a\nb\nc"
    assert clean("a\ufffdb", list(Kind)) == "a\ufffdb"


@given(st.text() | st.sampled_from(list(DIFFICULT_TEXTS.values())))
def test_what_was_cleaned_is_clean(text):
    cleaned = clean(text, CLEANABLE)
    assert not kinds(clean(cleaned, CLEANABLE)) & {*CLEANABLE}
    if not kinds(text) & {*CLEANABLE}:
        assert cleaned == text


@given(st.text(alphabet='<>/ab`~{}[]TODO \n\r\u200b"\u201d:=-', max_size=200))
def test_places_lie_in_the_text(text):
    for notice in check(text):
        assert notice.count >= len(notice.spans) > 0
        assert list(notice.spans) == sorted(notice.spans)
        assert all(0 <= span.start < span.end <= len(text) for span in notice.spans)
        assert notice.message.endswith((".", "\ufffd."))


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_and_the_same_answer_twice(text):
    assert check(text) == check(text)


@pytest.mark.parametrize(
    "unit",
    ["\n", " ", "\n ", "<", "<a>", "<a>\n", "</a>\n", "<a ", "`", "```\n", "[", "[your ", "[AB_", "{{", "{{a ",
     "sk-", "eyJa.",
     "eyJaaaaaaaaaaa.", "a", "password: ", "password:", "bearer ",
     "bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "-----BEGIN ",
     "A ",
     "\u200b", "\U0001f469\u200d", "\U0001f3f4\U000e0067", "\u00a0", "\u201c\"", "TODO ", "function `", "function `a` ",
     "x\r\n",
     "file search ", "xoxb-1-", "gh", "secret is ", "\t", "lorem ipsum "],
)  # fmt: skip
def test_no_text_makes_the_checks_slow(unit):
    """Ten times the text may cost no more than some thirty times the work; a square would be a hundred.

    The least of three runs counts, which is what the work costs when nothing else disturbs it.
    """

    def once(text):
        start = time.process_time()
        check(text)
        clean(text, CLEANABLE)
        return time.process_time() - start

    def seconds(text):
        return min(once(text) for _ in range(3))

    short, long = (unit * (length // len(unit)) for length in (LONG // 10, LONG))
    assert seconds(long) < 30 * max(seconds(short), 0.005)
