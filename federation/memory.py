# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ports in memory: for tests, and to read what a host has to do without any database around it."""

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from federation import strict_json
from federation.keys import Purpose, is_for
from federation.origins import Origin
from federation.ports import (
    Arrival,
    Attempt,
    Clock,
    Delivery,
    Kept,
    OpenInvitation,
    Outcome,
    Peer,
    PeerState,
    PinnedKey,
    SecurityEvent,
    Stored,
)

RETRY_HANDLING = timedelta(minutes=1)


class Time:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        """Move on: `clock.pass_(minutes=5)`."""
        self.at += timedelta(**span)


@dataclass(slots=True)
class _Waiting:
    """A delivery and how it stands."""

    delivery: Delivery
    due_at: datetime
    outcome: Outcome = Outcome.RETRY


class Cities:
    """`Peers`, `Invitations`, `Log` and `Deliveries` of one city: what peering and sending share."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._peers: dict[str, Peer] = {}
        self._keys: dict[str, tuple[str, bytes]] = {}
        self._invitations: dict[str, OpenInvitation] = {}
        self._deliveries: dict[str, list[_Waiting]] = defaultdict(list)
        self._wait_until: dict[str, datetime] = {}
        self.names: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.log: list[Mapping[str, Any]] = []
        self.attempts: list[tuple[str, Attempt]] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold off everybody else; there is nothing to roll back to."""
        with self._lock:
            yield

    def key(self, key_id: str, *, at: datetime, purpose: Purpose = Purpose.PEER) -> PinnedKey | None:
        """See `Peers.key`."""
        origin, public_key = self._keys.get(key_id, (None, b""))
        if origin is None or key_id in self.revoked or not is_for(key_id, purpose):
            return None
        return PinnedKey(key_id, public_key, self._peers[origin])

    def get(self, origin: str) -> Peer | None:
        """See `Peers.get`."""
        return self._peers.get(origin)

    def add(self, peer: Peer, *, name: str, keys: Mapping[str, bytes]) -> None:
        """See `Peers.add`."""
        with self._lock:
            self._peers[peer.origin] = peer
            self.names[peer.origin] = name
            self._wait_until.pop(peer.origin, None)
            self._keys = {key_id: owned for key_id, owned in self._keys.items() if owned[0] != peer.origin}
            self._keys.update({key_id: (peer.origin, key) for key_id, key in keys.items()})

    def settle(self, peer: Peer, *, answer: Mapping[str, Any] | None = None) -> None:
        """See `Peers.settle`."""
        with self._lock:
            self._peers[peer.origin] = peer
            if answer is not None:
                self.append(answer, object_id=answer["object"], to=[peer.origin])

    def invite(self, invitation: OpenInvitation) -> None:
        """See `Invitations.add`."""
        self._invitations[invitation.id] = invitation

    def open_invitations(self, *, at: datetime) -> Sequence[OpenInvitation]:
        """See `Invitations.open`."""
        return [invitation for invitation in self._invitations.values() if at < invitation.until]

    def use(self, invitation_id: str, *, by: Peer, name: str, keys: Mapping[str, bytes]) -> bool:
        """See `Invitations.use`."""
        with self._lock:
            if self._invitations.pop(invitation_id, None) is None:
                return False
            self.add(by, name=name, keys=keys)
            return True

    def append(self, activity: Mapping[str, Any], *, object_id: str, to: Collection[Origin]) -> int:
        """See `Log.append`."""
        self.log.append(activity)
        body = strict_json.dumps(activity)
        for origin in to:
            delivery = Delivery(len(self.log), activity["id"], object_id, body, attempts=0)
            self._deliveries[origin].append(_Waiting(delivery, self._clock()))
        return len(self.log)

    def peers_due(self, *, at: datetime) -> Sequence[Peer]:
        """See `Deliveries.peers_due`."""
        return [peer for origin, peer in self._peers.items() if self.due(origin, at=at, limit=1)]

    def due(self, origin: str, *, at: datetime, limit: int) -> Sequence[Delivery]:
        """See `Deliveries.due`."""
        peer = self._peers.get(origin)
        if peer is None or peer.state is not PeerState.ACTIVE or self._wait_until.get(origin, at) > at:
            return []
        due: list[Delivery] = []
        held: set[str] = set()
        for waiting in self._deliveries[origin]:
            if waiting.outcome is Outcome.RETRY and waiting.due_at <= at and waiting.delivery.object_id not in held:
                due.append(waiting.delivery)
            elif waiting.outcome is Outcome.RETRY:
                held.add(waiting.delivery.object_id)
        return due[:limit]

    def due_to(self, peers: Sequence[Peer], *, at: datetime, limit: int) -> Mapping[Origin, Sequence[Delivery]]:
        """See `Deliveries.due_to`."""
        return {peer.origin: self.due(peer.origin, at=at, limit=limit // len(peers)) for peer in peers}

    def record(self, origin: str, delivery: Delivery, attempt: Attempt) -> None:
        """See `Deliveries.record`."""
        with self._lock:
            self.attempts.append((delivery.activity_id, attempt))
            waiting = next(each for each in self._deliveries[origin] if each.delivery.id == delivery.id)
            waiting.delivery = replace(waiting.delivery, attempts=waiting.delivery.attempts + 1)
            waiting.outcome = attempt.outcome
            waiting.due_at = attempt.next_at or waiting.due_at
            if attempt.outcome is Outcome.DONE:
                self._wait_until.pop(origin, None)
            elif attempt.outcome is Outcome.STOP:
                self._wait_until[origin] = datetime.max.replace(tzinfo=UTC)
            elif attempt.peer_waits and attempt.next_at is not None:
                self._wait_until[origin] = attempt.next_at

    def record_arrived(self, origin: str, deliveries: Sequence[Delivery], attempt: Attempt) -> None:
        """See `Deliveries.record_arrived`."""
        for delivery in deliveries:
            self.record(origin, delivery, attempt)


class OurInvitations:
    """`Invitations`, kept with the cities."""

    def __init__(self, cities: Cities) -> None:
        self.add = cities.invite
        self.open = cities.open_invitations
        self.use = cities.use


class Arrivals:
    """`Intake` in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._nonces: dict[tuple[str, str], str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._waiting: dict[int, tuple[Stored, datetime]] = {}
        self.settled: list[tuple[Stored, str | None]] = []

    def keep(self, arrival: Arrival) -> Kept:
        """See `Intake.keep`."""
        received = arrival.received
        activity_id = received.activity.id
        with self._lock:
            used_for = self._nonces.get((received.key_id, arrival.nonce))
            if used_for is not None:
                return Kept.REPLAYED if used_for == activity_id else Kept.NONCE_REUSED
            self._nonces[received.key_id, arrival.nonce] = activity_id
            known = (received.sender, activity_id)
            if known in self._seen:
                return Kept.KNOWN
            self._seen.add(known)
            number = len(self._seen)
            self._waiting[number] = Stored(number, received.sender, received.key_id, arrival.body), arrival.at
        return Kept.NEW

    def waiting(self, limit: int) -> Sequence[Stored]:
        """See `Intake.waiting`."""
        at = self._clock()
        return [stored for stored, due_at in self._waiting.values() if due_at <= at][:limit]

    def processed(self, stored: Sequence[Stored], *, error: str | None = None) -> None:
        """See `Intake.processed`."""
        for each in stored:
            del self._waiting[int(each.id)]
            self.settled.append((each, error))

    def failed(self, stored: Stored, *, error: str) -> None:
        """See `Intake.failed`."""
        self._waiting[int(stored.id)] = stored, self._clock() + RETRY_HANDLING


@dataclass
class Holdings:
    """`Known` in memory: put in what there is to know."""

    objects: set[str] = field(default_factory=set)
    sent_to: set[tuple[str, str]] = field(default_factory=set)
    received_from: set[tuple[str, str]] = field(default_factory=set)
    attributed: dict[str, str] = field(default_factory=dict)
    joins_of: set[str] = field(default_factory=set)

    def object(self, object_id: str, *, sender: Origin) -> bool:
        """See `Known.object`."""
        return object_id in self.objects

    def sent(self, activity_id: str, *, to: Origin) -> bool:
        """See `Known.sent`."""
        return (activity_id, to) in self.sent_to

    def received(self, activity_id: str, *, sender: Origin) -> bool:
        """See `Known.received`."""
        return (activity_id, sender) in self.received_from

    def joining(self, sender: Origin) -> bool:
        """See `Known.joining`."""
        return sender in self.joins_of

    def attributed_to(self, object_id: str) -> str | None:
        """See `Known.attributed_to`."""
        return self.attributed.get(object_id)

    def owners(self, object_ids: Collection[str]) -> Mapping[str, str]:
        """See `Known.owners`."""
        return {object_id: self.attributed[object_id] for object_id in object_ids if object_id in self.attributed}


class MinuteLimit:
    """`RateLimit` in memory: so many in each minute of the clock."""

    def __init__(self, clock: Clock, *, peer: int = 3000, refused: int = 60) -> None:
        self._clock = clock
        self._allowed = {"peer": peer, "refused": refused}
        self._minute = 0
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def wait(self, bucket: str) -> int:
        """See `RateLimit.wait`."""
        with self._lock:
            passed = self._turn()
            allowed = self._allowed[bucket.partition(":")[0]]
            return 60 - passed if self._counts[bucket] >= allowed else 0

    def count(self, bucket: str) -> None:
        """See `RateLimit.count`."""
        with self._lock:
            self._turn()
            self._counts[bucket] += 1

    def _turn(self) -> int:
        """Forget the counts when a minute is over; return the seconds of this one."""
        minute, second = divmod(int(self._clock().timestamp()), 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        return second


class Events:
    """`SecurityEvents` in memory: the last thousand."""

    def __init__(self) -> None:
        self.recorded: deque[SecurityEvent] = deque(maxlen=1000)

    def record(self, event: SecurityEvent) -> None:
        """See `SecurityEvents.record`."""
        self.recorded.append(event)

    @property
    def codes(self) -> list[str]:
        """The codes, oldest first."""
        return [event.code for event in self.recorded]
