# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far we read our peers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from cop.base.clock import now
from cop.base.db import db, insert_missing, new_id, read, transaction
from cop.base.instance import this_city
from cop.sharing.models import PeerReading, PeerRecord, ReceivedActivity, Tombstone
from cop.sharing.queries import PEER, as_peer, revs_of
from cop.sharing.rules import next_night
from federation.feed import Cursor, Fetched, Reading
from federation.origins import Origin
from federation.ports import Level, Peer, PeerState


class SqlReadings:
    """See `federation.feed.Readings`."""

    def due(self, *, at: datetime) -> Sequence[Peer]:
        """List the active peers that are to be read now: those that know our answer."""
        found = read(
            select(*PEER)
            .outerjoin(PeerReading, PeerReading.peer_id == PeerRecord.id)
            .where(
                PeerRecord.state == PeerState.ACTIVE,
                PeerRecord.greeted,
                PeerRecord.level_in > Level.BLOCKED,
                or_(PeerReading.id.is_(None), PeerReading.due_at <= at),
            )
            .order_by(PeerRecord.origin)
        )
        return [as_peer(row) for row in found]

    def of(self, origin: Origin) -> Reading:
        """Tell how reading this peer stands."""
        kept = db.session.scalar(select(PeerReading).join(PeerRecord).where(PeerRecord.origin == origin))
        db.session.rollback()  # nothing stays open while the peer is awaited
        if kept is None:
            return Reading()
        if kept.epoch is None or kept.seq is None or kept.hash is None:
            return Reading(page=kept.page, failures=kept.failures)
        return Reading(Cursor(kept.epoch, kept.seq, kept.hash), failures=kept.failures)

    def new(self, origin: Origin, activity_ids: Collection[str]) -> Collection[str]:
        """Pick those of these activities that were never received from this peer."""
        known = select(ReceivedActivity.activity_id).where(
            ReceivedActivity.sender == origin, ReceivedActivity.activity_id.in_(activity_ids)
        )
        return set(activity_ids) - set(db.session.scalars(known))

    def wanted(self, origin: Origin, revs: Mapping[str, int]) -> Collection[str]:
        """Pick those of these objects of which we have nothing as new, dead or alive."""
        here = revs_of(revs.keys())
        graves = {
            grave.uri: grave for grave in db.session.scalars(select(Tombstone).where(Tombstone.uri.in_(revs.keys())))
        }
        return {
            uri
            for uri, rev in revs.items()
            if rev > here.get(uri, 0) and not (uri in graves and (graves[uri].final or rev < graves[uri].rev))
        }

    def keep(self, origin: Origin, fetched: Sequence[Fetched], reading: Reading) -> None:
        """Store what was fetched, to be handled like what was pushed, and how far that was, in one transaction."""
        rows = [_received(each, now()) for each in fetched]
        with transaction():
            if rows:
                db.session.execute(insert_missing(ReceivedActivity, dialect=db.engine.dialect.name), rows)
            kept = _row(origin)
            if kept is not None:
                at = reading.cursor
                kept.epoch, kept.seq, kept.hash = (at.epoch, at.seq, at.hash) if at else (None, None, None)
                kept.page = reading.page

    def end(self, origin: Origin, *, at: datetime, next_at: datetime, head: int | None, error: str | None) -> None:
        """Remember how a reading ended, where the peer's log ended, and when to read again."""
        with transaction():
            kept = _row(origin)
            if kept is None:
                return
            kept.due_at, kept.last_error = next_at, error
            kept.failures = kept.failures + 1 if error else 0
            if error is None:
                kept.asked_at = at
            if head is not None:
                kept.head = head


def _row(origin: Origin) -> PeerReading | None:
    """Return the row of a city that is a peer, made at its first reading."""
    peer_id: UUID | None = db.session.scalar(select(PeerRecord.id).where(PeerRecord.origin == origin))
    if peer_id is None:
        return None
    kept = db.session.scalar(select(PeerReading).where(PeerReading.peer_id == peer_id))
    if kept is None:
        at = now()
        night = next_night(at, this_city().zone)
        kept = PeerReading(id=new_id(), peer_id=peer_id, page="", due_at=at, failures=0, compare_at=night)
        db.session.add(kept)
    return kept


def _received(fetched: Fetched, at: datetime) -> dict[str, Any]:
    received = fetched.received
    return {
        "id": new_id(),
        "sender": received.sender,
        "activity_id": received.activity.id,
        "key_id": received.key_id,
        "body": fetched.body,
        "received_at": at,
        "due_at": at,
        "attempts": 0,
        "outcome": "",
    }
