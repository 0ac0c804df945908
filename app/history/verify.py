"""Holding every stored version against what was written down about it: its text, its fields, and the live state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.assistants import service as assistants
from app.assistants import versions
from app.assistants.models import Assistant, AssistantVersion
from app.assistants.spec import AssistantSpec
from app.core.errors import NotFound
from app.texts.packing import Damaged
from app.texts.text import fingerprint


@dataclass(frozen=True, slots=True)
class Checked:
    """One version, and what is wrong with it; empty when it is as it was written."""

    assistant_id: str
    number: int
    fault: str = ""


def check_all() -> Iterator[Checked]:
    """Every version of every assistant, those in the trash too."""
    for assistant_id in assistants.every_id():
        assistant = assistants.find(assistant_id)
        if assistant is not None:
            yield from _check(assistant)


def _check(assistant: Assistant) -> Iterator[Checked]:
    for number, text in _texts(assistant):
        fault = text.message if isinstance(text, Damaged) else _fault(assistant, number, text)
        yield Checked(assistant.id, number, fault)


def _texts(assistant: Assistant) -> Iterator[tuple[int, str | Damaged | None]]:
    """Each version's text, or the damage in its place. The versions behind a damaged one are read all the same."""
    done = 0
    while done < assistant.version:
        try:
            for number, text in versions.texts(assistant, first=done + 1):
                done = number
                yield number, text
        except Damaged as damage:
            done += 1
            yield done, damage


def _fault(assistant: Assistant, number: int, text: str | None) -> str:
    try:
        version = versions.get(assistant, number)
    except NotFound:
        return "It is missing."
    except ValueError:
        return "Its settings can't be read."
    if fingerprint(text or "") != version.instructions_sha256:
        return "Its instructions differ from the SHA-256 they were written with."
    if len(text or "") != version.instructions_length:
        return "Its instructions differ from the length they were written with."
    if AssistantSpec.model_construct(**version.settings, instructions=text).fingerprint() != version.fingerprint:
        return "Its settings differ from the fingerprint they were written with."
    return _live_fault(assistant, version, text) if number == assistant.version else ""


def _live_fault(assistant: Assistant, version: AssistantVersion, text: str | None) -> str:
    """What sets the live state apart from its latest version."""
    if assistant.instructions != text:
        return "The live instructions differ from it."
    live = assistant.spec().fingerprint()
    if not live == assistant.fingerprint == version.fingerprint:
        return "The live settings differ from it."
    written = (assistant.instructions_length, assistant.instructions_sha256)
    if written != (version.instructions_length, version.instructions_sha256):
        return "The live length or SHA-256 differs from it."
    return ""
