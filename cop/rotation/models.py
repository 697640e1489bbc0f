# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rotations, who is in them, and turns."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.models import Person
from cop.base.db import Model, Shared


class TurnState(StrEnum):
    """Where a turn is."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    #: passed on, nobody found yet
    OPEN_CALL = "open_call"
    SERVED = "served"
    NO_SHOW = "no_show"
    #: the occasion won't take place
    CANCELLED = "cancelled"


#: somebody holds the turn; it counts as theirs
HELD = frozenset({TurnState.PROPOSED, TurnState.CONFIRMED, TurnState.SERVED})
#: still ahead
OPEN = frozenset({TurnState.PROPOSED, TurnState.CONFIRMED, TurnState.OPEN_CALL})


class Rotation(Model):
    """The order in which a community's members take a role."""

    __tablename__ = "rotation"
    __table_args__ = (UniqueConstraint("community_id", "role"),)

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    #: organiser, moderator, or any other
    role: Mapped[str] = mapped_column(String(40))

    members: Mapped[list["RotationMember"]] = relationship(back_populates="rotation", cascade="all, delete-orphan")


class RotationMember(Model):
    """A member who takes turns; whoever opted out stays with the debt they have."""

    __tablename__ = "rotation_member"
    __table_args__ = (UniqueConstraint("rotation_id", "person_id"),)

    rotation_id: Mapped[UUID] = mapped_column(ForeignKey("rotation.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    joined_at: Mapped[datetime]
    opted_in: Mapped[bool] = mapped_column(default=True)
    paused_until: Mapped[datetime | None]
    #: took part once before; nobody moderates their first meeting
    knows_it: Mapped[bool] = mapped_column(default=False)

    rotation: Mapped[Rotation] = relationship(back_populates="members")
    person: Mapped[Person] = relationship(lazy="joined")


class Assignment(Model, Shared):
    """One person's turn at one occasion; shared with member cities."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("community_id", "role", "occasion_uri"),)

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    #: what the turn is for: a meeting's uri, since rotations know no meetings
    occasion_uri: Mapped[str] = mapped_column(String(300), index=True)
    occasion_at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[TurnState] = mapped_column(String(12))
    #: how it came: auto, passed, volunteer
    source: Mapped[str] = mapped_column(String(12), default="auto")
    #: frozen when chosen: ids of who was eligible (home only)
    eligible: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: ids of who passed this turn on (home only)
    declined: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: why this person: codes and values, put into words when shown
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: who follows, as the home sees it now: [{"uri", "name", "origin"}]
    followers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    person: Mapped[Person | None] = relationship(lazy="joined")
