# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One issuer on Authlib: authorization code flow, PKCE S256 enforced, id_token by joserfc."""

import time
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.util import create_half_hash
from authlib.oidc.rpinitiated import EndSessionEndpoint

from cop.accounts.oidc_server import S256Only
from cop.devidp.faults import replace, sign_id_token
from cop.devidp.realms import SCOPES, Client, Persona, Realm

CODE_LIFETIME = 60
TOKEN_LIFETIME = 300


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, as Authlib asks about it."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    code_challenge_method: str
    subject: str
    issued_at: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.issued_at

    def get_acr(self) -> None:
        """No level of assurance: nobody proved anything here."""

    def get_amr(self) -> None:
        """No method of authentication: there is no password."""


@dataclass
class Issued:
    """What a realm has handed out, in memory only."""

    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """Access token -> subject."""


class Provider:
    """The authorization server of one realm."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.issued = Issued()
        self.server = AuthorizationServer(query_client=realm.client, save_token=self._save_token)
        self.server.load_config({"OAUTH2_SCOPES_SUPPORTED": list(SCOPES)})
        self.server.register_grant(_grant_of(self), [S256Only(), _id_token_of(self)])
        self.server.register_endpoint(_end_session_of(self))

    def metadata(self) -> dict[str, Any]:
        """Describe the issuer (OpenID Connect Discovery 1.0)."""
        issuer = self.realm.issuer
        right = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "end_session_endpoint": f"{issuer}/end-session",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": [self.realm.locale],
        }
        return replace(right, self.realm.tampering.metadata)

    def id_token(self, code: Code, access_token: str) -> str:
        """Say who signed in, bound to the code's nonce and to the access token."""
        now = int(time.time())
        persona = self.realm.persona(code.subject)
        right = {
            "iss": self.realm.issuer,
            "aud": code.client_id,
            "iat": now,
            "exp": now + TOKEN_LIFETIME,
            "auth_time": code.issued_at,
            "nonce": code.nonce,
            "at_hash": create_half_hash(access_token, self.realm.alg).decode(),
            **(persona.claims() if persona else {}),
        }
        claims = replace(right, self.realm.tampering.claims, now=now)
        return sign_id_token(claims, self.realm.signing_key(), self.realm.alg, self.realm.tampering)

    def userinfo(self, access_token: str) -> dict[str, Any] | None:
        """Tell about the person an access token was made for."""
        persona = self.realm.persona(self.issued.tokens.get(access_token, ""))
        return replace(persona.claims(), self.realm.tampering.userinfo) if persona else None

    def _save_token(self, token: dict[str, Any], request: Any) -> None:
        self.issued.tokens[token["access_token"]] = request.user.subject


def _grant_of(provider: Provider) -> type[AuthorizationCodeGrant]:
    """Build the grant class that keeps its codes in this provider; Authlib makes one object a request."""

    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> None:
            sent = request.payload.data
            swapped = create_s256_code_challenge(token_urlsafe(48))
            provider.issued.codes[code] = Code(
                client_id=request.client.client_id,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=sent.get("nonce"),
                code_challenge=swapped if provider.realm.tampering.swap_challenge else sent["code_challenge"],
                code_challenge_method="S256",
                subject=request.user.subject,
                issued_at=int(time.time()),
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = provider.issued.codes.pop(code, None)  # once, also when the exchange then fails
            if found is None or found.client_id != client.client_id:
                return None
            return found if time.time() < found.issued_at + CODE_LIFETIME else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            """Nothing to do: it was taken out when it was looked up."""

        def authenticate_user(self, authorization_code: Code) -> Persona | None:
            return provider.realm.persona(authorization_code.subject)

    return Grant


def _id_token_of(provider: Provider) -> OpenIDCode:
    class IdToken(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False  # it is the client's to check

        def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
            return provider.id_token(request.authorization_code, token["access_token"])

    return IdToken(require_nonce=True)


def _end_session_of(provider: Provider) -> type[EndSessionEndpoint]:
    class EndSession(EndSessionEndpoint):  # type: ignore[misc]
        def get_server_jwks(self) -> Any:
            return provider.realm.keys

        def get_algorithms(self) -> list[str]:
            return ["RS256", "ES256"]

        def end_session(self, end_session_request: Any) -> None:
            """Nothing to end: the provider keeps nobody signed in."""

    return EndSession
