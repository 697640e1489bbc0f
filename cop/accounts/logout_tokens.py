# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a logout token says, if it may be believed (OpenID Connect Back-Channel Logout 1.0, section 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from cop.accounts.rules import is_for
from cop.base.errors import Problem

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST = timedelta(minutes=2)
AHEAD = timedelta(seconds=60)
LONGEST = 255


class LogoutRefused(Problem):
    """A logout token can't be believed; `reason` is a stable code for the log."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "logout-refused"

    def __init__(self, reason: str) -> None:
        """Keep the reason; no person reads it."""
        super().__init__()
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Whose session ended at an issuer: of a session, of a subject, or of both. The pair (issuer, jti) holds once."""

    issuer: str
    subject: str | None
    sid: str | None
    jti: str
    #: afterwards the token is too old anyway
    until: datetime


def logged_out(
    claims: Mapping[str, Any], header: Mapping[str, Any], *, issuer: str, audience: str, at: datetime
) -> LoggedOut:
    """Read a token whose signature is right.

    Args:
        claims: its claims.
        header: its header; `typ` must say what it is, so that no other token passes for it.
        issuer: who must have issued it.
        audience: whom it must be for, alone.
        at: now.

    Raises:
        LogoutRefused: when anything is missing or wrong, or it is older than two minutes.
    """
    if str(header.get("typ", "")).lower() != TYPE:
        raise LogoutRefused("typ")
    if claims.get("iss") != issuer:
        raise LogoutRefused("iss")
    if not is_for(claims, audience):
        raise LogoutRefused("aud")
    if "nonce" in claims:
        raise LogoutRefused("nonce")
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise LogoutRefused("events")
    subject, sid = _text(claims, "sub"), _text(claims, "sid")
    if subject is None and sid is None:
        raise LogoutRefused("subject")
    jti = _text(claims, "jti")
    if jti is None:
        raise LogoutRefused("jti")
    return LoggedOut(issuer, subject, sid, jti, _issued(claims, at) + OLDEST + AHEAD)


def _issued(claims: Mapping[str, Any], at: datetime) -> datetime:
    issued, expires = _instant(claims.get("iat"), "iat"), claims.get("exp")
    if not at - OLDEST <= issued <= at + AHEAD:
        raise LogoutRefused("iat")
    if expires is not None and _instant(expires, "exp") <= at - AHEAD:
        raise LogoutRefused("exp")
    return issued


def _instant(value: object, name: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise LogoutRefused(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise LogoutRefused(name) from error


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """Return a claim that is absent or some text.

    Raises:
        LogoutRefused: when it is neither.
    """
    value = claims.get(name)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= LONGEST or "\0" in value):
        raise LogoutRefused(name)
    return value
