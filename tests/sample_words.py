"""Names, descriptions and instructions in the manner people write them, put together at random.

Nothing here is difficult beyond what everyday prompts hold: sections, lists, tables, tags, braces, code, a line
in another language. What is difficult on purpose lives in `tests.difficult`.
"""

import random

_SUBJECTS = [
    "Billing", "Delivery", "Onboarding", "Press", "Recipe", "Travel", "Warehouse", "Library", "Grant",
    "Museum tour", "Bug report", "Spare parts", "Rota", "Tender", "Allotment", "Choir", "Harbour", "Beekeeping",
]  # fmt: skip
_ROLES = [
    "assistant",
    "reviewer",
    "coach",
    "summariser",
    "translator",
    "planner",
    "checker",
    "tutor",
    "editor",
]
_READERS = [
    "new colleagues",
    "customers",
    "volunteers",
    "engineers",
    "parents",
    "tenants",
    "visitors",
    "buyers",
]
_VERBS = ["Check", "Name", "Quote", "Count", "Shorten", "Compare", "Repeat", "Sort", "Leave out", "Explain"]
_THINGS = [
    "the date", "every amount with its currency", "the source", "what is still open", "the next step",
    "words the reader may not know", "the rule that applies", "two options at most", "the person in charge",
]  # fmt: skip
_REASONS = [
    "because the reader decides with it", "before anything else", "unless the question is about safety",
    "in one sentence", "even if nobody asked", "so that nobody has to write twice", "when two sources differ",
]  # fmt: skip
_ELSEWHERE = [
    "Réponds en français si la question est en français.",
    "Antworte auf Deutsch, wenn die Frage auf Deutsch gestellt ist.",
    "質問が日本語なら、日本語で答えます。",
    "إذا كان السؤال بالعربية فأجب بالعربية.",
    "Если спрашивают по-русски, отвечай по-русски.",
    "\U0001f6a9 Stop and ask when an amount is missing. \U0001f64f\U0001f3fe",
]


def name(rng: random.Random) -> str:
    return f"{rng.choice(_SUBJECTS)} {rng.choice(_ROLES)}"


def description(rng: random.Random) -> str:
    return f"A {rng.choice(_ROLES)} for {rng.choice(_READERS)}. {_sentence(rng)}"


def prose(rng: random.Random, length: int) -> str:
    """Instructions of exactly `length` code points."""
    blocks = [f"You are a {rng.choice(_ROLES)} who writes for {rng.choice(_READERS)}."]
    written = len(blocks[0])
    while written < length:
        blocks.append(rng.choice(_BLOCKS)(rng))
        written += 2 + len(blocks[-1])
    return "\n\n".join(blocks)[:length]


def _sentence(rng: random.Random) -> str:
    return f"{rng.choice(_VERBS)} {rng.choice(_THINGS)} {rng.choice(_REASONS)}."


def _paragraph(rng: random.Random) -> str:
    return " ".join(_sentence(rng) for _ in range(rng.randint(2, 5)))


def _section(rng: random.Random) -> str:
    return f"## {rng.choice(_SUBJECTS)}\n\n{_paragraph(rng)}"


def _bullets(rng: random.Random) -> str:
    return "\n".join(f"- {_sentence(rng)}" for _ in range(rng.randint(2, 6)))


def _steps(rng: random.Random) -> str:
    return "\n".join(f"{number}. {_sentence(rng)}" for number in range(1, rng.randint(3, 7)))


def _table(rng: random.Random) -> str:
    rows = [f"| {rng.choice(_SUBJECTS)} | {_sentence(rng)} |" for _ in range(rng.randint(1, 4))]
    return "\n".join(["| Case | What to do |", "| --- | --- |", *rows])


def _tagged(rng: random.Random) -> str:
    return f"<example>\n<question>{{{{question}}}}</question>\n<answer>{_sentence(rng)}</answer>\n</example>"


def _code(rng: random.Random) -> str:
    return f'```json\n{{"topic": "{rng.choice(_SUBJECTS)}", "open": [], "sure": {rng.random():.2f}}}\n```'


def _elsewhere(rng: random.Random) -> str:
    return rng.choice(_ELSEWHERE)


_BLOCKS = [_paragraph, _paragraph, _section, _bullets, _steps, _table, _tagged, _code, _elsewhere]
