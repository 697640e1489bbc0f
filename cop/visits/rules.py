# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of visits: where things are, how long they hold, and where a visit may lead."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

#: the same at every city, since nothing is looked up at a visit (docs/protocol.md, "Visits")
AUTHORIZE = "/visits/authorize"
TOKEN = "/visits/token"  # noqa: S105  a path
KEYS = "/visits/keys"
START = "/visits/start"
CALLBACK = "/visits/callback"
BACK_CHANNEL = "/visits/back-channel"
DISCOVERY = "/.well-known/openid-configuration"

ALGORITHM = "Ed25519"  # RFC 9864
SCOPE = "openid"
CODE_LIFETIME = timedelta(seconds=60)
TOKEN_LIFETIME = timedelta(seconds=60)
SKEW = timedelta(seconds=60)
LONGEST_HINT = 300
LONGEST_TOKEN = 8192
LONGEST_JTI = 255

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TARGET = re.compile(f"/o/{_UUID}")


def is_plain(text: object) -> bool:
    """Tell whether something is a text of printable ASCII, as ids of cities, keys and visits are."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and text != ""


def target_of(wanted: str | None, *, origin: str) -> str | None:
    """Return the id of a thing of ours that a visit may lead to; None for any other address.

    Only ids: no page, no query, nothing that could lead elsewhere. Whether
    there is such a thing, and whether it is of the visitor's community, is
    seen once it is known who comes.

    Args:
        wanted: `target_link_uri` (OpenID Connect Core, section 4).
        origin: this city's.
    """
    if wanted is None or not wanted.startswith(f"{origin}/"):
        return None
    return wanted if _TARGET.fullmatch(wanted.removeprefix(origin)) else None


def member_hint(hint: str | None, *, issuer: str) -> str | None:
    """Return the id of a member of a city, if a hint is one: `https://city/m/<uuid>`."""
    if hint is None or not is_plain(hint) or len(hint) > LONGEST_HINT or not hint.startswith(f"{issuer}/"):
        return None
    return hint if re.fullmatch(f"/m/{_UUID}", hint.removeprefix(issuer)) else None


def is_timely(claims: Mapping[str, Any], *, now: float, lifetime: timedelta) -> bool:
    """Tell whether a token is of now: `iat` and `exp` are numbers, `exp` at most a lifetime after `iat`.

    A minute is allowed for clocks that differ, in both directions. Instants
    in seconds since 1970.
    """
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, (int, float)) or not isinstance(expires, (int, float)):
        return False
    skew = SKEW.total_seconds()
    lasts = expires - issued
    return bool(0 < lasts <= lifetime.total_seconds() and issued <= now + skew and expires > now - skew)
