"""Entries of the audit in words: what stands between who did it and when. Reading them is `service`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.audit.models import AuditEntry
from app.audit.service import PERSON_KINDS, Verb

Details: TypeAlias = dict[str, Any]

# Above the filters: what each verb is called there, in the order of the list.
LABELS = {
    Verb.ASSISTANT_CREATED: "Assistant created",
    Verb.ASSISTANT_UPDATED: "Assistant changed",
    Verb.ASSISTANT_DELETED: "Assistant deleted",
    Verb.ASSISTANT_UNDELETED: "Assistant restored from the trash",
    Verb.BATCH_CONFIRMED: "Batch confirmed",
    Verb.BATCH_UNDONE: "Batch undone",
    Verb.LIST_IMPORTED: "Assistants imported",
    Verb.LIST_EXPORTED: "Assistants exported",
    Verb.SIGN_IN_BEGUN: "Sign-in begun",
    Verb.SIGNED_IN: "Sign-in",
    Verb.SIGN_IN_FAILED: "Sign-in failed",
    Verb.SIGNED_OUT: "Sign-out",
    Verb.PASSWORD_CHANGED: "Password changed",
    Verb.SECOND_FACTOR_ADDED: "Second factor set up",
    Verb.SECOND_FACTOR_REFUSED: "Second factor refused",
    Verb.SECOND_FACTOR_REMOVED: "Second factor removed",
    Verb.RECOVERY_CODES_RENEWED: "Recovery codes renewed",
    Verb.PERSON_CREATED: "Person added",
    Verb.PERSON_INVITED: "Person invited",
    Verb.PERSON_CHANGED: "Person changed",
    Verb.PERSON_DEACTIVATED: "Person deactivated",
    Verb.PERSON_REACTIVATED: "Person reactivated",
    Verb.KEY_CREATED: "Key made",
    Verb.KEY_REVOKED: "Key revoked",
    Verb.KEY_REFUSED: "Key refused",
    Verb.MODEL_SAVED: "Model saved",
    Verb.MODEL_REMOVED: "Model removed",
    Verb.ACTIVITY_EXPORTED: "Activity exported",
}
DOORS = {
    "page": "on the page",
    "API": "by a script",
    "import": "by an import",
    "command line": "on the command line",
    "bulk": "in a batch",
    "restore": "by restoring a version",
    "example": "as an example",
}
FIELDS = {
    "response_format": "answer format",
    "reasoning_effort": "reasoning effort",
    "tool_resources": "files of tools",
    "top_p": "top P",
}
SCOPES = {"read": "reads", "write": "reads and writes"}
# Told without naming whom it was done to, where that is whoever did it.
ONESELF = {
    *(Verb.SIGNED_IN, Verb.SIGNED_OUT, Verb.PASSWORD_CHANGED, Verb.KEY_REFUSED, Verb.SECOND_FACTOR_ADDED),
    Verb.RECOVERY_CODES_RENEWED,
}
NO_SUBJECT = {Verb.LIST_IMPORTED, Verb.LIST_EXPORTED, Verb.ACTIVITY_EXPORTED}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in words: the deed, whom or what it was done to (None when that is said already), and the rest."""

    entry: AuditEntry
    deed: str
    subject: str | None
    rest: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.deed, self.subject) if part) + self.rest


def tell(entry: AuditEntry, name: str | None) -> Told:
    """The entry in words. `name` is what its subject is called now, if it is still known."""
    deed, rest = WORDS[Verb(entry.verb)](entry.details) if entry.verb in WORDS else (entry.verb, "")
    return Told(entry, deed, _subject(entry, name), rest)


def subject_kind(entry: AuditEntry) -> str:
    """What the subject is: a person, a key, an assistant …, whatever word the verb begins with."""
    return "person" if entry.subject_kind in PERSON_KINDS else entry.subject_kind


def _subject(entry: AuditEntry, name: str | None) -> str | None:
    if entry.verb in NO_SUBJECT or (entry.verb in ONESELF and entry.subject_id in {str(entry.actor_id), UNKNOWN}):
        return None
    if entry.subject_id == UNKNOWN:
        return "somebody unknown"
    then = entry.details.get("name")
    return name or (then[-1] if isinstance(then, list) else then) or entry.details.get("id") or entry.subject_id


def _only(deed: str) -> Callable[[Details], tuple[str, str]]:
    return lambda _details: (deed, "")


def _created(details: Details) -> tuple[str, str]:
    return "created", f" {_door(details)}"


def _updated(details: Details) -> tuple[str, str]:
    fields = [FIELDS.get(field, field) for field in details.get("fields", [])]
    return "changed", f": {_listed(fields)} (version {details.get('version')}, {_door(details)})"


def _confirmed(details: Details) -> tuple[str, str]:
    return "confirmed batch", f" ({_assistants(details.get('assistants', 0))})"


def _undone(details: Details) -> tuple[str, str]:
    return "undid batch", f" by batch {details.get('by')} ({_assistants(details.get('assistants', 0))})"


def _imported(details: Details) -> tuple[str, str]:
    counts = [f"{count} {verdict}" for verdict, count in details.items() if count]
    return f"imported a list: {_listed(counts) or 'no rows'}", ""


def _exported(details: Details) -> tuple[str, str]:
    return f"exported {_assistants(details.get('count', 0))}", ""


def _key_created(details: Details) -> tuple[str, str]:
    days = details.get("expires_in_days")
    ends = f", for {days} day{'' if days == 1 else 's'}" if days else ""
    return "made the key", f" ({SCOPES.get(details.get('scope', ''), '')}{ends})"


def _key_refused(details: Details) -> tuple[str, str]:
    return "was refused", f" ({details['why']})" if "why" in details else ""


def _person_created(details: Details) -> tuple[str, str]:
    return "added", f" as {details.get('role')} ({details.get('email')})"


def _person_invited(details: Details) -> tuple[str, str]:
    if details.get("again"):
        return "made a new link for", ""
    return "invited", f" as {details.get('role')} ({details.get('email')})"


def _person_changed(details: Details) -> tuple[str, str]:
    pairs = {field: value for field, value in details.items() if isinstance(value, list) and len(value) == 2}
    changes = [f"{field} from {before} to {after}" for field, (before, after) in pairs.items() if before != after]
    return "changed", f": {_listed(changes)}"


def _signed_in(details: Details) -> tuple[str, str]:
    by, left = details.get("by"), details.get("left")
    if by == "provider":
        return "signed in", " through the organisation's sign-in"
    return "signed in", f" with a {by} ({left} left)" if left is not None else ""


def _sign_in_failed(details: Details) -> tuple[str, str]:
    return "failed to sign in as", " through the organisation's sign-in" if details.get("via") == "provider" else ""


def _signed_out(details: Details) -> tuple[str, str]:
    count = details.get("elsewhere")
    where = details.get("browser") or f"{count} other browser{'' if count == 1 else 's'}"
    return f"signed out of {where}" if count else "signed out", ""


def _password_changed(details: Details) -> tuple[str, str]:
    return "chose a new password by a one-time link" if details.get("by_link") else "changed their password", ""


def _model_saved(details: Details) -> tuple[str, str]:
    parts = [("made by", "owned_by"), ("shut down on", "retires_on"), ("followed by", "successor")]
    return "saved the model", f": {_listed([f'{word} {details[key]}' for word, key in parts if details.get(key)])}"


WORDS: dict[Verb, Callable[[Details], tuple[str, str]]] = {
    Verb.ASSISTANT_CREATED: _created,
    Verb.ASSISTANT_UPDATED: _updated,
    Verb.ASSISTANT_DELETED: lambda _details: ("moved", " to the trash"),
    Verb.ASSISTANT_UNDELETED: lambda _details: ("took", " out of the trash"),
    Verb.BATCH_CONFIRMED: _confirmed,
    Verb.BATCH_UNDONE: _undone,
    Verb.LIST_IMPORTED: _imported,
    Verb.LIST_EXPORTED: _exported,
    Verb.SIGN_IN_BEGUN: _only("gave the right password of"),
    Verb.SIGNED_IN: _signed_in,
    Verb.SIGN_IN_FAILED: _sign_in_failed,
    Verb.SIGNED_OUT: _signed_out,
    Verb.PASSWORD_CHANGED: _password_changed,
    Verb.SECOND_FACTOR_ADDED: _only("set up a second factor"),
    Verb.SECOND_FACTOR_REFUSED: _only("gave a wrong code for the second factor of"),
    Verb.SECOND_FACTOR_REMOVED: _only("removed the second factor of"),
    Verb.RECOVERY_CODES_RENEWED: _only("made new recovery codes"),
    Verb.PERSON_CREATED: _person_created,
    Verb.PERSON_INVITED: _person_invited,
    Verb.PERSON_CHANGED: _person_changed,
    Verb.PERSON_DEACTIVATED: _only("deactivated"),
    Verb.PERSON_REACTIVATED: _only("reactivated"),
    Verb.KEY_CREATED: _key_created,
    Verb.KEY_REVOKED: _only("revoked the key"),
    Verb.KEY_REFUSED: _key_refused,
    Verb.MODEL_SAVED: _model_saved,
    Verb.MODEL_REMOVED: _only("removed the model"),
    Verb.ACTIVITY_EXPORTED: _only("exported the activity"),
}


def _door(details: Details) -> str:
    return DOORS.get(details.get("origin", ""), "")


def _assistants(count: int) -> str:
    return f"{count:,} assistant{'' if count == 1 else 's'}"


def _listed(words: list[str]) -> str:
    """A, B and C."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
