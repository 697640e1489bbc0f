# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Communities, charters and memberships: facts only."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import Model, Shared
from cop.communities.rules import JoinMode, MemberState, Role

__all__ = ["Charter", "Community", "JoinMode", "Kind", "MemberState", "MembershipRecord", "Role"]


class Kind(StrEnum):
    """What sort of community it is."""

    COP = "cop"
    COI = "coi"
    LEADER_NETWORK = "leader_network"
    FORUM = "forum"
    SUBGROUP = "subgroup"
    CIRCLE = "circle"


class Community(Model, Shared):
    """People who share a domain and meet about it."""

    __tablename__ = "community"

    kind: Mapped[Kind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    #: one sentence: what it is about
    domain: Mapped[str] = mapped_column(String(500), default="")
    locale: Mapped[str] = mapped_column(String(8))
    #: "every 3 months, 120 minutes", in the community's language
    rhythm: Mapped[str] = mapped_column(String(200), default="")
    visibility: Mapped[Audience] = mapped_column(String(10))
    join_mode: Mapped[JoinMode] = mapped_column(String(10))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("community.id"), index=True)
    founded_on: Mapped[date | None]
    #: origin -> how many active members; at copies as the home said it
    members_by_city: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: unknown properties of a received document, passed on untouched
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    charter: Mapped["Charter | None"] = relationship(back_populates="community", cascade="all, delete-orphan")
    memberships: Mapped[list["MembershipRecord"]] = relationship(back_populates="community")


class Charter(Model):
    """What a community agreed on."""

    __tablename__ = "charter"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), unique=True)
    purpose: Mapped[str] = mapped_column(Text, default="")
    #: lists of sentences
    goals: Mapped[list[str]] = mapped_column(JSON, default=list)
    success_criteria: Mapped[list[str]] = mapped_column(JSON, default=list)
    ground_rules: Mapped[list[str]] = mapped_column(JSON, default=list)
    agreed_on: Mapped[date | None]

    community: Mapped[Community] = relationship(back_populates="charter")


class MembershipRecord(Model):
    """A person in a community. At a copy only the people of this city have one."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("community_id", "person_id"),)

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    #: how other cities know this person in this community: `https://city/m/<uuid4>`
    uri: Mapped[str] = mapped_column(String(300), unique=True)
    role: Mapped[Role] = mapped_column(String(20), default=Role.MEMBER)
    state: Mapped[MemberState] = mapped_column(String(10))
    #: may other member cities see the name? asked when joining
    shows_name: Mapped[bool] = mapped_column(default=False)
    #: "HR development": shown in place of the name
    role_title: Mapped[str] = mapped_column(String(100), default="")
    #: why a coordinator said no
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship(back_populates="memberships")
    person: Mapped[Person] = relationship(lazy="joined")
