"""One table from errors to status and words, as a page or as JSON. Every failing request ends here.

Which of the two it is follows from the address alone, because an address without a route has no blueprint.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

import orjson
from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core.errors import Conflict, Forbidden, GreenroomError, Invalid, NotFound
from app.core.outages import DatabaseFailure, Full, Outage, outage_of
from app.extensions import login
from app.http import carried
from app.http.actor import SecondFactorNeeded, SignInNeeded
from app.http.api import UnsupportedMediaType
from app.http.key_limit import TooManyRequests
from app.keys.service import KeyRefused
from app.texts.packing import Damaged

log = logging.getLogger(__name__)

API_PREFIX = "/v1"
JSON_ADDRESSES = (f"{API_PREFIX}/", "/openapi.json")
# What those who run Greenroom ask, by programs that know neither its name nor a key.
OWN_ADDRESSES = {"/healthz", "/readyz", "/metrics"}
# The end of the addresses to which an open page sends what is typed, by a script of its own.
KEEP_SUFFIX = "/working-copy"
STATUSES: dict[type[GreenroomError], int] = {
    Invalid: 400,
    KeyRefused: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    UnsupportedMediaType: 415,
    TooManyRequests: 429,
    Damaged: 500,
    Outage: 503,
    # Nothing a retry would mend, so it isn't the 503 that asks for one.
    Full: 507,
}
# The SDKs retry a 409, which would never help.
API_STATUSES = STATUSES | {Conflict: 412}
# What the contract calls an error, where it isn't the request that is invalid.
KINDS = {429: "requests", 500: "server_error"}
TITLES = {
    400: "This can't be done",
    403: "Not allowed",
    404: "Page not found",
    405: "Page not found",
    409: "Somebody else was faster",
    413: "Too large",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "Not available just now",
    507: "The disk is full",
}
PAGE_SENTENCES = {
    404: "There is nothing at this address. It may have been deleted, or the link may be incomplete.",
    405: "This address can't be opened like this. Go back and use the page's own buttons.",
    413: "What was sent is larger than Greenroom accepts. Nothing was changed.",
    429: "There were too many failed attempts. Wait a few minutes, then try again.",
    500: "This is a fault in Greenroom. Nothing was changed. Tell your administrator the number below.",
}


def init_app(app: Flask) -> None:
    app.register_error_handler(GreenroomError, _greenroom_error)
    app.register_error_handler(DBAPIError, _database_failure)
    app.register_error_handler(PoolTimeout, _database_failure)
    app.register_error_handler(Outage, _outage)
    app.register_error_handler(SignInNeeded, _sign_in_needed)
    app.register_error_handler(SecondFactorNeeded, _second_factor_needed)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _server_error)


def wants_json() -> bool:
    """Whether this request came through the API's door."""
    path = request.path
    return path == API_PREFIX or path.startswith(JSON_ADDRESSES)


def answers_json() -> bool:
    """Whether an error is told as JSON: to scripts, and to the page that keeps what somebody types."""
    return wants_json() or request.path.endswith(KEEP_SUFFIX)


def envelope(message: str, *, param: str | None = None, code: str | None = None, kind: str) -> bytes:
    """The contract's error body; all four keys are always there."""
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def _greenroom_error(error: GreenroomError) -> ResponseReturnValue:
    is_ours = isinstance(error, Damaged)
    if is_ours:
        log.error("Request %s failed: %s", g.get("request_id"), error.message)
    if not answers_json():
        return _rescued(error) or _page(_status(error, STATUSES), error.message)
    fault = error.faults[0] if isinstance(error, Invalid) else None
    code = fault.code if fault else getattr(error, "code", None)
    status = _status(error, API_STATUSES)
    kind = KINDS.get(status, "invalid_request_error")
    response = _json(status, error.message, param=fault.param if fault else None, code=code, kind=kind)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    if is_ours:
        response.headers["x-should-retry"] = "false"
    return response


def _database_failure(failure: DatabaseFailure) -> ResponseReturnValue:
    return _server_error(InternalServerError(original_exception=failure))


def _outage(outage: Outage, failure: BaseException | None = None) -> ResponseReturnValue:
    """Told without asking the database anything, also not who is signed in."""
    cause = failure or outage.__cause__
    log.error("Request %s failed: %s: %s", g.get("request_id"), type(outage).__name__, getattr(cause, "orig", cause))
    g.without_database = True
    status = _status(outage, STATUSES)
    if answers_json():
        response = _json(status, outage.message, kind="server_error")
    else:
        again = " Reloading this page sends the form again." if request.method == "POST" and outage.retry_after else ""
        response = _page(status, outage.message + again)
    if outage.retry_after:
        response.headers["Retry-After"] = str(outage.retry_after)
    else:
        response.headers["x-should-retry"] = "false"
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    if answers_json():
        response: Response = _json(status, _api_sentence(status, error))
    else:
        response = _page(status, PAGE_SENTENCES.get(status, error.description or TITLES[400]))
    # `Allow`, `Retry-After` and the like belong to the status; the body and its type are ours.
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _server_error(error: InternalServerError) -> ResponseReturnValue:
    failure = error.original_exception
    # Also when it was an answer about something else that had to ask the database who is signed in.
    if isinstance(failure, DBAPIError | PoolTimeout) and (outage := outage_of(failure)):
        return _outage(outage, failure)
    log.error("Request %s failed", g.get("request_id"), exc_info=error.original_exception or error)
    if answers_json():
        message = f"Greenroom had an error while processing your request {g.get('request_id')}. Nothing was changed."
        return _json(500, message, kind="server_error")
    return _page(500, PAGE_SENTENCES[500])


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    if answers_json():
        return _stale_token()
    if sent := carried.from_request():
        return carried.doors().redraw(sent) if current_user.is_authenticated else _lead_to_sign_in()
    return _page(
        400, "This form was opened before you signed in, or in another session. Go back, reload the page and try again."
    )


def _sign_in_needed(_error: SignInNeeded) -> ResponseReturnValue:
    if answers_json():
        return _json(401, "You are signed out.", code="signed_out")
    return _lead_to_sign_in()


def _second_factor_needed(_error: SecondFactorNeeded) -> ResponseReturnValue:
    """Led to setting it up and back again; what was typed is kept meanwhile."""
    if answers_json():
        return _json(403, "Set up your second factor first. Open any page, and it leads you there.")
    if sent := carried.from_request():
        return carried.doors().resume(sent)
    target = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("second_factor.show", next=target), code=303)


def _rescued(error: GreenroomError) -> ResponseReturnValue | None:
    """The text of a form that can't be saved there any more, to be copied."""
    sent = carried.from_request() if isinstance(error, NotFound | Forbidden) else None
    return carried.doors().rescue(sent) if sent and current_user.is_authenticated else None


def _lead_to_sign_in() -> ResponseReturnValue:
    """What the feature with the sign-in page has said to do with somebody who isn't signed in."""
    answer: ResponseReturnValue = login.unauthorized()
    return answer


def _stale_token() -> Response:
    """What the page that keeps is told: to sign in, or the token its form needs since somebody signed in elsewhere."""
    if not current_user.is_authenticated:
        return _json(401, "You are signed out.", code="signed_out")
    error = {"message": "This form is from before you signed in.", "code": "stale_token"}
    body = orjson.dumps({"error": error, "csrf_token": generate_csrf()})
    return Response(body, status=400, mimetype="application/json")


def _api_sentence(status: int, error: HTTPException) -> str:
    match status:
        case 404:
            return f"Invalid URL ({request.method} {request.path})"
        case 405:
            return f"Invalid method for URL ({request.method} {request.path})"
        case 413:
            return "The request body is too large. Nothing was changed."
    return error.description or HTTPStatus(status).phrase


def _status(error: GreenroomError, table: dict[type[GreenroomError], int]) -> int:
    return next(table[kind] for kind in type(error).__mro__ if kind in table)


def _json(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    kind: str = "invalid_request_error",
) -> Response:
    body = envelope(message, param=param, code=code, kind=kind)
    return Response(body, status=status, mimetype="application/json")


def _page(status: int, message: str) -> Response:
    title = TITLES.get(status, TITLES[400])
    body = render_template("errors/error.html", title=title, message=message, request_id=g.get("request_id"))
    return Response(body, status=status)
