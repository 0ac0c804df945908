"""Labels, by which staff group assistants: names in the assistant's own metadata, so that scripts see them too.

They stand under one key, separated by commas, and keep their order. Which assistants have a label is found in `index`.
"""

from __future__ import annotations

from collections.abc import Mapping

KEY = "labels"


def labels_of(metadata: Mapping[str, str]) -> list[str]:
    """The labels in `metadata`, each once, trimmed. Names that differ in case alone are one label."""
    found: dict[str, str] = {}
    for part in metadata.get(KEY, "").split(","):
        if name := " ".join(part.split()):
            found.setdefault(folded_label(name), name)
    return list(found.values())


def with_label(metadata: Mapping[str, str], name: str) -> dict[str, str]:
    """The metadata with the label, or the labels that commas separate; unchanged where all are there already."""
    have = labels_of(metadata)
    come = labels_of({KEY: ",".join([*have, name])})
    return _with(metadata, come) if len(come) > len(have) else dict(metadata)


def without_label(metadata: Mapping[str, str], name: str) -> dict[str, str]:
    """The metadata without the label, or the labels that commas separate; without the key when none is left."""
    gone = {folded_label(label) for label in labels_of({KEY: name})}
    have = labels_of(metadata)
    kept = [label for label in have if folded_label(label) not in gone]
    return _with(metadata, kept) if len(kept) < len(have) else dict(metadata)


def folded_label(name: str) -> str:
    """What makes two names one label: white space and case don't count."""
    return " ".join(name.split()).casefold()


def _with(metadata: Mapping[str, str], labels: list[str]) -> dict[str, str]:
    """The order of the other keys stays. Whether the value is too long, or a key too many, is said by the spec."""
    changed = dict(metadata) | {KEY: ", ".join(labels)}
    if not labels:
        del changed[KEY]
    return changed
