"""What every JSON route shares: the `/v1` blueprint, the key check, reading a body and a query, answering.

The routes themselves are in the features. How an error looks is in `http.errors`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from flask import Blueprint, Response, g, request
from pydantic_core import from_json
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_etags

from app.core.actors import Actor
from app.core.errors import GreenroomError, Invalid
from app.core.paging import PAGE_SIZE
from app.core.reading import Ahead
from app.core.verdicts import out_of_bounds, unsupported_value, wrong_type
from app.http import key_limit
from app.http.actor import current_actor
from app.keys import service as keys

JSON = "application/json"
LIMITS = (1, 100)
SCHEME = "bearer "
TRIED = "greenroom.tried"
INTEGER = re.compile("[+-]?[0-9]{1,99}")


class UnsupportedMediaType(GreenroomError):
    """The body says it is something else than JSON."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer depends on besides its address. `header` is None for one that wasn't sent, and `body` the JSON
    object that was; it raises what `json_body` does."""

    actor: Actor
    args: Mapping[str, str]
    header: Callable[[str], str | None]
    body: Callable[[], dict[str, Any]]

    def has(self, tag: str) -> bool:
        """Whether the client says that it has the state of this entity tag already."""
        given = self.header("If-None-Match")
        return given is not None and (given == f'"{tag}"' or parse_etags(given).contains_weak(tag))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: JSON, or None when the client has it already.

    `kept_under` is something that changes with the body, so that what is made of it needn't be made again.
    """

    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    kept_under: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A request that failed on the quick way (`http.quick`): why, and the `g` with what was found out until then."""

    failure: Exception
    known: Any


def api_blueprint(*features: Blueprint) -> Blueprint:
    """The JSON door: the features' routes below `/v1`, all behind the key check."""
    api = Blueprint("api", __name__, url_prefix="/v1")
    api.before_request(_check_key)
    api.after_request(key_limit.add_headers)
    for routes in features:
        api.register_blueprint(routes)
    return api


def _check_key() -> None:
    """Authentication comes before everything else, also before the body is read."""
    tried: Tried | None = request.environ.get(TRIED)
    if tried is not None:
        # What was found out on the quick way isn't asked again.
        for name in tried.known:
            setattr(g, name, tried.known.get(name))
        raise tried.failure
    identify(g, request.headers.get("Authorization", ""))


def identify(known: Any, authorization: str, ahead: Ahead | None = None) -> Actor:
    """The key that a request came with, which `known`, its `g`, has from now on; raises `KeyRefused`.

    What it asks for can be read `ahead`, together with the key.
    """
    secret = authorization[len(SCHEME) :].strip() if authorization.lower().startswith(SCHEME) else ""
    if not secret:
        raise keys.KeyRefused(
            "You didn't provide an API key. You need to provide your API key in an Authorization header using "
            "Bearer auth (i.e. Authorization: Bearer YOUR_KEY). An administrator can make one on the Keys page "
            "of this Greenroom.",
            None,
        )
    actor = keys.authenticate(secret, ahead)
    known.actor = actor
    key_limit.count(actor.id)
    return actor


def json_body() -> dict[str, Any]:
    """The request's body, a JSON object; raises `Invalid` or `UnsupportedMediaType`."""
    if request.mimetype not in {JSON, ""}:
        raise UnsupportedMediaType(
            f"Unsupported content type: '{request.mimetype}'. This API method only accepts '{JSON}' requests. "
            f"Send the header 'Content-Type: {JSON}'."
        )
    raw = request.get_data(cache=False)
    # A body of unknown length is cut off at the limit without a word.
    if request.content_length is None and len(raw) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge
    return json_object(raw)


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; raises `Invalid`."""
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise Invalid([wrong_type(None, "an object", body)])
    return body


def parse_json(raw: bytes) -> Any:
    """The JSON value in `raw`. Lone surrogates get through, so that the specification can name their field."""
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as refusal:
        if b"\\u" not in raw:
            raise _unparsable(refusal) from None
    try:
        return json.loads(raw.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as refusal:
        raise _unparsable(refusal) from None


def query_limit(args: Mapping[str, str]) -> int:
    """`limit`, from 1 to 100; 20 when it is left out."""
    given = args.get("limit")
    if not given:
        return PAGE_SIZE
    if not INTEGER.fullmatch(given):
        raise Invalid([wrong_type("limit", "an integer", given)])
    limit = int(given)
    if limit > LIMITS[1]:
        raise Invalid([out_of_bounds("limit", "less_than_equal", LIMITS[1], limit, number="integer")])
    if limit < LIMITS[0]:
        raise Invalid([out_of_bounds("limit", "greater_than_equal", LIMITS[0], limit, number="integer")])
    return limit


def query_newest_first(args: Mapping[str, str]) -> bool:
    """`order`: desc (the default) or asc."""
    given = args.get("order") or "desc"
    if given not in {"asc", "desc"}:
        raise Invalid([unsupported_value("order", given, ["asc", "desc"])])
    return given == "desc"


def json_response(
    body: bytes, headers: dict[str, str] | None = None, *, kept_under: Hashable | None = None
) -> Response:
    """`kept_under` is something that changes with the body, so that what is made of it needn't be made again."""
    if kept_under is not None:
        g.kept_under = kept_under
    return Response(body, content_type=JSON, headers=headers)


def asked() -> Asked:
    """This request, for what has a quick way, too."""
    args = request.args.to_dict() if request.query_string else {}
    return Asked(current_actor(), args, request.headers.get, json_body)


def respond(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status=304, headers=answer.headers)
    return json_response(answer.body, answer.headers, kept_under=answer.kept_under)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


def _unparsable(refusal: ValueError | RecursionError) -> Invalid:
    reason = "it is nested too deeply" if isinstance(refusal, RecursionError) else str(refusal)
    return Invalid.one(
        None,
        None,
        "We could not parse the JSON body of your request. The API expects a JSON payload, "
        f"but what was sent is not valid JSON: {reason}.",
    )
