# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The strict OpenID relying party: Authlib for the flow, joserfc for the tokens.

What the libraries' defaults let through is refused here: a token without
nonce, for another audience, by another issuer, ten years old, or signed by a
key or an algorithm the provider doesn't publish.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, ClassVar
from urllib.parse import urlencode

from authlib.common.security import is_secure_transport
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from cop.accounts.logout_tokens import TYPE as LOGOUT_TYPE
from cop.accounts.logout_tokens import LoggedOut, LogoutRefused, logged_out
from cop.base.clock import now
from cop.base.errors import Problem
from cop.base.http import CallFailed, get_json, post_form
from cop.base.i18n import N_
from cop.settings import Issuer

#: asymmetric only: a public key must never serve as a shared secret
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
SCOPE = "openid profile email"
LEEWAY = timedelta(seconds=60)
OLDEST_TOKEN = timedelta(minutes=10)
LONGEST_TOKEN = timedelta(hours=24)
LONGEST_SUBJECT = 255
CACHED_FOR = timedelta(hours=1)
REFETCH_EVERY = timedelta(minutes=1)

log = logging.getLogger(__name__)


class SignInFailed(Problem):
    """What came back from a provider can't be believed; `reason` is a stable code for the log."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "sign-in-failed"

    def __init__(self, reason: str) -> None:
        """Keep the reason; the person reads that it did not work and what to do."""
        super().__init__(N_("Signing in did not work. Please try again."))
        self.reason = reason


class ProviderSilent(Problem):
    """The provider doesn't answer."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "provider-silent"

    def __init__(self) -> None:
        """Say it."""
        super().__init__(N_("The sign-in service is not answering. Please try again in a few minutes."))


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way: where the browser goes, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brought back from the provider."""

    code: str
    iss: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Checked claims, and the id_token for the logout later."""

    claims: Mapping[str, Any]
    id_token: str

    @property
    def sid(self) -> str:
        """How the provider calls the session, or empty."""
        sid = self.claims.get("sid")
        return sid if isinstance(sid, str) and len(sid) <= LONGEST_SUBJECT and "\0" not in sid else ""


class Provider:
    """One issuer that the operator configured."""

    def __init__(self, issuer: Issuer, *, redirect_uri: str) -> None:
        self.issuer = issuer
        self._client = OAuth2Client(
            None,
            issuer.client_id,
            issuer.client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        self._metadata: Cached | None = None
        self._keys: Cached | None = None

    def begin(self) -> Begun:
        """Start a sign-in.

        Raises:
            SignInFailed: when the provider describes itself as another one.
            ProviderSilent: when it doesn't answer.
        """
        nonce, verifier = token_urlsafe(32), token_urlsafe(48)
        address = self._metadata_now()["authorization_endpoint"]
        url, state = self._client.create_authorization_url(
            address, state=token_urlsafe(32), code_verifier=verifier, nonce=nonce
        )
        return Begun(url, state, nonce, verifier)

    def finish(self, answer: Answer, *, nonce: str, verifier: str) -> SignedIn:
        """Exchange the code and check what comes for it.

        Raises:
            SignInFailed: when anything is not exactly as it must be.
            ProviderSilent: when the provider doesn't answer.
        """
        metadata = self._metadata_now()
        named = metadata.get("authorization_response_iss_parameter_supported") is True
        if (named or answer.iss is not None) and answer.iss != self.issuer.url:
            raise SignInFailed("iss-parameter")  # RFC 9207, section 2.4
        tokens = self._exchange(metadata["token_endpoint"], code=answer.code, verifier=verifier)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise SignInFailed("no-id-token")
        claims = self._checked(id_token, access_token=access_token, nonce=nonce)
        return SignedIn({**self._userinfo(access_token, claims["sub"]), **claims}, id_token)

    def read_logout_token(self, token: str) -> LoggedOut:
        """Check a logout token of this provider (OpenID Connect Back-Channel Logout 1.0).

        Raises:
            LogoutRefused: when it can't be believed.
            ProviderSilent: when its keys can't be had.
        """
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = self._key(header, typ=LOGOUT_TYPE)
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            claims = jwt.decode(token, key, registry=registry).claims
        except SignInFailed as failed:
            raise LogoutRefused(failed.reason) from failed
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise LogoutRefused("token") from error
        return logged_out(claims, header, issuer=self.issuer.url, audience=self.issuer.client_id, at=now())

    def logout_url(self, id_token: str, *, back_to: str) -> str | None:
        """Return where the session at the provider ends (RP-initiated logout); None when it has no such place."""
        try:
            address = self._metadata_now().get("end_session_endpoint")
        except Problem:
            return None
        if not isinstance(address, str) or not is_secure_transport(address):
            return None
        sent = {"id_token_hint": id_token, "post_logout_redirect_uri": back_to, "client_id": self.issuer.client_id}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(sent)}"

    def _metadata_now(self) -> dict[str, Any]:
        if self._metadata is None or self._metadata.is_older_than(CACHED_FOR):
            found = self._get(f"{self.issuer.url}/.well-known/openid-configuration")
            self._metadata = Cached(_checked_metadata(found, self.issuer.url), now())
        metadata: dict[str, Any] = self._metadata.value
        return metadata

    def _exchange(self, address: str, *, code: str, verifier: str) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._client.redirect_uri, code_verifier=verifier
        )
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        method = self._client.client_auth("client_secret_basic")
        address, headers, body = method.prepare("POST", address, headers, body)
        try:
            return post_form(address, body, headers=headers)
        except CallFailed as failed:
            log.warning("code not exchanged: %s", failed)
            raise (SignInFailed("code-refused") if failed.refused else ProviderSilent()) from failed

    def _checked(self, id_token: str, *, access_token: str, nonce: str) -> dict[str, Any]:
        try:
            header = jws.extract_compact(id_token.encode()).headers()
            key = self._key(header)
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            token = jwt.decode(id_token, key, registry=registry)
            return checked_claims(
                token, issuer=self.issuer.url, client_id=self.issuer.client_id, nonce=nonce, access_token=access_token
            )
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
            log.warning("id_token refused: %s", type(error).__name__)
            raise SignInFailed("id-token") from error

    def _key(self, header: Mapping[str, Any], *, typ: str = "JWT") -> KeySet:
        """Return the published key that a token names; fetch the keys once more when it is a new one."""
        kid = header.get("kid")
        if not isinstance(kid, str) or str(header.get("typ", "JWT")).upper() != typ.upper():
            raise SignInFailed("id-token-header")
        is_new = self._keys is not None and kid not in self._keys.value
        if self._keys is None or self._keys.is_older_than(REFETCH_EVERY if is_new else CACHED_FOR):
            self._fetch_keys()
        keys: Mapping[str, Any] = self._keys.value if self._keys else {}
        if kid not in keys:
            raise SignInFailed("unknown-key")
        return KeySet.import_key_set({"keys": [keys[kid]]})

    def _fetch_keys(self) -> None:
        found = self._get(self._metadata_now()["jwks_uri"]).get("keys")
        usable = [key for key in found if _verifies(key)] if isinstance(found, list) else []
        self._keys = Cached({key["kid"]: key for key in usable}, now())

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        address = self._metadata_now().get("userinfo_endpoint")
        if not isinstance(address, str):
            return {}
        told = self._get(address, headers={"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != subject:
            raise SignInFailed("userinfo-subject")
        return told

    def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            return get_json(address, headers=headers)
        except CallFailed as failed:
            log.warning("provider: %s", failed)
            raise ProviderSilent from failed


@dataclass(frozen=True, slots=True)
class Cached:
    """What was fetched, and when."""

    value: Any
    fetched_at: datetime

    def is_older_than(self, age: timedelta) -> bool:
        """Tell whether it may be stale."""
        return now() - self.fetched_at >= age


def _checked_metadata(found: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Take a provider's description only if it is the configured issuer's, to the letter."""
    if found.get("issuer") != issuer:
        raise SignInFailed("discovery-issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        # Authlib's predicate lets plain http pass on loopback, where the development provider lives
        if not isinstance(found.get(name), str) or not is_secure_transport(found[name]):
            raise SignInFailed("discovery-endpoints")
    if "S256" not in found.get("code_challenge_methods_supported", ["S256"]):
        raise SignInFailed("discovery-pkce")
    return found


def _verifies(key: Any) -> bool:
    """Tell whether an entry of a JWKS can verify signatures."""
    return (
        isinstance(key, dict)
        and key.get("kty") in KEY_TYPES
        and isinstance(key.get("kid"), str)
        and key.get("use", "sig") == "sig"
    )


def checked_claims(
    token: jwt.Token, *, issuer: str, client_id: str, nonce: str, access_token: str = ""
) -> dict[str, Any]:
    """Check the claims of an id_token whose signature is right (OpenID Connect Core, section 3.1.3.7).

    Raises:
        SignInFailed: when one is missing, wrong, too old or too far ahead.
        JoseError: the same, found by Authlib.
    """
    instant, claims = int(now().timestamp()), token.claims
    options = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    CodeIDToken(claims, token.header, options, params).validate(instant, int(LEEWAY.total_seconds()))
    if not isinstance(claims.get("at_hash", "-"), str) or claims.get("at_hash") == "":
        raise SignInFailed("at-hash")  # Authlib skips what is empty
    if not instant - OLDEST_TOKEN.total_seconds() <= claims["iat"] <= instant + LEEWAY.total_seconds():
        raise SignInFailed("iat")
    if claims["exp"] > instant + LONGEST_TOKEN.total_seconds():
        raise SignInFailed("exp")
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.strip() or len(subject) > LONGEST_SUBJECT or "\0" in subject:
        raise SignInFailed("sub")
    return claims
