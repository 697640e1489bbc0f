# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The three signed tokens of visits: who comes, which city asks, whose session ended. One key, told apart by `typ`."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from cop.sharing import visiting
from cop.visits.rules import ALGORITHM, LONGEST_TOKEN, is_plain

ID_TOKEN = "JWT"  # noqa: S105  the value of a header
CLIENT_ASSERTION = "client-authentication+jwt"


class TokenRefused(Exception):  # noqa: N818  said as it is
    """A token proves nothing; `reason` is a stable code for the log."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proved:
    """A token whose signature is right, and the city whose pinned key it is by."""

    city: str
    token: jwt.Token


def sign(claims: Mapping[str, Any], *, typ: str) -> str:
    """Sign a token with our newest key for visits."""
    key_id, pem = visiting.own_visit_key()
    header = {"alg": ALGORITHM, "kid": key_id, "typ": typ}
    return jwt.encode(header, dict(claims), OKPKey.import_key(pem), [ALGORITHM])


def read(text: str, *, typ: str) -> Proved:
    """Check the signature of a token by the key it names, which must be one that is pinned for visits.

    No key is fetched and none is taken from the token; the algorithm is ours.

    Raises:
        TokenRefused: when it proves nothing.
    """
    header = _header(text)
    if str(header.get("typ", "")).lower() != typ.lower():
        raise TokenRefused("typ")
    kid = header.get("kid")
    key = visiting.partner_key(kid) if isinstance(kid, str) and is_plain(kid) else None
    if key is None:
        raise TokenRefused("unknown_key")
    try:
        return Proved(key.origin, jwt.decode(text, _public(key.public), registry=_registry()))
    except (JoseError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise TokenRefused("signature") from error


def key_set() -> dict[str, Any]:
    """Return our public keys for visits as a JWK set."""
    return {
        "keys": [
            {**_public(public).as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
            for key_id, public in visiting.own_visit_keys().items()
        ]
    }


def _header(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_TOKEN or not text.isascii():
        raise TokenRefused("malformed")
    try:
        return dict(jws.extract_compact(text.encode()).headers())
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused("malformed") from error


def _registry() -> JWSRegistry:
    return JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


def _public(raw: bytes) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(raw).rstrip(b"=").decode()})
