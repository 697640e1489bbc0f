# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Partner cities, what was said to them and what they said: facts only."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.base.db import Model
from federation.versions import FIRST, write_versions

URI = 1000
ORIGIN = 200


class OwnKey(Model):
    """A key of this city for one purpose, as its id says; its secret half lies encrypted by the settings' secret."""

    __tablename__ = "own_key"

    key_id: Mapped[str] = mapped_column(String(URI), unique=True)
    #: raw, 32 bytes
    public: Mapped[bytes] = mapped_column(LargeBinary)
    #: empty once it is retired
    private: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    #: given up: others are told not to believe it any more
    revoked_at: Mapped[datetime | None]
    #: used no more, not even towards who doesn't know a newer one
    retired_at: Mapped[datetime | None]


class Copies(StrEnum):
    """What becomes of our copies of a city's things when its peering ended."""

    KEPT = "kept"
    HIDDEN = "hidden"
    PURGED = "purged"


class PeerRecord(Model):
    """Another city, as our administrators decided about it; `state` and levels are federation's words."""

    __tablename__ = "peer"

    origin: Mapped[str] = mapped_column(String(ORIGIN), unique=True)
    #: as the city calls itself; fits on a badge only once it is confirmed
    name: Mapped[str] = mapped_column(String(200))
    short: Mapped[str] = mapped_column(String(100))
    letters: Mapped[str] = mapped_column(String(3))
    hue: Mapped[int]
    locale: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), index=True)
    #: what it may send us and do here
    level_in: Mapped[int] = mapped_column(default=0)
    #: what we send and show it
    level_out: Mapped[int] = mapped_column(default=0)
    #: versions of the protocol that it speaks, as its actor document has them
    versions: Mapped[list[str]] = mapped_column(JSON, default=lambda: write_versions([FIRST]))
    #: the peering offer between us, whoever sent it
    offer_id: Mapped[str | None] = mapped_column(String(URI))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: the latest of our keys for requests that this city confirmed since it pinned what we had then
    takes_key: Mapped[str | None] = mapped_column(String(URI))
    #: it sent us something since it knows our answer
    greeted: Mapped[bool] = mapped_column(default=True)
    #: failed attempts in a row; 0 when the last one reached it
    failures: Mapped[int] = mapped_column(default=0)
    #: since when nothing it signed came back; none when it answers
    failing_since: Mapped[datetime | None]
    #: nothing is sent before
    next_try_at: Mapped[datetime | None]
    #: what became of our copies of its things when the peering ended
    copies: Mapped[Copies] = mapped_column(String(10), default=Copies.KEPT)
    #: answered 410: nothing is sent until an administrator tries again
    stopped_at: Mapped[datetime | None]
    #: an administrator lets what it gets wait
    paused_at: Mapped[datetime | None]
    #: silent for so long that nothing is sent any more; what it missed it finds in the feed
    feed_only_at: Mapped[datetime | None]
    #: it answered something that it signed
    last_contact_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(100))

    keys: Mapped[list["PeerKey"]] = relationship(back_populates="peer", cascade="all, delete-orphan")


class PeerKey(Model):
    """A key pinned at peering or later, or one that waits for our administrators to compare it."""

    __tablename__ = "peer_key"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[str] = mapped_column(String(URI), unique=True)
    #: raw, 32 bytes
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    valid_until: Mapped[datetime | None]
    #: announced or asked for, and not confirmed: not believed
    pending_since: Mapped[datetime | None]
    #: our administrators, or the city itself, said that it must not be believed any more
    revoked_at: Mapped[datetime | None]

    peer: Mapped[PeerRecord] = relationship(back_populates="keys", lazy="joined")


class InvitationRecord(Model):
    """What our administrator passed on outside the system; the token's hash stands here."""

    __tablename__ = "peer_invitation"

    number: Mapped[str] = mapped_column(String(32), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LogEpoch(Model):
    """A stretch of the log that only grows; another begins when it can't be told what was said at the end of the last.

    Its id is what peers see.
    """

    __tablename__ = "log_epoch"

    #: the number before its first entry; numbers may leap there
    after: Mapped[int] = mapped_column(default=0)
    #: the hash that its first entry is chained to
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: begun, restored, older, behind
    reason: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime]


class LogCounter(Model):
    """One row, locked last in a transaction that says something, so that numbers have the order of commits."""

    __tablename__ = "log_counter"

    last: Mapped[int] = mapped_column(default=0)
    #: of the last entry
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    epoch_id: Mapped[UUID] = mapped_column(ForeignKey("log_epoch.id"))
    #: the end of the chain of decisions about partner cities
    decided: Mapped[int] = mapped_column(default=0)
    decided_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    only: Mapped[bool] = mapped_column(default=True, unique=True)


class LogEntry(Model):
    """What this city said, for ever; never changed, and chained so that it shows.

    An erased entry keeps its number and its commitment; `activity` and `salt` are gone.
    """

    __tablename__ = "log_entry"

    seq: Mapped[int] = mapped_column(unique=True)
    epoch_id: Mapped[UUID] = mapped_column(ForeignKey("log_epoch.id"))
    activity_id: Mapped[str] = mapped_column(String(URI), unique=True)
    type: Mapped[str] = mapped_column(String(40))
    object_uri: Mapped[str] = mapped_column(String(URI), index=True)
    activity: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: the origins that may read it in the feed
    audience: Mapped[list[str]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime]


class DeliveryState(StrEnum):
    """Where a delivery is."""

    DUE = "due"
    DONE = "done"
    #: refused for good: an administrator sends it again or drops it
    DEAD = "dead"
    #: an administrator dropped it; can be taken back until it is tidied away
    DROPPED = "dropped"
    #: the peer was silent for too long: it waits in the feed
    FEED = "feed"
    #: the peering ended before it went out, or the city may not have it any more
    ENDED = "ended"


class DeliveryRecord(Model):
    """One activity to one peer."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("peer_id", "seq"),
        Index("ix_delivery_waiting", "state", "peer_id", "object_uri", "seq"),
        Index("ix_delivery_next", "peer_id", "state", "seq"),
    )

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("log_entry.id"), index=True)
    #: both as in the entry: what waits is found without it
    seq: Mapped[int]
    object_uri: Mapped[str] = mapped_column(String(URI))
    state: Mapped[DeliveryState] = mapped_column(String(10), default=DeliveryState.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    #: the last time the peer refused it for good
    refused_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(100))

    entry: Mapped[LogEntry] = relationship()


class PeerReading(Model):
    """How far we read what a peer said: none of epoch, seq and hash while its snapshot is read."""

    __tablename__ = "peer_reading"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    epoch: Mapped[str | None] = mapped_column(String(200))
    seq: Mapped[int | None]
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: the next page of its snapshot
    page: Mapped[str] = mapped_column(String(200), default="")
    #: where its log ended when we last looked
    head: Mapped[int | None]
    due_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]
    #: readings in a row that failed
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(100))


class PeerReceipt(Model):
    """How far a peer read us: it has all up to there."""

    __tablename__ = "peer_receipt"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    epoch_id: Mapped[UUID] = mapped_column(ForeignKey("log_epoch.id"))
    seq: Mapped[int]
    at: Mapped[datetime]


class ShownObject(Model):
    """Which peer was given which object of ours, so that it can be told to forget it."""

    __tablename__ = "shown_object"
    __table_args__ = (UniqueConstraint("object_uri", "peer_id"),)

    object_uri: Mapped[str] = mapped_column(String(URI), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), index=True)


class ProvedCopy(Model):
    """A public object of another city as its home proved it, or its proved Tombstone: what may be passed on."""

    __tablename__ = "proved_copy"

    uri: Mapped[str] = mapped_column(String(URI), unique=True)
    origin: Mapped[str] = mapped_column(String(ORIGIN), index=True)
    rev: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class SentRequest(Model):
    """Which activity carried whose wish to another city."""

    __tablename__ = "sent_request"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("pending_request.id"), unique=True)
    activity_id: Mapped[str] = mapped_column(String(URI), unique=True)
    #: the home has it, and a person there decides
    taken_at: Mapped[datetime | None]


class RemoteJoin(Model):
    """Which activity of a peer asked to join what, so that it can be answered later and again."""

    __tablename__ = "remote_join"
    __table_args__ = (UniqueConstraint("object_uri", "member_uri"),)

    object_uri: Mapped[str] = mapped_column(String(URI), index=True)
    member_uri: Mapped[str] = mapped_column(String(URI))
    sender: Mapped[str] = mapped_column(String(ORIGIN))
    activity_id: Mapped[str] = mapped_column(String(URI))


class ReceivedActivity(Model):
    """What a peer sent: the pair for ever, the body for 30 days."""

    __tablename__ = "received_activity"
    __table_args__ = (UniqueConstraint("sender", "activity_id"),)

    sender: Mapped[str] = mapped_column(String(ORIGIN))
    activity_id: Mapped[str] = mapped_column(String(URI))
    key_id: Mapped[str] = mapped_column(String(URI))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)
    #: none when it is settled
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    processed_at: Mapped[datetime | None]
    #: the code of the refusal or failure; empty when it was applied
    outcome: Mapped[str] = mapped_column(String(100), default="")


class Nonce(Model):
    """A nonce that was seen, until it can't be replayed any more."""

    __tablename__ = "nonce"
    __table_args__ = (UniqueConstraint("key_id", "nonce"),)

    key_id: Mapped[str] = mapped_column(String(URI))
    nonce: Mapped[str] = mapped_column(String(64))
    activity_id: Mapped[str] = mapped_column(String(URI))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Tombstone(Model):
    """An object that its home deleted; a final one never comes back, another was taken from this city only."""

    __tablename__ = "tombstone"

    uri: Mapped[str] = mapped_column(String(URI), unique=True)
    origin: Mapped[str] = mapped_column(String(ORIGIN))
    rev: Mapped[int]
    final: Mapped[bool]
    deleted_at: Mapped[datetime]
    #: only of what was ours: its type as the protocol names it, and who could read it
    former: Mapped[str] = mapped_column(String(40), default="Object")
    audience: Mapped[str | None] = mapped_column(String(10))
    #: no foreign key, since a tombstone outlives all
    community_id: Mapped[UUID | None]


class ShelvedRow(Model):
    """A row about another city's things that was put away, as it was; see `shelf`."""

    __tablename__ = "shelved_row"

    #: whose things were put away, and in which go
    origin: Mapped[str] = mapped_column(String(ORIGIN), index=True)
    batch: Mapped[UUID] = mapped_column(index=True)
    #: in which order the rows come back
    position: Mapped[int]
    table: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[UUID]
    #: the whole row, or of a row of ours the reference that was taken out
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    whole: Mapped[bool]


class SecurityEventRecord(Model):
    """A refusal or a replay: no body, no address of a person, no name."""

    __tablename__ = "security_event"

    code: Mapped[str] = mapped_column(String(40), index=True)
    detail: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(index=True)
    sender: Mapped[str | None] = mapped_column(String(ORIGIN))
    key_id: Mapped[str | None] = mapped_column(String(URI))
    activity_id: Mapped[str | None] = mapped_column(String(URI))


class TrustEvent(Model):
    """What an administrator decided about a partner city; chained, so that a change shows."""

    __tablename__ = "trust_event"

    number: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    peer_origin: Mapped[str] = mapped_column(String(ORIGIN), index=True)
    #: a word of `rules.Trust`
    code: Mapped[str] = mapped_column(String(20))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: who; no foreign key, since a decision outlives the account
    person_id: Mapped[UUID | None]
    at: Mapped[datetime]
