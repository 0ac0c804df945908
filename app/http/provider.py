"""Talking with the organisation's OpenID Connect provider: sending somebody there, and reading what it says of them.

The code flow with PKCE, state and nonce is Authlib's, over the provider's own description of itself. Whose account it
is, and what they may do, is for `accounts.provider`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from app.config import Settings
from app.core.errors import NotFound

log = logging.getLogger(__name__)

EXTENSION = "greenroom.provider"
NAME = "provider"
SCOPE = "openid email profile"
# Seconds that the provider has for each answer.
PATIENCE = 10
STATES = f"_state_{NAME}_"
FAILURES = (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError)


class ProviderFailed(Exception):
    """The provider is away, or what came from there can't be believed. Why is in the log."""


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    if settings.oidc_issuer is None:
        return
    oauth = OAuth(app)
    app.extensions[EXTENSION] = oauth.register(
        NAME,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=settings.oidc_description,
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )


def label() -> str | None:
    """What the provider is called on the sign-in page; None when there is none."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.oidc_label if settings.oidc_issuer else None


def send_there(back_to: str) -> ResponseReturnValue:
    """Lead this browser to the provider, which sends it back to `back_to`. Raises `ProviderFailed`."""
    # Of several beginnings the last one counts; all of them together would outgrow a cookie.
    for begun in [key for key in session if key.startswith(STATES)]:
        session.pop(begun)
    client = _client()
    try:
        _check_description(client)
        answer: ResponseReturnValue = client.authorize_redirect(back_to)
    except FAILURES as failure:
        raise _failed(failure) from failure
    answer.status_code = 303  # type: ignore[union-attr]
    return answer


def claims() -> dict[str, Any]:
    """What the provider says about whoever it has just sent back, from its signed token and, where it has one, from its
    page of claims. Raises `ProviderFailed`."""
    client = _client()
    try:
        _check_description(client)
        token = client.authorize_access_token()
        signed = dict(token["userinfo"])
        if not signed.get("sub"):
            raise ValueError("the token names no subject")
        if client.server_metadata.get("userinfo_endpoint"):
            more = dict(client.userinfo(token=token))
            if more.get("sub") != signed["sub"]:
                raise ValueError("the claims are about somebody else than the token")
            return more | signed
    except FAILURES as failure:
        raise _failed(failure) from failure
    return signed


def values_of(found: Mapping[str, Any], path: str) -> frozenset[str]:
    """The values of a claim, whose name may be a path such as `realm_access.roles`; one value or a list of them."""
    value: Any = found.get(path)
    if value is None:
        value = found
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    return frozenset(text for text in values if isinstance(text, str))


def _client() -> Any:
    client = current_app.extensions.get(EXTENSION)
    if client is None:
        raise NotFound("There is nothing at this address. Sign in with your password.")
    return client


def _check_description(client: Any) -> None:
    """What describes itself as another provider than the one that was configured isn't believed; nor is a token that
    nobody has signed."""
    settings: Settings = current_app.config["SETTINGS"]
    description = client.load_server_metadata()
    if str(description.get("issuer", "")).rstrip("/") != settings.oidc_issuer:
        client.server_metadata.clear()
        raise ValueError(f"the provider calls itself {description.get('issuer')!r}")
    algorithms = description.get("id_token_signing_alg_values_supported")
    if algorithms:
        description["id_token_signing_alg_values_supported"] = [name for name in algorithms if name != "none"]


def _failed(failure: BaseException) -> ProviderFailed:
    log.warning("Signing in through the provider failed: %s: %s", type(failure).__name__, failure)
    return ProviderFailed()
