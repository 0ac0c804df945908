"""A small OpenID Connect provider on this machine, from Authlib's server side: the code flow, PKCE demanded, tokens
signed. Whoever opens its sign-in page says who they are by pressing a button.

What it says wrongly, and on purpose, is chosen by `lie`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "greenroom", "a secret between the two"
ALGORITHM = "RS256"


class Client(ClientMixin):
    """Greenroom, as the provider knows it."""

    client_id = CLIENT_ID

    def __init__(self, redirect_uri: str | None = None) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/sign-in/provider/back")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """What was agreed on while somebody signed in at the provider, until Greenroom comes for the token."""

    code: str
    user: str
    scope: str
    redirect_uri: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    get_acr = get_amr = get_auth_time


@dataclass
class Provider:
    """A running one. `people` are the claims of each by their subject; both may be changed while it runs."""

    url: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    lie: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def environment(self, roles: str = "boss=admin,staff=editor,guest=viewer") -> dict[str, str]:
        """The settings that make Greenroom use it."""
        return {
            "GREENROOM_OIDC_ISSUER": self.url,
            "GREENROOM_OIDC_CLIENT_ID": CLIENT_ID,
            "GREENROOM_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "GREENROOM_OIDC_ROLES": roles,
            "GREENROOM_OIDC_LABEL": "Example Corp",
        }


@contextmanager
def running() -> Iterator[Provider]:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    app = Flask(__name__)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    _register(app, provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


def _register(app: Flask, provider: Provider) -> None:
    def save_token(token: dict[str, Any], asked: Any) -> None:
        provider.tokens[token["access_token"]] = asked.user

    server = AuthorizationServer(app, query_client=lambda client_id: Client(), save_token=save_token)
    server.register_grant(_code_grant(provider), [_open_id(provider), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def describe() -> Response:
        return jsonify(
            issuer="https://evil.example" if provider.lie == "issuer" else provider.url,
            authorization_endpoint=f"{provider.url}/authorize",
            token_endpoint=f"{provider.url}/token",
            userinfo_endpoint=f"{provider.url}/userinfo",
            jwks_uri=f"{provider.url}/keys",
            id_token_signing_alg_values_supported=[ALGORITHM, "none"],
        )

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[provider.key.as_dict(private=False)])

    @app.get("/authorize")
    def ask() -> str:
        provider.asked.append(request.args.to_dict())
        rows = "".join(f"<button name=user value={subject}>{subject}</button>" for subject in provider.people)
        page = f"<form method=post>{rows}<button name=user value=''>No</button></form>"
        return f"<!doctype html><title>Provider</title>{page}"

    @app.post("/authorize")
    def authorize() -> Any:
        subject = request.form.get("user")
        if not subject:
            refused = {"error": "access_denied", "state": request.args["state"]}
            return Response(status=302, headers={"Location": f"{request.args['redirect_uri']}?{urlencode(refused)}"})
        grant = server.get_consent_grant(end_user=subject)
        return server.create_authorization_response(grant_user=subject, grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo() -> Any:
        subject = provider.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if subject is None:
            return Response(status=401)
        said = "somebody else" if provider.lie == "userinfo" else subject
        return jsonify(provider.people[subject] | {"sub": said})


def _code_grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, asked: Any) -> None:
            given = asked.payload.data
            provider.codes[code] = Code(
                code, asked.user, given["scope"], given["redirect_uri"], given.get("nonce", ""),
                given.get("code_challenge", ""), given.get("code_challenge_method", ""),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> str:
            return authorization_code.user

    return Grant


def _open_id(provider: Provider) -> OpenIDCode:
    class OpenID(OpenIDCode):
        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return False

        def get_client_algorithm(self, client: Client) -> str:
            return "none" if provider.lie == "unsigned" else ALGORITHM

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            return RSAKey.generate_key(2048, {"kid": "first"}) if provider.lie == "signature" else provider.key

        def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
            claims = super().get_authorization_code_claims(authorization_code)
            return claims | ({"nonce": "another"} if provider.lie == "nonce" else {})

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": self.get_client_algorithm(client), "kid": "first"}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {
                "iss": "https://evil.example" if provider.lie == "token issuer" else provider.url,
                "aud": ["another client" if provider.lie == "audience" else CLIENT_ID],
            }

        def generate_user_info(self, user: str, scope: str) -> UserInfo:
            return UserInfo(provider.people[user] | {"sub": user} if provider.lie != "thin" else {"sub": user})

    return OpenID(require_nonce=True)
