# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The cities we know and the keys we pinned."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.events import publish
from cop.base.instance import this_city
from cop.sharing.events import PeerConnected, PeerEnded
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerKey, PeerRecord
from cop.sharing.queries import PEER, as_peer
from cop.sharing.rules import badge
from cop.sharing.stores.log import SqlLog
from federation.keys import Purpose, is_for
from federation.ports import Peer, PeerState, PinnedKey
from federation.versions import write_versions

#: asked for each request: columns instead of rows, and no session
PINNED = (
    select(PeerKey.public_key, PeerKey.valid_until, *PEER)
    .join(PeerRecord, PeerRecord.id == PeerKey.peer_id)
    .where(PeerKey.key_id == bindparam("key_id"), PeerKey.pending_since.is_(None))
)


class SqlPeers:
    """See `federation.ports.Peers`."""

    def key(self, key_id: str, *, at: datetime, purpose: Purpose = Purpose.PEER) -> PinnedKey | None:
        """Find a pinned key that is valid at this moment, and for this."""
        if not is_for(key_id, purpose):
            return None
        with db.engine.connect() as connection:
            found = connection.execute(PINNED, {"key_id": key_id}).one_or_none()
        if found is None or (found.valid_until is not None and found.valid_until <= at):
            return None
        return PinnedKey(key_id, found.public_key, as_peer(found))

    def get(self, origin: str) -> Peer | None:
        """Find a city by its origin."""
        found = self._record(origin)
        return None if found is None else as_peer(found)

    def add(self, peer: Peer, *, name: str, keys: Mapping[str, bytes]) -> None:
        """Remember a city in the state it has, and pin its keys."""
        with transaction():
            remember(peer, name=name, keys=keys)

    def settle(self, peer: Peer, *, answer: Mapping[str, Any] | None = None) -> None:
        """Store a peer's new state and levels; with an answer log and deliver it in the same transaction."""
        with transaction():
            kept = self._record(peer.origin)
            if kept is None:
                raise LookupError(peer.origin)
            connected = peer.state is PeerState.ACTIVE and kept.state != PeerState.ACTIVE
            parted = peer.state is PeerState.ENDED and kept.state == PeerState.ACTIVE
            kept.state, kept.level_in, kept.level_out = peer.state, peer.level_in, peer.level_out
            if answer is not None:
                # until it greets us it may not have read our answer, and would refuse all else
                kept.greeted = False
                SqlLog().append(answer, object_id=answer["object"], to=[peer.origin])
            if connected:
                publish(PeerConnected(peer.origin))
            if parted:
                publish(PeerEnded(peer.origin, by_us=False))

    def _record(self, origin: str) -> PeerRecord | None:
        return db.session.scalar(select(PeerRecord).where(PeerRecord.origin == origin))


def remember(peer: Peer, *, name: str, keys: Mapping[str, bytes]) -> None:
    """Write a city and its keys in the caller's transaction; of one that was a peer before only the row stays."""
    kept = db.session.scalar(select(PeerRecord).where(PeerRecord.origin == peer.origin))
    if kept is None:
        kept = PeerRecord(origin=peer.origin, **badge(name, peer.origin), locale=this_city().locale)
        db.session.add(kept)
    kept.name, kept.state, kept.offer_id, kept.versions = name, peer.state, peer.offer_id, write_versions(peer.majors)
    kept.level_in, kept.level_out, kept.made_at = peer.level_in, peer.level_out, now()
    kept.failures, kept.next_try_at, kept.stopped_at, kept.last_error = 0, None, None, None
    kept.failing_since, kept.paused_at, kept.feed_only_at, kept.ended_at = None, None, None, None
    kept.keys = []
    db.session.flush()  # a key that is pinned anew must go before it comes
    left = (DeliveryRecord.peer_id == kept.id, DeliveryRecord.state == DeliveryState.DUE)
    db.session.execute(update(DeliveryRecord).where(*left).values(state=DeliveryState.ENDED))
    kept.keys = [PeerKey(key_id=key_id, public_key=public) for key_id, public in keys.items()]
