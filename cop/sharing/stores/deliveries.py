# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits to be sent, and what came of each attempt."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from cop.base.db import UtcDateTime, db, read, transaction
from cop.base.instance import this_city
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerReading, PeerRecord
from cop.sharing.queries import PEER, as_peer
from cop.sharing.stores.together import Together
from federation import strict_json
from federation.origins import Origin
from federation.ports import Attempt, Delivery, Outcome, Peer, PeerState
from federation.rules import may_hear

STATES = {Outcome.DONE: DeliveryState.DONE, Outcome.DEAD: DeliveryState.DEAD}


@dataclass(frozen=True, slots=True)
class _Result:
    """An attempt, and whose it is."""

    origin: Origin
    delivery_id: UUID
    attempt: Attempt


class SqlDeliveries:
    """See `federation.ports.Deliveries`."""

    def __init__(self) -> None:
        self._results: Together[Sequence[_Result], None] = Together(_keep)

    def peers_due(self, *, at: datetime) -> Sequence[Peer]:
        """List active peers with something due that are not made to wait."""
        return [as_peer(row) for row in read(PEERS_DUE, {"at": at})]

    def troubled(self) -> set[Origin]:
        """Return the cities that the last attempt did not reach."""
        return {Origin(row.origin) for row in read(select(PeerRecord.origin).where(PeerRecord.failures > 0))}

    def due(self, origin: Origin, *, at: datetime, limit: int) -> Sequence[Delivery]:
        """List what is due to one peer, oldest first; nothing of an object for which an earlier delivery waits."""
        return self._read([origin], at=at, limit=limit).get(origin, [])

    def due_to(self, peers: Sequence[Peer], *, at: datetime, limit: int) -> Mapping[Origin, Sequence[Delivery]]:
        """List what is due to several peers at once, oldest first, so much in all."""
        return self._read([peer.origin for peer in peers], at=at, limit=limit)

    def record(self, origin: Origin, delivery: Delivery, attempt: Attempt) -> None:
        """Write down an attempt and count it; a DONE ends the peer's waiting."""
        self._results.keep([_Result(origin, UUID(str(delivery.id)), attempt)])

    def record_arrived(self, origin: Origin, deliveries: Sequence[Delivery], attempt: Attempt) -> None:
        """Write down that several arrived, in one transaction."""
        self._results.keep([_Result(origin, UUID(str(delivery.id)), attempt) for delivery in deliveries])

    def _read(self, origins: Sequence[Origin], *, at: datetime, limit: int) -> dict[Origin, list[Delivery]]:
        """Read what is due; each entry once, however many it goes to."""
        # what we say of ourselves goes first: until a city knows which keys count between us, it believes nothing else
        of_ourselves = DeliveryRecord.object_uri == f"{this_city().origin}/actor"
        first = read(_waiting(origins, at).where(of_ourselves).limit(limit)).all()
        rows = [*first, *read(_waiting(origins, at).where(~of_ourselves).limit(limit - len(first)))]
        said = {row.id: row for row in read(_entries({row.entry_id for row in rows}))}
        ids = {row.peer_id for row in rows}
        peers = {row.id: as_peer(row) for row in read(select(PeerRecord.id, *PEER).where(PeerRecord.id.in_(ids)))}
        db.session.rollback()  # nothing stays open while the peer is awaited
        bodies = {entry_id: strict_json.dumps(entry.activity) for entry_id, entry in said.items()}
        found: dict[Origin, list[Delivery]] = defaultdict(list)
        forbidden: list[UUID] = []
        for row in rows:
            entry, peer = said[row.entry_id], peers[row.peer_id]
            if entry.activity is None:  # deleted for ever since we looked
                continue
            if may_hear(entry.activity, peer):
                body = bodies[row.entry_id]
                delivery = Delivery(str(row.id), entry.activity_id, row.object_uri, body, row.attempts)
                found[peer.origin].append(delivery)
            else:
                forbidden.append(row.id)
        if forbidden:
            _withhold(forbidden)
        return found


def _waiting(origins: Sequence[Origin], at: datetime) -> Select[*tuple[Any, ...]]:
    earlier = aliased(DeliveryRecord)
    held_back = exists().where(
        earlier.peer_id == DeliveryRecord.peer_id,
        earlier.state == DeliveryState.DUE,
        earlier.object_uri == DeliveryRecord.object_uri,
        earlier.seq < DeliveryRecord.seq,
        earlier.due_at > at,
    )
    names = ("id", "peer_id", "entry_id", "attempts", "object_uri")
    return (
        select(*(getattr(DeliveryRecord, name) for name in names))
        .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
        .where(PeerRecord.origin.in_(origins), *_takes(at), *_due(at), ~held_back)
        .order_by(DeliveryRecord.seq)
    )


def _entries(ids: Collection[UUID]) -> Select[*tuple[Any, ...]]:
    return select(LogEntry.id, LogEntry.activity_id, LogEntry.activity).where(LogEntry.id.in_(ids))


def _withhold(deliveries: Collection[UUID]) -> None:
    """Never send what the city may not hear any more."""
    with transaction():
        db.session.execute(
            update(DeliveryRecord).where(DeliveryRecord.id.in_(deliveries)).values(state=DeliveryState.ENDED)
        )


def _takes(at: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a peer is sent anything now."""
    return (
        PeerRecord.state.in_([PeerState.ACTIVE, PeerState.ENDED]),
        PeerRecord.stopped_at.is_(None),
        PeerRecord.paused_at.is_(None),
        PeerRecord.feed_only_at.is_(None),
        or_(PeerRecord.next_try_at.is_(None), PeerRecord.next_try_at <= at),
    )


def _due(at: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ...]:
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


_AT: BindParameter[Any] = bindparam("at")
#: asked twice a second: made once
PEERS_DUE = (
    select(*PEER)
    .where(*_takes(_AT), exists().where(DeliveryRecord.peer_id == PeerRecord.id, *_due(_AT)))
    .order_by(PeerRecord.origin)
)
_refused_after_the_end = (bindparam("outcome", type_=String) == DeliveryState.DEAD) & exists().where(
    PeerRecord.id == DeliveryRecord.peer_id, PeerRecord.state == PeerState.ENDED
)
#: what was dropped or ended meanwhile stays so, unless it arrived
TRIED = (
    update(DeliveryRecord)
    .where(
        DeliveryRecord.id == bindparam("delivery_id"),
        or_(DeliveryRecord.state == DeliveryState.DUE, bindparam("outcome", type_=String) == DeliveryState.DONE),
    )
    .values(
        # a city whose peering ended knows already, or doesn't want to
        state=case((_refused_after_the_end, DeliveryState.ENDED), else_=bindparam("outcome", type_=String)),
        attempts=DeliveryRecord.attempts + 1,
        last_error=bindparam("error"),
        done_at=bindparam("done"),
        refused_at=func.coalesce(bindparam("refused", type_=UtcDateTime), DeliveryRecord.refused_at),
        due_at=func.coalesce(bindparam("next", type_=UtcDateTime), DeliveryRecord.due_at),
    )
)
#: it could not be reached before: what did it say meanwhile?
BACK = (
    update(PeerReading)
    .where(
        PeerReading.peer_id.in_(
            select(PeerRecord.id).where(PeerRecord.origin == bindparam("peer"), PeerRecord.failures > 0)
        )
    )
    .values(due_at=bindparam("at"))
)
REACHED = (
    update(PeerRecord)
    .where(PeerRecord.origin == bindparam("peer"))
    .values(failures=0, failing_since=None, next_try_at=None, last_error=None, last_contact_at=bindparam("contact"))
)
FAILED = (
    update(PeerRecord)
    .where(PeerRecord.origin == bindparam("peer"))
    .values(
        failures=PeerRecord.failures + 1,
        failing_since=case(
            (bindparam("contact", type_=UtcDateTime).is_not(None), None),
            else_=func.coalesce(PeerRecord.failing_since, bindparam("at", type_=UtcDateTime)),
        ),
        last_error=bindparam("error"),
        next_try_at=bindparam("next"),
        stopped_at=func.coalesce(bindparam("stopped", type_=UtcDateTime), PeerRecord.stopped_at),
        last_contact_at=func.coalesce(bindparam("contact", type_=UtcDateTime), PeerRecord.last_contact_at),
    )
)


def _keep(connection: Connection, several: Sequence[Sequence[_Result]]) -> Sequence[None]:
    """Write results, always in the same order: another worker's can't lock ours out."""
    ordered = sorted(chain.from_iterable(several), key=lambda result: (result.origin, result.delivery_id))
    connection.execute(TRIED, [_tried(one) for one in ordered])
    reached = [one for one in ordered if one.attempt.outcome in STATES]
    failed = [one for one in ordered if one.attempt.outcome not in STATES]
    if reached:
        contacts = {one.origin: one.attempt.at for one in reached}
        connection.execute(BACK, [{"peer": origin, "at": at} for origin, at in contacts.items()])
        connection.execute(REACHED, [{"peer": origin, "contact": at} for origin, at in contacts.items()])
    if failed:
        connection.execute(FAILED, [_failed(one) for one in failed])
    return [None] * len(several)


def _tried(result: _Result) -> dict[str, Any]:
    attempt = result.attempt
    return {
        "delivery_id": result.delivery_id,
        "outcome": STATES.get(attempt.outcome, DeliveryState.DUE),
        "error": attempt.error,
        "done": attempt.at if attempt.outcome is Outcome.DONE else None,
        "refused": attempt.at if attempt.outcome is Outcome.DEAD else None,
        "next": attempt.next_at,
    }


def _failed(result: _Result) -> dict[str, Any]:
    attempt = result.attempt
    return {
        "peer": result.origin,
        "error": attempt.error,
        "next": attempt.next_at if attempt.peer_waits else None,
        "stopped": attempt.at if attempt.outcome is Outcome.STOP else None,
        "contact": attempt.at if attempt.proved else None,
        "at": attempt.at,
    }
