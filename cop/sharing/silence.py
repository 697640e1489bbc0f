# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Cities that don't answer for months: nothing is sent there any more, and what they missed waits in the feed."""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.i18n import _
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerReceipt, PeerRecord, ReceivedActivity
from cop.sharing.rules import Trust
from cop.sharing.services import note
from cop.sharing.telling import tell_admins
from federation.ports import PeerState

SILENT_FOR = timedelta(days=90)
#: closed in one transaction
MOST = 1000


def mind_silence() -> None:
    """Stop sending to who was silent for too long, tell the administrators, and begin again with who is back."""
    with transaction():
        for peer in _back():
            peer.feed_only_at, peer.failing_since, peer.next_try_at, peer.stopped_at = None, None, None, None
        for peer in _silent(now() - SILENT_FOR):
            peer.feed_only_at = now()
            note(Trust.SILENT, peer.origin)
            _tell(peer)
    while _close_some():
        pass


def _back() -> list[PeerRecord]:
    """Return those that said or read something since: whoever can call can be called."""
    since = PeerRecord.feed_only_at
    said = exists().where(ReceivedActivity.sender == PeerRecord.origin, ReceivedActivity.received_at > since)
    read = exists().where(PeerReceipt.peer_id == PeerRecord.id, PeerReceipt.at > since)
    return list(db.session.scalars(select(PeerRecord).where(since.is_not(None), said | read)))


def _silent(before: datetime) -> list[PeerRecord]:
    said = exists().where(ReceivedActivity.sender == PeerRecord.origin, ReceivedActivity.received_at > before)
    away = or_(PeerRecord.failing_since < before, PeerRecord.stopped_at < before)
    ours = (PeerRecord.state == PeerState.ACTIVE, PeerRecord.paused_at.is_(None), PeerRecord.feed_only_at.is_(None))
    return list(db.session.scalars(select(PeerRecord).where(*ours, away, ~said)))


def _close_some() -> int:
    """Close deliveries to whoever gets nothing any more; what they carry stays in the log."""
    with transaction():
        due = db.session.scalars(
            select(DeliveryRecord.id)
            .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
            .where(PeerRecord.feed_only_at.is_not(None), DeliveryRecord.state == DeliveryState.DUE)
            .limit(MOST)
        ).all()
        db.session.execute(
            update(DeliveryRecord).where(DeliveryRecord.id.in_(due)).values(state=DeliveryState.FEED),
            execution_options={"synchronize_session": False},
        )
    return len(due)


def _tell(peer: PeerRecord) -> None:
    tell_admins(
        lambda: _("%(city)s has not answered for %(days)s days", city=peer.short, days=SILENT_FOR.days),
        lambda: [
            _("Nothing is sent there any more. Nothing is lost: when it is back, it fetches what it missed."),
            _("If it is gone for good, end the connection."),
        ],
        page=f"/admin/partners/{peer.id}",
    )
