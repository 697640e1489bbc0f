# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The handshake as administrators do it, on pages and by command: each step is written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from cop.base.db import transaction
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.base.instance import in_development
from cop.sharing.hub import hub
from cop.sharing.peer_keys import wait_for
from cop.sharing.rules import Trust, badge
from cop.sharing.services import note, require_peer, require_state
from federation.calling import Unproved
from federation.errors import Refused, Unreachable
from federation.invitations import City, Invitation, read_invitation
from federation.origins import Origin
from federation.ports import Level, PeerState

SENTENCES = {
    "invitation": N_("This is not an invitation, or not all of it. Please copy the whole text."),
    "fingerprint": N_("The city at this address has another key than the invitation says. Please call them."),
    "version": N_(
        "The other city speaks no version of the protocol that this one speaks. One of both needs an update."
    ),
    "already_peered": N_("There is a partnership with this city already."),
    "offer_refused": N_("The other city did not take this: the invitation was used, or is older than seven days."),
    "not_asked": N_("This was decided meanwhile."),
}
ODD = N_("The other city answered something we don't understand. Please tell its administrators.")
UNPROVED = N_("Something answered that could not prove to be this city. Please tell its administrators.")
SILENT = N_("The other city can't be reached at present. Please try again later.")


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is behind an invitation: what an administrator compares before confirming."""

    origin: str
    name: str
    short: str
    fingerprint: str


def invite(*, by: UUID | None) -> str:
    """Make an invitation and return the text to pass on."""
    text = hub().peering.invite().text()
    _note(Trust.INVITED, hub().city.origin, by)
    return text


def look(text: str) -> Seen:
    """Ask the inviting city who it is.

    Raises:
        Conflict: when the text is no invitation, or the city is not what it says.
    """
    with _in_words():
        invitation = read_invitation(text, development=in_development())
        city = hub().peering.look(invitation)
    return _seen(city, invitation)


def offer(text: str, *, level: int, by: UUID | None) -> Seen:
    """Take up an invitation: the other city's administrator confirms next.

    Raises:
        Conflict: when the other city doesn't take it.
    """
    with _in_words():
        invitation = read_invitation(text, development=in_development())
        city = hub().peering.look(invitation)
        hub().peering.offer(invitation, city, level_in=Level(level), level_out=Level(level))
    _note(Trust.OFFERED, city.origin, by, level=level)
    return _seen(city, invitation)


def confirm(origin: str, *, level: int, by: UUID | None) -> None:
    """Confirm a city that took up our invitation.

    Raises:
        Conflict: when it doesn't wait for that any more.
    """
    with _in_words():
        hub().peering.accept(Origin(origin), level_in=Level(level), level_out=Level(level))
    _note(Trust.CONFIRMED, origin, by, level=level)


def refuse(origin: str, *, by: UUID | None) -> None:
    """Turn a city down.

    Raises:
        Conflict: when it doesn't wait for that any more.
    """
    with _in_words():
        hub().peering.reject(Origin(origin))
    _note(Trust.REFUSED, origin, by)


def look_for_keys(origin: str) -> int:
    """Ask a partner city which keys it signs with now; new ones wait to be compared. Return how many.

    Raises:
        NotFound: when we don't know it.
        Conflict: when it doesn't answer, or has no other key than those we know.
    """
    with _in_words():
        found = hub().peering.present_keys(Origin(origin))
    with transaction():
        peer = require_peer(origin)
        require_state(peer, PeerState.ACTIVE)
        waiting = wait_for(peer, found)
    if not waiting:
        raise Conflict(N_("It names no other key than those that stand here."))
    return len(waiting)


def _seen(city: City, invitation: Invitation) -> Seen:
    return Seen(city.origin, city.name, badge(city.name, city.origin)["short"], invitation.fingerprint)


def _note(trust: Trust, origin: str, by: UUID | None, **details: int) -> None:
    with transaction():
        note(trust, origin, by=by, **details)


@contextmanager
def _in_words() -> Iterator[None]:
    """Say refusals in words for an administrator."""
    try:
        yield
    except Refused as refusal:
        raise Conflict(SENTENCES.get(refusal.code, ODD)) from refusal
    except Unproved as answer:
        raise Conflict(UNPROVED) from answer
    except Unreachable as silence:
        raise Conflict(SILENT) from silence
