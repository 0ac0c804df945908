"""The organisation's OpenID Connect provider, where there is one. Talking with it is in `openid`, loaded only then.

Whose account somebody has, and what they may do, is for `accounts.provider`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.core.errors import NotFound

if TYPE_CHECKING:
    from app.http.openid import Provider

EXTENSION = "greenroom.provider"


class ProviderFailed(Exception):
    """The provider is away, or what came from there can't be believed. Why is in the log."""


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    if settings.oidc_issuer is None:
        return
    # What speaks OpenID Connect takes as long to load as a fifth of everything else.
    from app.http.openid import Provider

    app.extensions[EXTENSION] = Provider(app, settings)


def label() -> str | None:
    """What the provider is called on the sign-in page; None when there is none."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.oidc_label if settings.oidc_issuer else None


def send_there(back_to: str) -> ResponseReturnValue:
    """Lead this browser to the provider, which sends it back to `back_to`. Raises `ProviderFailed`."""
    return _provider().send_there(back_to)


def claims() -> dict[str, Any]:
    """What the provider says about whoever it has just sent back. Raises `ProviderFailed`."""
    return _provider().claims()


def values_of(found: Mapping[str, Any], path: str) -> frozenset[str]:
    """The values of a claim, whose name may be a path such as `realm_access.roles`; one value or a list of them."""
    value: Any = found.get(path)
    if value is None:
        value = found
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    return frozenset(text for text in values if isinstance(text, str))


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions.get(EXTENSION)
    if provider is None:
        raise NotFound("There is nothing at this address. Sign in with your password.")
    return provider
