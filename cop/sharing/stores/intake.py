# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Memory of what was received."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from cop.base.clock import now
from cop.base.db import db, new_id, transaction
from cop.sharing.models import Nonce, ReceivedActivity
from federation.errors import Refused
from federation.origins import Origin
from federation.ports import Arrival, Kept, Stored

LONGEST_WAIT = timedelta(minutes=10)
RETRY_AFTER_S = 10


class SqlIntake:
    """See `federation.ports.Intake`."""

    def keep(self, arrival: Arrival) -> Kept:
        """Store nonce, activity id and body in one transaction, durably, before returning."""
        activity_id = arrival.received.activity.id
        try:
            return self._keep(arrival)
        except IntegrityError:
            # the same came in at the same moment and was first
            with transaction():
                used_for = self._nonce_used_for(arrival)
            if used_for is None:
                return Kept.KNOWN
            return Kept.REPLAYED if used_for == activity_id else Kept.NONCE_REUSED
        except OperationalError as error:
            raise Refused("degraded", "nothing can be stored now", 503, retry_after=RETRY_AFTER_S) from error

    def _keep(self, arrival: Arrival) -> Kept:
        received, activity_id = arrival.received, arrival.received.activity.id
        with transaction():
            used_for = self._nonce_used_for(arrival)
            if used_for is not None:
                return Kept.REPLAYED if used_for == activity_id else Kept.NONCE_REUSED
            db.session.execute(
                insert(Nonce).values(
                    id=new_id(),
                    key_id=received.key_id,
                    nonce=arrival.nonce,
                    activity_id=activity_id,
                    expires_at=arrival.nonce_until,
                )
            )
            if self.holds(received.sender, activity_id):
                return Kept.KNOWN
            db.session.execute(
                insert(ReceivedActivity).values(
                    id=new_id(),
                    sender=received.sender,
                    activity_id=activity_id,
                    key_id=received.key_id,
                    body=arrival.body,
                    received_at=arrival.at,
                    due_at=arrival.at,
                )
            )
        return Kept.NEW

    def holds(self, sender: str, activity_id: str) -> bool:
        """Tell whether this activity came from this peer before."""
        return (
            db.session.scalar(
                select(ReceivedActivity.id).where(
                    ReceivedActivity.sender == sender, ReceivedActivity.activity_id == activity_id
                )
            )
            is not None
        )

    def waiting(self, limit: int) -> Sequence[Stored]:
        """List what is due to be processed, in the order of arrival."""
        found = db.session.execute(
            select(ReceivedActivity.id, ReceivedActivity.sender, ReceivedActivity.key_id, ReceivedActivity.body)
            .where(ReceivedActivity.due_at <= now(), ReceivedActivity.body.is_not(None))
            .order_by(ReceivedActivity.id)
            .limit(limit)
        ).all()
        return [Stored(str(row.id), Origin(row.sender), row.key_id, row.body) for row in found]

    def processed(self, stored: Stored, *, error: str | None = None) -> None:
        """Remember that it was handled; with a code when it was refused for good."""
        self._settle(stored, processed_at=now(), due_at=None, outcome=error or "")

    def failed(self, stored: Stored, *, error: str) -> None:
        """Remember that handling broke; it stays due, later and later."""
        with transaction():
            kept = db.session.get_one(ReceivedActivity, UUID(str(stored.id)))
            kept.attempts, kept.outcome = kept.attempts + 1, error
            kept.due_at = now() + min(timedelta(seconds=2 ** min(kept.attempts, 10)), LONGEST_WAIT)

    def _settle(self, stored: Stored, **facts: Any) -> None:
        with transaction():
            db.session.execute(
                update(ReceivedActivity).where(ReceivedActivity.id == UUID(str(stored.id))).values(**facts)
            )

    def _nonce_used_for(self, arrival: Arrival) -> str | None:
        return db.session.scalar(
            select(Nonce.activity_id).where(Nonce.key_id == arrival.received.key_id, Nonce.nonce == arrival.nonce)
        )
