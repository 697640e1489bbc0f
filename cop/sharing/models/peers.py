# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Partner cities, their keys and ours, and what was decided about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.base.db import Model
from cop.sharing.models.widths import ORIGIN, URI
from federation.versions import FIRST, write_versions


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
