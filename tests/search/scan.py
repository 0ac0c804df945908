"""The answers, found by reading every text with plain regular expressions: nothing here asks the index or its words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
# Where a word ends: before anything that is no letter, no digit, and no sign of a vowel.
EDGE = r"(?![^\W_]|[\u0900-\u0dff])"
BEGIN = r"(?<![^\W_])(?<![\u0900-\u0dff])"


@dataclass(frozen=True)
class Asked:
    """A question as it is typed, and what has to be in the text for each of its terms, or must not be."""

    typed: str
    has: list[str]
    has_not: list[str] = field(default_factory=list)


def word(text: str) -> str:
    """The words of `text` next to each other, with nothing but separators between them."""
    return BEGIN + r"[\W_]+".join(re.escape(part) for part in text.split()) + EDGE


def begin(text: str) -> str:
    return BEGIN + re.escape(text)


QUESTIONS = [
    Asked("refund", [word("refund")]),
    Asked("Reader DECIDES", [word("reader"), word("decides")]),
    Asked('"unless the question is about safety"', [word("unless the question is about safety")]),
    Asked('"question is" safety -customers', [word("question is"), word("safety")], [word("customers")]),
    Asked("volunt*", [begin("volunt")]),
    Asked('"two sour"* -deu*', [BEGIN + r"two[\W_]+sour"], [begin("deu")]),
    Asked("francais reponds", [word("francais"), word("reponds")]),
    Asked("RÉPONDS", [word("reponds")]),
    Asked("العربية", [word("العربية")]),
    Asked('"فأجب بالعربية"', [word("فاجب بالعربية")]),
    Asked("أهلا", [word("اهلا")]),
    Asked("日本語", ["日本語"]),
    Asked('"質問が日本語なら" 答え', ["質問が日本語なら", "答え"]),
    Asked("必须", ["必须"]),
    Asked("спрашивают по-русски", [word("спрашивают"), word("по русски")]),
    Asked("🚩 🙏", ["🚩", "🙏"]),
    Asked("customer_name agent", [word("customer name"), word("agent")]),
    Asked("<question>", [word("question")]),
    Asked('"topic": beekeeping', [word("topic"), word("beekeeping")]),
    Asked("सहायक", [word("सहायक")]),
    Asked("cafe naive", [word("cafe"), word("naive")]),
    Asked("한국어", [word("한국어")]),
    Asked("fensterrahmenbesch*", [begin("fensterrahmenbesch")]),
    Asked('"leave out words the reader may not know because the reader decides with it"',
          [word("leave out words the reader may not know because the reader decides with it")]),
    Asked("-the", [], [word("the")]),
    Asked("14 -json -\"the date\" AND", [word("14"), word("and")], [word("json"), word("the date")]),
    Asked("$ -€", [r"\$"], ["€"]),
]  # fmt: skip


def plain(text: str) -> str:
    """Without accents and case. Signs that make another letter, as the voicing of kana, stay."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text.replace("™", " "))
    dropped = {each: None for each in map(ord, set(letters)) if not _counts(chr(each))}
    return unicodedata.normalize("NFC", letters.translate(dropped).casefold())


def _counts(character: str) -> bool:
    if unicodedata.combining(character) not in {0, 7, 8, 9} or unicodedata.category(character) == "Cf":
        return False
    return not re.match("[\ufe00-\ufe0f\u0640\U0001f3fb-\U0001f3ff]", character)


def plain_fields(row: Row) -> list[str]:
    """The three texts of a row, ready to be scanned."""
    return [plain(row[name] or "") for name in ("name", "description", "instructions")]


def matching(rows: dict[str, list[str]], asked: Asked) -> set[str]:
    """The ids of those, by id, whose plain fields hold all of `has` and nothing of `has_not`."""
    return {each for each, texts in rows.items() if _holds(texts, asked)}


def _holds(texts: list[str], asked: Asked) -> bool:
    def somewhere(pattern: str) -> bool:
        return any(re.search(pattern, text) for text in texts)

    return all(map(somewhere, asked.has)) and not any(map(somewhere, asked.has_not))
