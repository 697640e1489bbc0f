# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities said, how far it was read, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.db import Model
from cop.sharing.models.widths import ORIGIN, URI


class PeerReading(Model):
    """How far we read what a peer said: none of epoch, seq and hash while its snapshot is read."""

    __tablename__ = "peer_reading"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    epoch: Mapped[str | None] = mapped_column(String(200))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: the next page of its snapshot
    page: Mapped[str] = mapped_column(String(200), default="")
    #: where its log ended when we last looked
    head: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]
    #: readings in a row that failed
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(100))
    #: after the first reading from then on, our copies of its things are compared with it
    compare_at: Mapped[datetime]
    compared_at: Mapped[datetime | None]
    #: what the last comparison fetched, and what differed and stayed
    mended: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)


class ReceivedActivity(Model):
    """What a peer sent: the pair for ever, the body for 30 days."""

    __tablename__ = "received_activity"
    __table_args__ = (
        UniqueConstraint("sender", "activity_id"),
        # in the order in which it is handled: nobody looks through what is settled
        Index("ix_received_activity_due", "due_at", "id"),
    )

    sender: Mapped[str] = mapped_column(String(ORIGIN))
    activity_id: Mapped[str] = mapped_column(String(URI))
    key_id: Mapped[str] = mapped_column(String(URI))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)
    #: none when it is settled
    due_at: Mapped[datetime | None]
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


class RemoteJoin(Model):
    """Which activity of a peer asked to join what, so that it can be answered later and again."""

    __tablename__ = "remote_join"
    __table_args__ = (UniqueConstraint("object_uri", "member_uri"),)

    object_uri: Mapped[str] = mapped_column(String(URI), index=True)
    member_uri: Mapped[str] = mapped_column(String(URI))
    sender: Mapped[str] = mapped_column(String(ORIGIN))
    activity_id: Mapped[str] = mapped_column(String(URI))


class ProvedCopy(Model):
    """A public object of another city as its home proved it, or its proved Tombstone: what may be passed on."""

    __tablename__ = "proved_copy"

    uri: Mapped[str] = mapped_column(String(URI), unique=True)
    origin: Mapped[str] = mapped_column(String(ORIGIN), index=True)
    rev: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


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
    #: while things come back: what had come again in place of this one
    came_as: Mapped[UUID | None]
