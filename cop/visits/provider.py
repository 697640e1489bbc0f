# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The OpenID provider for partner cities, on Authlib: code flow, PKCE S256, `private_key_jwt`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload
from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oidc.core import OpenIDCode
from flask import Request, request

from cop.accounts import services as accounts
from cop.accounts.oidc_server import S256Only
from cop.accounts.rules import is_for
from cop.base.clock import now
from cop.base.instance import this_city
from cop.sharing import visiting
from cop.visits import services, tokens
from cop.visits.models import VisitCode
from cop.visits.rules import (
    ALGORITHM,
    AUTHORIZE,
    BACK_CHANNEL,
    CALLBACK,
    KEYS,
    LONGEST_JTI,
    SCOPE,
    SKEW,
    START,
    TOKEN,
    TOKEN_LIFETIME,
    is_plain,
    is_timely,
)
from cop.visits.services import Going

#: `private_key_jwt`, as Authlib calls it
AUTH_METHOD = "client_assertion_jwt"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class VisitedCity:
    """A partner city that our people visit, as Authlib asks about it: its id is its origin."""

    client_id: str

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """There is none: a request without an address to return to is refused."""

    def get_allowed_scope(self, scope: str | None) -> str:
        return SCOPE if SCOPE in (scope or "").split() else ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == f"{self.client_id}{CALLBACK}"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == AUTH_METHOD

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True, slots=True)
class Code:
    """A code that came back, as Authlib asks about it."""

    kept: VisitCode

    @property
    def code_challenge(self) -> str:
        return self.kept.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return f"{self.kept.city}{CALLBACK}"

    def get_scope(self) -> str:
        return SCOPE


def metadata() -> dict[str, Any]:
    """Describe this city as provider and, by its last members, as what its partners' people come to."""
    here = this_city().origin
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}{AUTHORIZE}",
        "token_endpoint": f"{here}{TOKEN}",
        "jwks_uri": f"{here}{KEYS}",
        "scopes_supported": [SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "sid"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "initiate_login_uri": f"{here}{START}",
        "backchannel_logout_uri": f"{here}{BACK_CHANNEL}",
    }


class _Asked(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """A request to the configured address: a proxy in front ends TLS, and what it says of that is not asked."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.method, f"{this_city().origin}{request.full_path}", headers=request.headers)
        self._request = request
        self.payload = FlaskOAuth2Payload(request)

    @property
    def args(self) -> Mapping[str, str]:
        return self._request.args

    @property
    def form(self) -> Mapping[str, str]:
        return self._request.form


class _Server(AuthorizationServer):  # type: ignore[misc]
    def create_oauth2_request(self, asked: None) -> _Asked:
        return _Asked(request)


def build_server() -> AuthorizationServer:
    """Put Authlib's server together; nothing of it is kept between requests."""
    server = _Server(query_client=_city, save_token=_keep_no_token)
    server.load_config({"OAUTH2_SCOPES_SUPPORTED": [SCOPE]})
    server.register_client_auth_method(AUTH_METHOD, CityAssertion())
    server.register_grant(Grant, [S256Only(), IdToken(require_nonce=True)])
    return server


def code_hash(code: str) -> str:
    """Hash a code: 48 random letters need no key."""
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()


def _city(origin: str) -> VisitedCity | None:
    """Find a partner city; looked up at each step, so that lowering a level or ending holds at once."""
    return VisitedCity(origin) if is_plain(origin) and visiting.our_people_may_visit(origin) else None


def _keep_no_token(token: Mapping[str, Any], request: Any) -> None:
    """Keep nothing: the access token opens nothing here, it only belongs into the answer."""


class CityAssertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    """A city proves itself by its pinned key (RFC 7523); the assertion is for us, of this minute, and holds once."""

    def __call__(self, query_client: Any, request: Any) -> Any:
        """Return the city that signed the assertion; None when there is none.

        Raises:
            InvalidClientError: when the assertion proves nothing, or the city is no partner whom our people visit.
        """
        if request.form.get("client_assertion_type") != ASSERTION:
            return None
        try:
            proved = tokens.read(request.form.get("client_assertion") or "", typ=tokens.CLIENT_ASSERTION)
        except tokens.TokenRefused as refused:
            raise InvalidClientError(description=refused.reason) from refused
        claims = proved.token.claims
        timely = is_timely(claims, now=now().timestamp(), lifetime=TOKEN_LIFETIME)
        if claims.get("sub") != proved.city or not timely or not is_for(claims, this_city().origin):
            raise InvalidClientError(description="claims")
        client = query_client(proved.city)
        if client is None:
            raise InvalidClientError(description="no_partner")
        self.verify_claims(claims)
        request.client = client
        return self.authenticate_client(client)

    def get_audiences(self) -> list[str]:
        return [this_city().origin]

    def validate_jti(self, claims: Mapping[str, Any], jti: Any) -> bool:
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
            return False
        until = datetime.fromtimestamp(claims["exp"], UTC) + SKEW
        return accounts.spend_token(claims["iss"], jti, until=until)


class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes in a table, bound to a city, a member's id and a session here."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def save_authorization_code(self, code: str, request: Any) -> None:
        going: Going = request.user
        sent = request.payload.data
        services.keep_code(
            code_hash(code),
            going,
            city=request.client.client_id,
            nonce=sent["nonce"],
            challenge=sent["code_challenge"],
        )

    def query_authorization_code(self, code: str, client: VisitedCity) -> Code | None:
        kept = services.take_code(code_hash(code), city=client.client_id)
        return Code(kept) if kept is not None else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing to do: it was taken out when it was looked up."""

    def authenticate_user(self, authorization_code: Code) -> str | None:
        """Begin the visit, if session and membership still stand; its id stands for the person."""
        return services.begin_visit(authorization_code.kept)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """Says who comes: the random id of one member in one community, and nothing else."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False  # it is the visited city's to check

    def encode_id_token(self, token: Mapping[str, Any], request: Any) -> str:
        issued = int(now().timestamp())
        kept: VisitCode = request.authorization_code.kept
        claims = {
            "iss": this_city().origin,
            "sub": kept.member_uri,
            "aud": kept.city,
            "iat": issued,
            "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
            "nonce": kept.nonce,
            "sid": request.user,
        }
        return tokens.sign(claims, typ=tokens.ID_TOKEN)
