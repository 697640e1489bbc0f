# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a host must provide. Each port says what we need, in our words; `testing.py` holds the tests any host must pass.

No method may be called inside a transaction of the host's unless it says so: each opens and ends its own, so that none
stays open while a peer is awaited.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any, Protocol

from federation.activities import Received
from federation.keys import Purpose
from federation.origins import Origin
from federation.versions import FIRST


class Level(IntEnum):
    """How far one city trusts another, in one direction."""

    BLOCKED = 0
    PUBLIC = 1
    READ = 2
    WORK = 3
    RELAY = 4


class PeerState(StrEnum):
    """Where a peering stands."""

    OFFERED = "offered"  # we sent an offer and wait for the answer
    ASKED = "asked"  # they sent an offer and our administrator has not confirmed it
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another city, as our administrators decided about it."""

    origin: Origin
    state: PeerState
    level_in: Level = Level.BLOCKED  # what it may send us and do here
    level_out: Level = Level.BLOCKED  # what we send and show it
    offer_id: str | None = None  # of the peering offer between us, whoever sent it
    majors: tuple[int, ...] = (FIRST,)  # of the protocol, as it said in its actor document or its offer

    def may_do(self, level: Level) -> bool:
        """Tell whether it may send us, and do here, what needs this level."""
        return self.state is PeerState.ACTIVE and self.level_in >= max(level, Level.PUBLIC)

    def may_have(self, level: Level) -> bool:
        """Tell whether we send and show it what needs this level."""
        return self.state is PeerState.ACTIVE and self.level_out >= max(level, Level.PUBLIC)


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A key that was pinned at peering or by a confirmed rotation."""

    key_id: str
    public_key: bytes = field(repr=False)  # raw, 32 bytes
    peer: Peer


class PinnedKeys(Protocol):
    """The keys we pinned."""

    def key(self, key_id: str, *, at: datetime, purpose: Purpose = Purpose.PEER) -> PinnedKey | None:
        """Find a pinned key that is valid at this moment, and for this.

        None when it is unknown, for something else, revoked or past its grace period. Asked for each request: keep it
        quick. Never fetches.
        """


class Peers(PinnedKeys, Protocol):
    """The cities we know, and the keys we pinned."""

    def get(self, origin: str) -> Peer | None:
        """Find a city by its origin."""

    def add(self, peer: Peer, *, name: str, keys: Mapping[str, bytes]) -> None:
        """Remember a city in the state it has, and pin its keys (key id → raw public key).

        Of a peering that ended nothing stays in force: not its keys, not its levels, not the wait after a 410.
        """

    def settle(self, peer: Peer, *, answer: Mapping[str, Any] | None = None) -> None:
        """Store a peer's new state and levels.

        With an answer: in the same transaction log it, and deliver it to this peer.
        """


class Kept(Enum):
    """What became of an activity that passed every check."""

    NEW = "new"
    KNOWN = "known"  # a retry, signed anew
    REPLAYED = "replayed"  # the very same request again
    NONCE_REUSED = "nonce_reused"  # the nonce came with another activity before


@dataclass(frozen=True, slots=True)
class Arrival:
    """An activity that passed every check, and what is stored of it."""

    received: Received
    body: bytes  # as signed
    nonce: str
    nonce_until: datetime
    at: datetime


class Intake(Protocol):
    """Memory of what was received: nonces, activity ids (for ever) and raw bodies (30 days)."""

    def keep(self, arrival: Arrival) -> Kept:
        """Store nonce, activity id and body in one transaction, durably, before returning.

        The nonce is unique per key: seen with the same activity it is REPLAYED, with another NONCE_REUSED. The activity
        id is unique per sender: seen before with another nonce it is KNOWN. Only NEW stores a body. Two calls at once
        behave as if one came after the other. (One writer may batch the calls of many requests.)

        Raises:
            Refused: 503 with a time to wait when nothing can be stored now.
        """

    def waiting(self, limit: int) -> Sequence["Stored"]:
        """List what is due to be processed, the longest due first: new arrivals in their order."""

    def processed(self, stored: Sequence["Stored"], *, error: str | None = None) -> None:
        """Remember that these were handled; with a code when they were refused for good."""

    def failed(self, stored: "Stored", *, error: str) -> None:
        """Remember that handling broke; it stays due, later and later."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An activity that was kept, as it waits for its handler."""

    id: int | str
    sender: Origin
    key_id: str
    body: bytes = field(repr=False)


class Known(Protocol):
    """What the host holds, as far as a peer may refer to it."""

    def object(self, object_id: str, *, sender: Origin) -> bool:
        """Tell whether we hold this object and the sender may see it."""

    def sent(self, activity_id: str, *, to: Origin) -> bool:
        """Tell whether we sent this activity to this peer."""

    def received(self, activity_id: str, *, sender: Origin) -> bool:
        """Tell whether this activity came from this peer."""

    def joining(self, sender: Origin) -> bool:
        """Tell whether a Join from this peer is not handled yet: it may know more soon."""

    def attributed_to(self, object_id: str) -> str | None:
        """Name whom the stored object is attributed to; None when we don't hold it."""

    def owners(self, object_ids: Collection[str]) -> Mapping[str, str]:
        """Name whom each of these objects is attributed to, of those that we hold: `attributed_to` for a page."""


class RateLimit(Protocol):
    """How much one source may ask of us.

    A bucket is `peer:<origin>`, counting what a city sends, or `refused:<address>`, counting requests of strangers.
    """

    def wait(self, bucket: str) -> int:
        """Return 0 when the next request may pass, else after how many seconds trying again makes sense."""

    def count(self, bucket: str) -> None:
        """Count one request."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """A refusal or a replay, for the audit log: no body, no address of a person, no name."""

    code: str
    detail: str
    at: datetime
    sender: Origin | None = None  # only when proved
    key_id: str | None = None  # as claimed
    activity_id: str | None = None


class SecurityEvents(Protocol):
    """The part of the audit log that is about peers."""

    def record(self, event: SecurityEvent) -> None:
        """Write it down. May drop repetitions of the same code from an unknown sender."""


class Clock(Protocol):
    """The time."""

    def __call__(self) -> datetime:
        """Return the present moment, aware and in UTC."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, to us or from us."""

    method: str
    url: str  # absolute; for requests to us: configured origin + raw path + query, never from proxy headers
    headers: Mapping[str, str]  # names in lower case; repeated fields joined by ", "
    body: bytes = field(default=b"", repr=False)
    address: str = ""  # who connected, for the rate limit only


@dataclass(frozen=True, slots=True)
class Answer:
    """A peer's answer."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes = field(default=b"", repr=False)


class Transport(Protocol):
    """The only way out."""

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer, whatever its status; redirects are answers.

        Raises:
            Unreachable: when there is none.
        """


class Outcome(StrEnum):
    """What became of one attempt to deliver."""

    DONE = "done"
    RETRY = "retry"
    STOP = "stop"  # 410: this peer is gone; nothing more is sent until an administrator says so
    DEAD = "dead"  # refused for good: to the dead-letter list


@dataclass(frozen=True, slots=True)
class Delivery:
    """One activity to one peer."""

    id: int | str
    activity_id: str
    object_id: str  # what it is about: per object the order is kept
    body: bytes = field(repr=False)
    attempts: int  # made so far


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver: what came of it, and what follows."""

    outcome: Outcome
    at: datetime
    status: int | None = None
    error: str | None = None  # a code; the peer's own problem code where it sent one
    next_at: datetime | None = None  # RETRY only
    peer_waits: bool = False  # nothing at all is sent to this peer before next_at
    proved: bool = True  # that it was the peer who answered; False also when nobody did


class Deliveries(Protocol):
    """What waits to be sent. Written in the transaction that wrote the log entry; lasts as long as the peering."""

    def peers_due(self, *, at: datetime) -> Sequence[Peer]:
        """List active peers with something due that are not made to wait."""

    def due(self, origin: Origin, *, at: datetime, limit: int) -> Sequence[Delivery]:
        """List what is due to one peer, oldest first.

        Nothing of an object for which an earlier delivery still waits: per object the order is kept.
        """

    def due_to(self, peers: Sequence[Peer], *, at: datetime, limit: int) -> Mapping[Origin, Sequence[Delivery]]:
        """List what is due to several peers at once, oldest first, so much in all.

        A peer that is not in it, or with less than it could get, may have more: ask `due`.
        """

    def record(self, origin: Origin, delivery: Delivery, attempt: Attempt) -> None:
        """Write down an attempt and count it; a DONE ends the peer's waiting.

        What was dropped or ended meanwhile stays so, unless it arrived. (One writer may batch the calls of many peers.)
        """

    def record_arrived(self, origin: Origin, deliveries: Sequence[Delivery], attempt: Attempt) -> None:
        """Write down that several arrived, in one transaction; `attempt` is the last of them, DONE as all were."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation of ours that nobody used yet; of its token only the hash is kept."""

    id: str
    token_hash: bytes = field(repr=False)  # SHA-256, 32 bytes
    until: datetime


class Invitations(Protocol):
    """Our invitations to peer."""

    def add(self, invitation: OpenInvitation) -> None:
        """Remember an invitation."""

    def open(self, *, at: datetime) -> Sequence[OpenInvitation]:
        """List those that are neither used nor too old."""

    def use(self, invitation_id: str, *, by: Peer, name: str, keys: Mapping[str, bytes]) -> bool:
        """Mark one as used and remember the city that used it, as `Peers.add` does, in one transaction.

        Return False, and change nothing, when it was used already: of two calls at once one returns True.
        """


class Log(Protocol):
    """The append-only log of what this city said."""

    def append(self, activity: Mapping[str, Any], *, object_id: str, to: Collection[Origin]) -> int:
        """Write an activity and its deliveries **in the caller's transaction**; return its number in commit order."""
