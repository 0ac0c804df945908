"""What `pull` and `push` work with: the database here, or another Greenroom by its API. Both answer alike."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from app.assistants import service as assistants
from app.assistants.spec import AssistantSpec
from app.core.actors import Actor
from app.core.errors import GreenroomError, Invalid
from app.exchange import batch
from app.exchange.batch import Batch
from app.exchange.export import as_object, live_records
from app.exchange.pulling import State
from app.exchange.report import Report
from app.exchange.rows import Head, parse_row

PAGE = 100
# Seconds without a word from the server.
PATIENCE = 120
API_PATH = re.compile("(/v1)?/*$")
KEY_VARIABLE = "GREENROOM_KEY"


class Unreachable(GreenroomError):
    """The other Greenroom didn't answer, or with a refusal. Nothing was written there."""


class Registry(Protocol):
    """Where assistants live."""

    def count(self) -> int | None:
        """How many `states` will come; None when it isn't known."""

    def states(self) -> Iterator[State]:
        """Every live assistant, oldest first."""

    def foresee(self, wish: Batch) -> Report:
        """What `carry_out` would do."""

    def carry_out(self, wish: Batch, *, note: str | None) -> Report:
        """Do all of it or, with an error, nothing."""


class Here:
    """The database of this Greenroom."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def count(self) -> int | None:
        return assistants.count_live()

    def states(self) -> Iterator[State]:
        for row in live_records(newest_first=False):
            yield State(as_object(row), row.fingerprint)

    def foresee(self, wish: Batch) -> Report:
        return batch.foresee(wish)

    def carry_out(self, wish: Batch, *, note: str | None) -> Report:
        return batch.carry_out(wish, actor=self._actor, note=note)


class Server:
    """Another Greenroom, by its API."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise Invalid.one(
                "server", None, f"'{url}' is no address of a Greenroom, such as https://greenroom.example."
            )
        if not key:
            raise Invalid.one("server", None, f"Put the key of an API client into the variable {KEY_VARIABLE}.")
        self._url = f"{API_PATH.sub('', url)}/v1"
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        # A redirect would carry the key to wherever it leads.
        self._opener = urllib.request.build_opener(_NoRedirect)

    def count(self) -> int | None:
        return None

    def states(self) -> Iterator[State]:
        query = {"limit": PAGE, "order": "asc"}
        while True:
            page = self._send("GET", f"/assistants?{urlencode(query)}")
            try:
                states = [_state(given) for given in page["data"]]
                last = page["last_id"] if page["has_more"] else None
            except (KeyError, TypeError, AttributeError):
                raise self._no_greenroom() from None
            yield from states
            if last is None:
                return
            query["after"] = last

    def foresee(self, wish: Batch) -> Report:
        return self._import(wish, dry_run=True, note=None)

    def carry_out(self, wish: Batch, *, note: str | None) -> Report:
        return self._import(wish, dry_run=False, note=note)

    def _import(self, wish: Batch, *, dry_run: bool, note: str | None) -> Report:
        body = {
            "assistants": [
                {"id": saved.id, "created_at": saved.created_at} | saved.spec.as_json() for saved in wish.saved
            ],
            "based_on": {saved.id: saved.base for saved in wish.saved if saved.base},
            "delete": dict(wish.gone),
            "force": wish.force,
            "dry_run": dry_run,
        }
        answer = self._send("POST", "/imports", body, {"X-Greenroom-Note": quote(note)} if note else {})
        try:
            return Report.from_json(answer["data"])
        except (KeyError, TypeError, ValueError):
            raise self._no_greenroom() from None

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        more = {"Content-Type": "application/json"} if content is not None else {}
        request = urllib.request.Request(  # noqa: S310 (the scheme was checked)
            self._url + path, content, self._headers | more | (headers or {}), method=method
        )
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise Unreachable(self._refusal(refusal)) from None
        except (ValueError, HTTPException):
            raise self._no_greenroom() from None
        except OSError as refusal:
            reason = getattr(refusal, "reason", None) or refusal
            raise Unreachable(f"{self._url} can't be reached: {reason}.") from None

    def _no_greenroom(self) -> Unreachable:
        return Unreachable(f"{self._url} doesn't answer as a Greenroom does. Is the address right?")

    def _refusal(self, refusal: urllib.error.HTTPError) -> str:
        """What the server says is wrong."""
        if target := refusal.headers.get("Location"):
            return f"{self._url} leads on to {target}. Give that address instead, if it is the right one."
        try:
            message: str = json.loads(refusal.read())["error"]["message"]
        except (ValueError, KeyError, TypeError):
            return f"{self._url} answered {refusal.code} {refusal.reason}. Is the address right?"
        return message


def _state(given: dict[str, Any]) -> State:
    """What a server says is an assistant, once it keeps the rules: its id becomes part of a file's name."""
    known = {
        key: value for key, value in given.items() if key in Head.model_fields or key in AssistantSpec.model_fields
    }
    return State(known, parse_row(known).fingerprint)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None means: don't follow."""
