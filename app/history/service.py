"""What staff and scripts ask of a history: its rows with summaries, where a sentence was, a section to go on with.

Versions are read through `assistants.versions` and never changed; restoring one is a verb of `assistants.service`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.assistants import service as assistants
from app.assistants import versions
from app.assistants.models import Assistant, AssistantVersion
from app.assistants.spec import AssistantSpec
from app.core.errors import NotFound
from app.core.paging import Page, Window
from app.editing import service as editing
from app.history.sections import with_section
from app.texts.packing import Damaged
from app.texts.summary import summary
from app.texts.text import as_browser_sends


@dataclass(frozen=True, slots=True)
class Row:
    """A version, and in words what it changed against the one before."""

    version: AssistantVersion
    summary: str


@dataclass(frozen=True, slots=True)
class Span:
    """Versions in which a text stood without a break: from `first` on, until it was `gone`, None while it is live."""

    first: AssistantVersion
    gone: AssistantVersion | None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a state of an assistant, and the version it is; None for a working copy."""

    name: str
    spec: AssistantSpec
    version: AssistantVersion | None


def list_page(assistant: Assistant, window: Window, chosen: versions.Filter | None = None) -> Page[Row]:
    """One page of the history. Places in `window` are (number,)."""
    page = versions.list_page(assistant, window, chosen)
    rows = [Row(version, words) for version, words in zip(page.items, _summaries(assistant, page.items), strict=True)]
    return Page(rows, page.has_more, page.backwards, page.has_behind)


def summary_of(assistant: Assistant, version: AssistantVersion) -> str:
    """What one version changed, in words."""
    return next(_summaries(assistant, [version]))


def spans(assistant: Assistant, sentence: str) -> list[Span]:
    """Every stretch of versions whose instructions hold `sentence`, the oldest first. Kinds of newline don't count."""
    wanted = as_browser_sends(sentence)
    found: list[tuple[int, int | None]] = []
    start = None
    for number, text in versions.texts(assistant):
        there = text is not None and wanted in as_browser_sends(text)
        if there and start is None:
            start = number
        elif not there and start is not None:
            found.append((start, number))
            start = None
    if start is not None:
        found.append((start, None))
    numbers = {number for stretch in found for number in stretch if number is not None}
    known = versions.some(assistant, numbers)
    return [Span(known[first], known[gone] if gone else None) for first, gone in found]


def bring_section(assistant_id: str, number: int, index: int, *, person_id: int) -> str:
    """Put a section of an earlier version into what the person has unsaved, or else into the live text.

    Returns its title. Nothing is published by it. Raises `NotFound`, and `Conflict` when another tab of the person
    keeps something at the same moment.
    """
    assistant = assistants.get(assistant_id)
    source = versions.spec_of(versions.get(assistant, number)).instructions
    copy = editing.working_copy(person_id, assistant_id)
    base_version = copy.base_version if copy else assistant.version
    base = versions.spec_of(versions.get(assistant, base_version or assistant.version))
    form = copy.form if copy else editing.form_of(base)
    text, title = with_section(editing.drafted(form, base).instructions or "", source or "", index)
    editing.keep(
        person_id,
        assistant_id,
        editing.with_instructions(form, base, text),
        base_version=base_version,
        revision=copy.revision if copy else None,
    )
    return title


def side(assistant: Assistant, name: str, *, person_id: int | None) -> Side:
    """What `name` means in a comparison: a version's number, `live`, or the person's own working copy, `mine`."""
    if name == "mine":
        return _own_side(assistant, person_id)
    if name == "live":
        number = assistant.version
    elif name.isascii() and name.isdigit() and len(name) < 10:
        number = int(name)
    else:
        raise NotFound("A comparison is between numbers of versions, “live” and “mine”.")
    version = versions.get(assistant, number)
    live = " (live)" if number == assistant.version else ""
    return Side(f"Version {number}{live}", versions.spec_of(version), version)


def _own_side(assistant: Assistant, person_id: int | None) -> Side:
    copy = editing.working_copy(person_id, assistant.id) if person_id else None
    if copy is None:
        raise NotFound("You have no unsaved changes of this assistant.")
    base = versions.spec_of(versions.get(assistant, copy.base_version or assistant.version))
    return Side("Your unsaved changes", editing.drafted(copy.form, base), None)


def _summaries(assistant: Assistant, listed: list[AssistantVersion]) -> Iterator[str]:
    """The summary of each version. A text is unpacked once, and only where it changed."""
    known = {version.number: version for version in listed}
    known |= versions.some(assistant, {number - 1 for number in known} - known.keys())
    changed = {
        version.number
        for version in listed
        if version.number - 1 in known and _changes_text(known[version.number - 1], version)
    }
    try:
        texts = versions.texts_of(assistant, changed | {number - 1 for number in changed})
    except Damaged:
        # The others can still be read and restored.
        yield from ("It can't be told what changed: a stored text is damaged." for _ in listed)
        return
    for version in listed:
        before = known.get(version.number - 1)
        read = texts if version.number in changed else {}
        yield summary(_fields(before, read) if before else None, _fields(version, read))


def _changes_text(before: AssistantVersion, after: AssistantVersion) -> bool:
    # No text and an empty one look the same here.
    same = before.instructions_sha256 == after.instructions_sha256
    return not same or after.instructions_length == 0


def _fields(version: AssistantVersion, texts: dict[int, str | None]) -> dict[str, object]:
    """The version's fields; a text that needn't be read is left out, as on the other side of the comparison."""
    return {**version.settings, "instructions": texts.get(version.number)}
