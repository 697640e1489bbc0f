# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Decisions about partner cities."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from cop.accounts.models import KnownCity
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict, NotFound
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.sharing.events import LevelsChanged, PeerEnded
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerKey, PeerRecord, Quarantine, ShownObject, TrustEvent
from cop.sharing.own_log import chain_decision
from cop.sharing.queries import peer_of
from cop.sharing.rules import Trust
from federation.keys import Purpose, fingerprint, is_for
from federation.ports import PeerState
from federation.versions import write_versions

FACTS = ("name", "short", "letters", "hue", "locale")


def remember_city(origin: str, facts: dict[str, Any]) -> None:
    """Keep how a city is shown: name, short, letters, hue, locale."""
    shown = {name: facts[name] for name in FACTS}
    kept = db.session.scalar(select(KnownCity).where(KnownCity.origin == origin))
    if kept is None:
        db.session.add(KnownCity(origin=origin, **shown))
    for row in (kept, peer_of(origin)):
        for name, value in shown.items():
            if row is not None:
                setattr(row, name, value)


def remember_versions(origin: str, majors: Collection[int]) -> None:
    """Keep which versions of the protocol a city said in a signed request that it speaks."""
    require_peer(origin).versions = write_versions(majors)


def pin_keys(origin: str, keys: Mapping[str, bytes]) -> None:
    """Pin the keys for objects and visits that a city said in a signed request; those for requests never."""
    peer = require_peer(origin)
    known = {key.key_id for key in peer.keys}
    for key_id, public in keys.items():
        if key_id not in known and not is_for(key_id, Purpose.PEER):
            peer.keys.append(PeerKey(key_id=key_id, public_key=public))
            note(Trust.KEY_PINNED, origin, key=key_id, fingerprint=fingerprint(public))


def remember_ourselves() -> None:
    """Keep how this city is shown, beside the others."""
    city = this_city()
    facts = {name: getattr(city, name) for name in FACTS}
    remember_city(city.origin, facts)


def end_peering(origin: str, *, by: UUID | None) -> None:
    """End a partnership: nothing is taken or sent any more, but that it is over.

    What it had of us stays there, as its administrators decide; ours decide about what we have of it.

    Raises:
        NotFound: when there is none.
        Conflict: when it has ended already.
    """
    peer = require_peer(origin)
    if peer.state == PeerState.ENDED:
        raise Conflict(N_("This was decided meanwhile."))
    was_active = peer.state == PeerState.ACTIVE
    peer.state, peer.level_in, peer.level_out = PeerState.ENDED, 0, 0
    note(Trust.ENDED, origin, by=by)
    if was_active:
        publish(PeerEnded(origin, by_us=True))


def forget_what_passes(origin: str) -> None:
    """Let nothing more go out to a city whose peering ended."""
    peer = require_peer(origin)
    peer.ended_at, peer.paused_at, peer.feed_only_at = now(), None, None  # that it ended goes out
    waiting = (DeliveryRecord.peer_id == peer.id, DeliveryRecord.state == DeliveryState.DUE)
    db.session.execute(update(DeliveryRecord).where(*waiting).values(state=DeliveryState.ENDED))
    db.session.execute(delete(ShownObject).where(ShownObject.peer_id == peer.id))
    # what comes now is taken for nothing but the handshake of another peering, which a quarantine must not hold
    db.session.execute(update(Quarantine).where(Quarantine.peer_id == peer.id).values(holds=False))


def set_levels(origin: str, *, level_in: int, level_out: int, by: UUID | None) -> None:
    """Decide how far a city is trusted, each direction on its own; holds at once.

    Raises:
        NotFound: when we don't know it.
        Conflict: when it is no partner.
    """
    peer = require_peer(origin)
    require_state(peer, PeerState.ACTIVE)
    before = {"in": peer.level_in, "out": peer.level_out}
    after = {"in": level_in, "out": level_out}
    if before == after:
        return
    peer.level_in, peer.level_out = level_in, level_out
    note(Trust.LEVELS, origin, by=by, before=before, after=after)
    publish(LevelsChanged(origin))


def try_now(origin: str) -> None:
    """Let what waits for a city go out at once, also what waited in the feed.

    Raises:
        NotFound: when there is no such partner.
    """
    peer = require_peer(origin)
    peer.next_try_at, peer.stopped_at, peer.feed_only_at, peer.failing_since = None, None, None, None
    waits = DeliveryRecord.state.in_([DeliveryState.DUE, DeliveryState.FEED])
    changes = {"state": DeliveryState.DUE, "due_at": now()}
    db.session.execute(update(DeliveryRecord).where(DeliveryRecord.peer_id == peer.id, waits).values(**changes))


def pause(origin: str, *, by: UUID | None) -> None:
    """Let everything for a city wait until an administrator says otherwise; it is kept in order.

    Raises:
        NotFound: when there is no such partner.
        Conflict: when it is none at present.
    """
    peer = require_peer(origin)
    require_state(peer, PeerState.ACTIVE)
    if peer.paused_at is None:
        peer.paused_at = now()
        note(Trust.PAUSED, origin, by=by)


def resume(origin: str, *, by: UUID | None) -> None:
    """Let what waited go out. The days of the pause are none of silence.

    Raises:
        NotFound: when there is no such partner.
    """
    peer = require_peer(origin)
    if peer.paused_at is not None:
        peer.paused_at, peer.failing_since, peer.next_try_at = None, None, None
        note(Trust.RESUMED, origin, by=by)


def require_peer(origin: str) -> PeerRecord:
    """Return a city we know.

    Raises:
        NotFound: when we don't.
    """
    peer = peer_of(origin)
    if peer is None:
        raise NotFound(N_("This page does not exist."))
    return peer


def require_state(peer: PeerRecord, state: PeerState) -> None:
    """Make sure that a city stands where the page said.

    Raises:
        Conflict: when it does not any more.
    """
    if peer.state != state:
        raise Conflict(N_("This was decided meanwhile."))


def note(trust: Trust, origin: str, *, by: UUID | None = None, **details: Any) -> None:
    """Write down a decision about a partner city."""
    decision = TrustEvent(peer_origin=origin, code=trust, details=details, person_id=by, at=now())
    chain_decision(decision)
    db.session.add(decision)
