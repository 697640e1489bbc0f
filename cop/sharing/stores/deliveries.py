# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits to be sent, and what came of each attempt."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from cop.base.db import db, transaction
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord
from cop.sharing.queries import as_peer
from federation import strict_json
from federation.origins import Origin
from federation.ports import Attempt, Delivery, Outcome, Peer, PeerState
from federation.rules import may_hear


class SqlDeliveries:
    """See `federation.ports.Deliveries`."""

    def peers_due(self, *, at: datetime) -> Sequence[Peer]:
        """List active peers with something due that are not made to wait."""
        something = exists().where(DeliveryRecord.peer_id == PeerRecord.id, *_due(at))
        found = db.session.scalars(select(PeerRecord).where(*_takes(at), something).order_by(PeerRecord.origin)).all()
        return [as_peer(record) for record in found]

    def due(self, origin: Origin, *, at: datetime, limit: int) -> Sequence[Delivery]:
        """List what is due to one peer, oldest first; nothing of an object for which an earlier delivery waits."""
        earlier = aliased(DeliveryRecord)
        held_back = exists().where(
            earlier.peer_id == DeliveryRecord.peer_id,
            earlier.state == DeliveryState.DUE,
            earlier.object_uri == DeliveryRecord.object_uri,
            earlier.seq < DeliveryRecord.seq,
            earlier.due_at > at,
        )
        found = db.session.execute(
            select(
                DeliveryRecord.id,
                DeliveryRecord.attempts,
                DeliveryRecord.object_uri,
                LogEntry.activity_id,
                LogEntry.activity,
                PeerRecord,
            )
            .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
            .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
            .where(PeerRecord.origin == origin, *_takes(at), *_due(at), ~held_back)
            .order_by(DeliveryRecord.seq)
            .limit(limit)
        ).all()
        allowed = [row for row in found if may_hear(row.activity, as_peer(row.PeerRecord))]
        due = [
            Delivery(
                id=str(row.id),
                activity_id=row.activity_id,
                object_id=row.object_uri,
                body=strict_json.dumps(row.activity),
                attempts=row.attempts,
            )
            for row in allowed
        ]
        forbidden = {row.id for row in found} - {row.id for row in allowed}
        db.session.rollback()  # nothing stays open while the peer is awaited
        if forbidden:
            _withhold(forbidden)
        return due

    def record(self, origin: Origin, delivery: Delivery, attempt: Attempt) -> None:
        """Write down an attempt and count it; a DONE ends the peer's waiting."""
        with transaction():
            kept = db.session.get_one(DeliveryRecord, UUID(str(delivery.id)))
            peer = db.session.scalars(select(PeerRecord).where(PeerRecord.origin == origin).with_for_update()).one()
            _keep_attempt(kept, attempt)
            if peer.state == PeerState.ENDED and kept.state == DeliveryState.DEAD:
                kept.state = DeliveryState.ENDED  # it knows already, or doesn't want to
            _keep_breaker(peer, attempt)

    def record_arrived(self, origin: Origin, deliveries: Sequence[Delivery], attempt: Attempt) -> None:
        """Write down that several arrived, in one transaction; what was dropped meanwhile stays dropped."""
        these = DeliveryRecord.id.in_([UUID(str(delivery.id)) for delivery in deliveries])
        facts = {"state": DeliveryState.DONE, "done_at": attempt.at, "last_error": None}
        with transaction():
            peer = db.session.scalars(select(PeerRecord).where(PeerRecord.origin == origin).with_for_update()).one()
            db.session.execute(
                update(DeliveryRecord).where(these).values(attempts=DeliveryRecord.attempts + 1, **facts),
                execution_options={"synchronize_session": False},
            )
            _keep_breaker(peer, attempt)


def _withhold(deliveries: Collection[UUID]) -> None:
    """Never send what the city may not hear any more."""
    with transaction():
        db.session.execute(
            update(DeliveryRecord).where(DeliveryRecord.id.in_(deliveries)).values(state=DeliveryState.ENDED)
        )


def _takes(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a peer is sent anything now."""
    return (
        PeerRecord.state.in_([PeerState.ACTIVE, PeerState.ENDED]),
        PeerRecord.stopped_at.is_(None),
        or_(PeerRecord.next_try_at.is_(None), PeerRecord.next_try_at <= at),
    )


def _due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a delivery goes out.

    Until the peer greets us, only our answer to its offer; after the end, only that it ended.
    """
    return (
        DeliveryRecord.state == DeliveryState.DUE,
        DeliveryRecord.due_at <= at,
        or_(
            and_(PeerRecord.state == PeerState.ACTIVE, PeerRecord.greeted),
            DeliveryRecord.object_uri == PeerRecord.offer_id,
        ),
    )


def _keep_attempt(kept: DeliveryRecord, attempt: Attempt) -> None:
    kept.attempts += 1
    kept.last_error = attempt.error
    if attempt.outcome is Outcome.DONE:
        kept.state, kept.done_at = DeliveryState.DONE, attempt.at
    elif attempt.outcome is Outcome.DEAD:
        kept.state, kept.refused_at = DeliveryState.DEAD, attempt.at
    elif attempt.next_at is not None:
        kept.due_at = attempt.next_at


def _keep_breaker(peer: PeerRecord, attempt: Attempt) -> None:
    if attempt.status is not None:
        peer.last_contact_at = attempt.at
    if attempt.outcome is Outcome.STOP:
        peer.stopped_at = attempt.at
    if attempt.outcome in {Outcome.DONE, Outcome.DEAD}:
        peer.failures, peer.next_try_at, peer.last_error = 0, None, None
    else:
        peer.failures, peer.last_error = peer.failures + 1, attempt.error
        peer.next_try_at = attempt.next_at if attempt.peer_waits else None
