# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the provider does wrong on purpose, so that the tests see it refused."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

ABSENT = None
"""As a value in `Tampering`: leave the member out."""

Signing = Literal["own", "none", "hs256_public", "other_key", "unknown_key", "embedded_jwk", "broken"]
Answer = Literal["usual", "no_id_token", "not_json", "error_500", "redirect", "no_access_token", "huge"]


@dataclass(frozen=True, slots=True)
class Seconds:
    """A moment so many seconds from now, for `exp` and `iat`."""

    from_now: int


@dataclass(frozen=True, slots=True)
class Tampering:
    """Departures from what is right: members put in the place of the right ones."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    callback: Mapping[str, str | None] = field(default_factory=dict)
    userinfo: Mapping[str, Any] = field(default_factory=dict)
    signing: Signing = "own"
    answer: Answer = "usual"
    swap_challenge: bool = False
    """The code belongs to somebody else's sign-in: its PKCE challenge is another one."""


NO_FAULT = Tampering()

EVIL = "http://127.0.0.1:9/evil"

FAULTS: Mapping[str, Tampering] = {
    "expired": Tampering(claims={"exp": Seconds(-600)}),
    "expired_100_s": Tampering(claims={"exp": Seconds(-100)}),
    "far_exp": Tampering(claims={"exp": Seconds(10_000_000_000)}),
    "no_exp": Tampering(claims={"exp": ABSENT}),
    "old_iat": Tampering(claims={"iat": Seconds(-315_360_000)}),
    "future_iat": Tampering(claims={"iat": Seconds(600)}),
    "no_iat": Tampering(claims={"iat": ABSENT}),
    "nbf_ahead": Tampering(claims={"nbf": Seconds(600)}),
    "exp_as_text": Tampering(claims={"exp": "tomorrow"}),
    "wrong_audience": Tampering(claims={"aud": "other"}),
    "wrong_audience_azp_ours": Tampering(claims={"aud": ["other", "evil"], "azp": "rp"}),
    "two_audiences_no_azp": Tampering(claims={"aud": ["rp", "other"]}),
    "azp_other": Tampering(claims={"azp": "other"}),
    "no_audience": Tampering(claims={"aud": ABSENT}),
    "wrong_issuer": Tampering(claims={"iss": EVIL}),
    "no_issuer": Tampering(claims={"iss": ABSENT}),
    "wrong_nonce": Tampering(claims={"nonce": "M"}),
    "no_nonce": Tampering(claims={"nonce": ABSENT}),
    "empty_sub": Tampering(claims={"sub": ""}),
    "blank_sub": Tampering(claims={"sub": "   "}),
    "long_sub": Tampering(claims={"sub": "X" * 300}),
    "numeric_sub": Tampering(claims={"sub": 7}),
    "no_sub": Tampering(claims={"sub": ABSENT}),
    "wrong_at_hash": Tampering(claims={"at_hash": "x"}),
    "claims_of_the_wrong_type": Tampering(
        claims={"name": ["a"], "email": {"x": 1}, "organisation": 5, "unit": True, "groups": "admin"}
    ),
    "alg_none": Tampering(signing="none"),
    "hs256": Tampering(signing="hs256_public"),
    "other_key_same_kid": Tampering(signing="other_key"),
    "unknown_key": Tampering(signing="unknown_key"),
    "embedded_jwk": Tampering(signing="embedded_jwk"),
    "broken_token": Tampering(signing="broken"),
    "unknown_crit": Tampering(header={"crit": ["bork"], "bork": True}),
    "no_kid": Tampering(header={"kid": ABSENT}),
    "wrong_typ": Tampering(header={"typ": "logout+jwt"}),
    "missing_id_token": Tampering(answer="no_id_token"),
    "no_access_token": Tampering(answer="no_access_token"),
    "token_not_json": Tampering(answer="not_json"),
    "token_error": Tampering(answer="error_500"),
    "token_redirect": Tampering(answer="redirect"),
    "token_huge": Tampering(answer="huge"),
    "swapped_code": Tampering(swap_challenge=True),
    "discovery_no_issuer": Tampering(metadata={"issuer": ABSENT}),
    "discovery_other_issuer": Tampering(metadata={"issuer": EVIL}),
    "discovery_no_token_endpoint": Tampering(metadata={"token_endpoint": ABSENT}),
    "discovery_no_s256": Tampering(metadata={"code_challenge_methods_supported": ["plain"]}),
    "callback_iss_other": Tampering(callback={"iss": EVIL}),
    "callback_no_iss": Tampering(callback={"iss": ABSENT}),
    "callback_no_state": Tampering(callback={"state": ABSENT}),
    "callback_other_state": Tampering(callback={"state": "of-an-attacker"}),
    "callback_no_code": Tampering(callback={"code": ABSENT}),
    "callback_error": Tampering(callback={"code": ABSENT, "error": "access_denied"}),
    "userinfo_other_sub": Tampering(userinfo={"sub": "other"}),
    "userinfo_no_sub": Tampering(userinfo={"sub": ABSENT}),
}
"""Named faults; a test may also build a `Tampering` of its own."""


def replace(right: Mapping[str, Any], wrong: Mapping[str, Any], *, now: int = 0) -> dict[str, Any]:
    """Put the wrong members in the place of the right ones."""
    merged = {**right, **wrong}
    timed = {k: now + v.from_now if isinstance(v, Seconds) else v for k, v in merged.items()}
    return {k: v for k, v in timed.items() if not (k in wrong and v is ABSENT)}


def sign_id_token(claims: dict[str, Any], key: RSAKey | ECKey, alg: str, tampering: Tampering) -> str:
    """Sign the claims as the tampering says; without one, as OpenID Connect Core says."""
    if tampering.signing == "own" and not tampering.header:
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, [alg])
    header = replace({"alg": alg, "kid": key.kid, "typ": "JWT"}, tampering.header)
    match tampering.signing:
        case "none":
            return _signed({**header, "alg": "none"}, claims, lambda _: b"")
        case "hs256_public":
            secret = key.as_pem(private=False)
            return _signed({**header, "alg": "HS256"}, claims, lambda text: hmac.digest(secret, text, "sha256"))
        case "broken":
            return _signed(header, claims, lambda _: bytes(64))
        case "unknown_key":
            key, header = _another(key), {**header, "kid": "nobody-knows-this-key"}
        case "embedded_jwk":
            key = _another(key)
            header = {**header, "jwk": key.as_dict(private=False)}
        case "other_key":
            key = _another(key)
        case "own":
            pass
    return _signed(header, claims, lambda text: JWSRegistry.algorithms[alg].sign(text, key))


def _another(key: RSAKey | ECKey) -> RSAKey | ECKey:
    """Make a key of the same kind that nobody published."""
    return RSAKey.generate_key(2048) if isinstance(key, RSAKey) else ECKey.generate_key("P-256")


def _signed(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Put a JWS together by hand: joserfc writes no wrong ones."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    signing_input = b".".join(parts)
    return b".".join([signing_input, urlsafe_b64encode(sign(signing_input))]).decode()
