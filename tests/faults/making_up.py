"""What schemathesis is told besides: a refusal is the contract's envelope, and an empty value counts as left out."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.checks import CheckContext

KEYS = {"message", "type", "param", "code"}
KINDS = {"invalid_request_error", "server_error", "requests"}


@schemathesis.check
def contract_envelope(_context: CheckContext, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    if response.status_code < 400:
        return
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == KEYS
    assert body["error"]["type"] in KINDS
    assert body["error"]["message"].strip()
    assert "x-request-id" in {name.lower() for name in response.headers}


@schemathesis.hook
def filter_query(_context: schemathesis.HookContext, query: dict[str, Any] | None) -> bool:
    """The contract takes `?limit=` for none at all, which a description can't say."""
    return not any(is_empty(value) for value in (query or {}).values())


def is_empty(value: Any) -> bool:
    """Of a name given several times, as for a list or an object, the first value counts."""
    if isinstance(value, list | dict):
        return is_empty(next(iter(value), None))
    return value is None or value == ""
