"""Talking with the organisation's OpenID Connect provider: sending somebody there, and reading what it says of them.

The code flow with PKCE, state and nonce is Authlib's, over the provider's own description of itself.
"""

from __future__ import annotations

import logging
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from app.config import Settings
from app.http.provider import ProviderFailed

log = logging.getLogger(__name__)

NAME = "provider"
SCOPE = "openid email profile"
# Seconds that the provider has for each answer.
PATIENCE = 10
STATES = f"_state_{NAME}_"
FAILURES = (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError)


class Provider:
    """The provider of one application."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self.client: Any = OAuth(app).register(
            NAME,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=settings.oidc_description,
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": PATIENCE},
        )

    def send_there(self, back_to: str) -> ResponseReturnValue:
        """Lead this browser to the provider, which sends it back to `back_to`. Raises `ProviderFailed`."""
        # Of several beginnings the last one counts; all of them together would outgrow a cookie.
        for begun in [key for key in session if key.startswith(STATES)]:
            session.pop(begun)
        try:
            self._check_description()
            answer: ResponseReturnValue = self.client.authorize_redirect(back_to)
        except FAILURES as failure:
            raise _failed(failure) from failure
        answer.status_code = 303  # type: ignore[union-attr]
        return answer

    def claims(self) -> dict[str, Any]:
        """What the provider says about whoever it has just sent back, from its signed token and, where it has one, from
        its page of claims. Raises `ProviderFailed`."""
        try:
            self._check_description()
            token = self.client.authorize_access_token()
            signed = dict(token["userinfo"])
            if not signed.get("sub"):
                raise ValueError("the token names no subject")
            if self.client.server_metadata.get("userinfo_endpoint"):
                more = dict(self.client.userinfo(token=token))
                if more.get("sub") != signed["sub"]:
                    raise ValueError("the claims are about somebody else than the token")
                return more | signed
        except FAILURES as failure:
            raise _failed(failure) from failure
        return signed

    def _check_description(self) -> None:
        """What describes itself as another provider than the configured one isn't believed; nor is a token that
        nobody has signed."""
        description = self.client.load_server_metadata()
        if str(description.get("issuer", "")).rstrip("/") != self.issuer:
            self.client.server_metadata.clear()
            raise ValueError(f"the provider calls itself {description.get('issuer')!r}")
        algorithms = description.get("id_token_signing_alg_values_supported")
        if algorithms:
            description["id_token_signing_alg_values_supported"] = [name for name in algorithms if name != "none"]


def _failed(failure: BaseException) -> ProviderFailed:
    log.warning("Signing in through the provider failed: %s: %s", type(failure).__name__, failure)
    return ProviderFailed()
