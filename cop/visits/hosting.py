# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Being visited: the way to the visitor's own city, and what comes back from there."""

import json
import logging
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from authlib.oauth2.client import OAuth2Client
from joserfc.errors import JoseError

from cop.accounts.oidc import Begun, ProviderSilent, SignInFailed, checked_claims
from cop.base.clock import now
from cop.base.instance import this_city
from cop.sharing.visiting import PartnerSilent, post_form
from cop.visits import tokens
from cop.visits.provider import ASSERTION
from cop.visits.rules import AUTHORIZE, CALLBACK, SCOPE, TOKEN, TOKEN_LIFETIME, is_plain

log = logging.getLogger(__name__)
OK = 200
LONGEST_SID = 36


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who a city says has come: a member's id, and how the two cities call the visit."""

    member_uri: str
    sid: str


def begin(city: str, *, hint: str) -> Begun:
    """Start a visit: send the browser to its own city with state, nonce and a PKCE challenge."""
    here = this_city().origin
    nonce, verifier = token_urlsafe(32), token_urlsafe(48)
    client = OAuth2Client(None, here, scope=SCOPE, redirect_uri=f"{here}{CALLBACK}", code_challenge_method="S256")
    url, state = client.create_authorization_url(
        f"{city}{AUTHORIZE}", state=token_urlsafe(32), code_verifier=verifier, nonce=nonce, login_hint=hint
    )
    return Begun(url, state, nonce, verifier)


def finish(city: str, *, code: str, nonce: str, verifier: str) -> Arrived:
    """Exchange the code at the visitor's city and check what comes for it; no transaction may be open.

    Raises:
        SignInFailed: when anything is not exactly as it must be.
        ProviderSilent: when the city doesn't answer.
    """
    id_token = _exchange(city, code=code, verifier=verifier).get("id_token")
    if not isinstance(id_token, str):
        raise SignInFailed("no-id-token")
    try:
        proved = tokens.read(id_token, typ=tokens.ID_TOKEN)
        claims = checked_claims(proved.token, issuer=city, client_id=this_city().origin, nonce=nonce)
    except tokens.TokenRefused as refused:
        raise SignInFailed(f"id-token-{refused.reason}") from refused
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise SignInFailed("id-token") from error
    if proved.city != city:
        raise SignInFailed("id-token-city")
    sid = claims.get("sid")
    if not isinstance(sid, str) or not is_plain(sid) or len(sid) > LONGEST_SID:
        raise SignInFailed("sid")
    return Arrived(claims["sub"], sid)


def _exchange(city: str, *, code: str, verifier: str) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{this_city().origin}{CALLBACK}",
        "code_verifier": verifier,
        "client_assertion_type": ASSERTION,
        "client_assertion": _assertion(city),
    }
    try:
        answer = post_form(city, TOKEN, fields)
    except PartnerSilent as silent:
        log.warning("visit: %s does not answer: %s", city, silent)
        raise ProviderSilent from silent
    if answer.status != OK:
        log.warning("visit: %s answered %d to a code", city, answer.status)
        raise SignInFailed("code-refused") if answer.status < 500 else ProviderSilent  # noqa: PLR2004
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SignInFailed("token-answer") from error
    if not isinstance(found, dict):
        raise SignInFailed("token-answer")
    return found


def _assertion(city: str) -> str:
    """Prove that it is us who ask (RFC 7523, section 3): for that city alone, for a minute, once."""
    here, issued = this_city().origin, int(now().timestamp())
    claims = {
        "iss": here,
        "sub": here,
        "aud": city,
        "iat": issued,
        "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
        "jti": token_urlsafe(24),
    }
    return tokens.sign(claims, typ=tokens.CLIENT_ASSERTION)
