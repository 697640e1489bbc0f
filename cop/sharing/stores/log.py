# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The append-only log of what this city said."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.sharing.models import DeliveryRecord, LogCounter, LogEntry, PeerRecord
from federation.origins import Origin


class SqlLog:
    """See `federation.ports.Log`."""

    def append(self, activity: Mapping[str, Any], *, object_id: str, to: Collection[Origin]) -> int:
        """Write an activity and its deliveries in the caller's transaction; return its number in commit order.

        Takes the lock on the counter: call it last.
        """
        seq, moment = self._next(), now()
        entry = LogEntry(
            id=new_id(),
            seq=seq,
            activity_id=activity["id"],
            type=activity["type"],
            object_uri=object_id,
            activity=dict(activity),
            audience=sorted(to),
            written_at=moment,
        )
        db.session.add(entry)
        db.session.flush()  # the deliveries' foreign key needs the row
        for peer_id in db.session.scalars(select(PeerRecord.id).where(PeerRecord.origin.in_(to))):
            db.session.add(
                DeliveryRecord(peer_id=peer_id, entry_id=entry.id, seq=seq, object_uri=object_id, due_at=moment)
            )
        db.session.flush()  # a transaction that says several things reads what waits
        return seq

    def _next(self) -> int:
        counter = db.session.scalar(select(LogCounter).with_for_update().execution_options(populate_existing=True))
        if counter is None:
            # two first words at once: `only` is unique, the later one fails and comes again
            counter = LogCounter(id=new_id(), last=0)
            db.session.add(counter)
        counter.last += 1
        return counter.last
