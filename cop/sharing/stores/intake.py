# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Memory of what was received."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, bindparam, exists, or_, select, update
from sqlalchemy.exc import DBAPIError

from cop.base.clock import now
from cop.base.db import Model, db, insert_missing, new_id, read, transaction
from cop.sharing.models import Nonce, PeerRecord, Quarantine, ReceivedActivity
from cop.sharing.stores.together import Together
from federation.errors import Refused
from federation.origins import Origin
from federation.ports import Arrival, Kept, Stored

LONGEST_WAIT = timedelta(minutes=10)
RETRY_AFTER_S = 10


#: what arrived since the moment from which a city is in quarantine, if it all waits, or else until that began
HELD = exists(
    select(Quarantine.id)
    .join(PeerRecord, PeerRecord.id == Quarantine.peer_id)
    .where(
        PeerRecord.origin == ReceivedActivity.sender,
        ReceivedActivity.received_at >= Quarantine.since,
        or_(Quarantine.holds, ReceivedActivity.received_at <= Quarantine.begun_at),
    )
)
#: asked twice a second: made once
WAITING = (
    select(ReceivedActivity.id, ReceivedActivity.sender, ReceivedActivity.key_id, ReceivedActivity.body)
    .where(ReceivedActivity.due_at <= bindparam("at"), ReceivedActivity.body.is_not(None), ~HELD)
    .order_by(ReceivedActivity.due_at, ReceivedActivity.id)
    .limit(bindparam("limit", type_=Integer))
)
USED_FOR = select(Nonce.activity_id).where(Nonce.key_id == bindparam("key_id"), Nonce.nonce == bindparam("nonce"))


class SqlIntake:
    """See `federation.ports.Intake`. What arrives at once is committed at once, so a flood costs few commits."""

    def __init__(self) -> None:
        self._arrivals: Together[Arrival, Kept] = Together(_write)

    def keep(self, arrival: Arrival) -> Kept:
        """Store nonce, activity id and body in one transaction, durably, before returning."""
        if db.session.registry.has():
            db.session.rollback()  # ends what was read: nobody holds one connection and waits for another
        try:
            return self._arrivals.keep(arrival)
        except DBAPIError as error:
            raise Refused("degraded", "nothing can be stored now", 503, retry_after=RETRY_AFTER_S) from error

    def waiting(self, limit: int) -> Sequence[Stored]:
        """List what is due to be processed, the longest due first; what is held in a quarantine is not."""
        found = read(WAITING, {"at": now(), "limit": limit})
        return [Stored(str(row.id), Origin(row.sender), row.key_id, row.body) for row in found]

    def processed(self, stored: Sequence[Stored], *, error: str | None = None) -> None:
        """Remember that these were handled; with a code when they were refused for good.

        What is written down already its handler wrote with what it did: one write to the disk, not two.
        """
        ids = [UUID(str(each.id)) for each in stored]
        left = read(
            select(ReceivedActivity.id).where(ReceivedActivity.id.in_(ids), ReceivedActivity.due_at.is_not(None))
        )
        if not left.all():
            return
        settled = {"processed_at": now(), "due_at": None, "outcome": error or ""}
        with transaction():
            db.session.execute(update(ReceivedActivity).where(ReceivedActivity.id.in_(ids)).values(**settled))

    def failed(self, stored: Stored, *, error: str) -> None:
        """Remember that handling broke; it stays due, later and later."""
        with transaction():
            kept = db.session.get_one(ReceivedActivity, UUID(str(stored.id)))
            kept.attempts, kept.outcome = kept.attempts + 1, error
            kept.due_at = now() + min(timedelta(seconds=2 ** min(kept.attempts, 10)), LONGEST_WAIT)


def received(activity_id: str, *, sender: str) -> bool:
    """Tell whether this activity came from this peer."""
    mine = (ReceivedActivity.sender == sender, ReceivedActivity.activity_id == activity_id)
    return db.session.scalar(select(ReceivedActivity.id).where(*mine)) is not None


def _write(connection: Connection, arrivals: Sequence[Arrival]) -> list[Kept]:
    """Write arrivals in their order, each kind of row at once; what is there already stays."""
    with_new_nonce = _added(connection, Nonce, [_nonce(arrival) for arrival in arrivals])
    once = [arrival for arrival, is_new in zip(arrivals, with_new_nonce, strict=True) if is_new]
    kept = iter(_added(connection, ReceivedActivity, [_activity(arrival) for arrival in once]))
    return [
        (Kept.NEW if next(kept) else Kept.KNOWN) if is_new else _again(connection, arrival)
        for arrival, is_new in zip(arrivals, with_new_nonce, strict=True)
    ]


def _nonce(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key_id": arrival.received.key_id,
        "nonce": arrival.nonce,
        "activity_id": arrival.received.activity.id,
        "expires_at": arrival.nonce_until,
    }


def _activity(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": new_id(),
        "sender": arrival.received.sender,
        "activity_id": arrival.received.activity.id,
        "key_id": arrival.received.key_id,
        "body": arrival.body,
        "received_at": arrival.at,
        "due_at": arrival.at,
        "attempts": 0,
        "outcome": "",
    }


def _again(connection: Connection, arrival: Arrival) -> Kept:
    """Tell what a nonce that was seen before came with."""
    used_for = connection.scalar(USED_FOR, {"key_id": arrival.received.key_id, "nonce": arrival.nonce})
    return Kept.REPLAYED if used_for == arrival.received.activity.id else Kept.NONCE_REUSED


def _added(connection: Connection, table: type[Model], rows: Sequence[dict[str, Any]]) -> list[bool]:
    """Add rows in one statement; tell of each whether it is new."""
    if not rows:
        return []
    added = set(connection.scalars(_insert(table, connection.dialect.name), rows))
    return [row["id"] in added for row in rows]


@cache
def _insert(table: type[Model], dialect: str) -> Any:
    """Make the statement that adds rows unless they are there, and tells which were not."""
    return insert_missing(table, dialect=dialect).returning(table.id)
