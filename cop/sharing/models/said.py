# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What this city said, to whom, and what arrived."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.base.db import Model
from cop.sharing.models.widths import URI


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

    last: Mapped[int] = mapped_column(BigInteger, default=0)
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

    seq: Mapped[int] = mapped_column(BigInteger, unique=True)
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
    seq: Mapped[int] = mapped_column(BigInteger)
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


class PeerReceipt(Model):
    """How far a peer read us: it has all up to there."""

    __tablename__ = "peer_receipt"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    epoch_id: Mapped[UUID] = mapped_column(ForeignKey("log_epoch.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class ShownObject(Model):
    """Which peer was given which object of ours, so that it can be told to forget it."""

    __tablename__ = "shown_object"
    __table_args__ = (UniqueConstraint("object_uri", "peer_id"),)

    object_uri: Mapped[str] = mapped_column(String(URI), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), index=True)


class SentRequest(Model):
    """Which activity carried whose wish to another city."""

    __tablename__ = "sent_request"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("pending_request.id"), unique=True)
    activity_id: Mapped[str] = mapped_column(String(URI), unique=True)
    #: the home has it, and a person there decides
    taken_at: Mapped[datetime | None]
