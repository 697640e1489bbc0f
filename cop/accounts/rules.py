# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of signing in: which path may follow, what counts as a name, when a session is over."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from math import cos, sin, tau
from threading import Lock
from typing import Any
from urllib.parse import unquote

HOME = "/"
LONGEST_PATH = 1000
LONGEST_NAME = 200
LONGEST_MAIL = 320
NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
SIGN_IN_PATHS = re.compile(r"/(login|logout|signed-out)([/?#]|$)", re.IGNORECASE)

ATTEMPT_LIFETIME = timedelta(minutes=10)
INVITATION_LIFETIME = timedelta(hours=24)
ATTEMPT_WINDOW = timedelta(minutes=1)
IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
COARSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider says somebody is."""

    issuer: str
    subject: str
    name: str
    email: str
    organisation: str
    unit: str
    admin: bool | None
    """None when this provider has no say in it."""


def safe_path(wanted: str | None) -> str:
    r"""Return where to go next: a path on this origin, or the start page.

    Browsers read `//host`, `/\host` and a tab between the slashes as another
    host, so none of these passes, and not in percent-encoding either, for
    something behind us may decode once more. The sign-in pages themselves
    are no place to return to.
    """
    if not wanted or len(wanted) > LONGEST_PATH or not wanted.isascii():
        return HOME
    for form in (wanted, unquote(wanted), unquote(unquote(wanted))):
        leaves = not form.startswith("/") or form.startswith("//") or "\\" in form or NOT_PRINTED.search(form)
        if leaves or SIGN_IN_PATHS.match(form):
            return HOME
    return wanted


def coarse(instant: datetime) -> datetime:
    """Round down to five minutes: enough to end idle sessions, too little to watch anybody."""
    return instant - timedelta(seconds=instant.timestamp() % COARSE.total_seconds())


def is_over(*, started_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Tell whether a session is over: idle for 60 minutes, or begun 12 hours ago."""
    return now - used_at >= IDLE or now - started_at >= LONGEST


def identity_from(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    organisation_claim: str = "organisation",
    unit_claim: str = "unit",
    role_claim: str = "groups",
    admin_role: str = "",
    organisation: str = "",
) -> Identity:
    """Read what the claims say about a person.

    A claim of another type than expected counts as absent. Somebody without
    a name is called by their user name, else by the part of the mail address
    before the @. The administrators' role is taken only from the claim and
    under the name that the operator configured; without a configured name
    the provider has no say in it.

    Args:
        claims: checked claims of the id_token, completed by those of userinfo.
        issuer: the issuer they were checked against.
        organisation_claim: where the organisation stands; likewise the next two.
        unit_claim: where the unit stands.
        role_claim: where the roles stand.
        admin_role: the role that makes an administrator.
        organisation: what to show for people whose claims name none.
    """
    email = _text(claims, "email", LONGEST_MAIL)
    name = _text(claims, "name") or _text(claims, "preferred_username") or email.partition("@")[0]
    return Identity(
        issuer=issuer,
        subject=claims["sub"],
        name=name or "?",
        email=email,
        organisation=_text(claims, organisation_claim) or organisation,
        unit=_text(claims, unit_claim),
        admin=admin_role in _roles(claims, role_claim) if admin_role else None,
    )


@dataclass(frozen=True, slots=True)
class Node:
    """A city's place in the ring of the sign-in page."""

    city: Any
    x: int
    y: int
    turn: bool


def ring(cities: Sequence[Any]) -> list[Node]:
    """Place cities on a circle, the first on top: it has the turn. The drawing is 360 wide and high."""
    angles = [(i / len(cities) - 0.25) * tau for i in range(len(cities))]
    return [
        Node(city, round(180 + 118 * cos(angle)), round(180 + 118 * sin(angle)), turn=i == 0)
        for i, (city, angle) in enumerate(zip(cities, angles, strict=True))
    ]


class AttemptLimit:
    """So many sign-ins may be begun from one address in a minute; one that succeeds gives its place back.

    So an office behind one address can sign in as a whole, while somebody who
    keeps failing waits.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._begun: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def begin(self, address: str, *, now: datetime) -> bool:
        """Count a sign-in; tell whether it may go on."""
        with self._lock:
            self._forget(now)
            begun = self._begun.setdefault(_network(address), deque())
            if len(begun) >= self.most:
                return False
            begun.append(now)
            return True

    def give_back(self, address: str) -> None:
        """Forget the oldest sign-in from an address: one has succeeded."""
        with self._lock:
            begun = self._begun.get(_network(address))
            if begun:
                begun.popleft()

    def _forget(self, now: datetime) -> None:
        for address, begun in list(self._begun.items()):
            while begun and now - begun[0] >= ATTEMPT_WINDOW:
                begun.popleft()
            if not begun:
                del self._begun[address]


def _network(address: str) -> str:
    """Count an IPv6 household as one: it has as many addresses as it likes."""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


def device_of(user_agent: str) -> str:
    """Name a browser for the list of own devices: "Firefox, Windows". Words of ours only, nothing of the header."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "CrOS": "ChromeOS",
        "Linux": "Linux",
    }
    found = [next((word for mark, word in names.items() if mark in user_agent), "") for names in (browsers, systems)]
    return ", ".join(word for word in found if word)


def _text(claims: Mapping[str, Any], name: str, longest: int = LONGEST_NAME) -> str:
    value = _claim(claims, name)
    return NOT_PRINTED.sub(" ", value).strip()[:longest] if isinstance(value, str) else ""


def _roles(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = _claim(claims, name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return frozenset()
    return frozenset(role for role in value if isinstance(role, str))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, or by a path of names (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def is_for(claims: Mapping[str, Any], audience: str) -> bool:
    """Tell whether a token is for this audience, and for no other."""
    return claims.get("aud") in (audience, [audience])
