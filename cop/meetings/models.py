# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Series, meetings, agenda, topics, support and taking part: facts only."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import Model, Shared
from cop.communities.models import Community


class MeetingState(StrEnum):
    """Where a meeting is."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    MINUTES_REVIEW = "minutes_review"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


class Format(StrEnum):
    """Where people meet."""

    ONLINE = "online"
    IN_PERSON = "in_person"
    HYBRID = "hybrid"


class TopicState(StrEnum):
    """Where a topic is."""

    BACKLOG = "backlog"
    PROPOSED = "proposed"
    DISCUSSED = "discussed"
    PARKED = "parked"
    CARRIED_OVER = "carried_over"
    WITHDRAWN = "withdrawn"


#: nothing can be changed any more
OVER = frozenset(
    {
        MeetingState.ENDED,
        MeetingState.MINUTES_REVIEW,
        MeetingState.PUBLISHED,
        MeetingState.CANCELLED,
        MeetingState.ARCHIVED,
    }
)
#: can still be changed and supported
OPEN = frozenset({TopicState.PROPOSED, TopicState.BACKLOG, TopicState.CARRIED_OVER, TopicState.PARKED})


class Answer(StrEnum):
    """What somebody said about coming."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Series(Model):
    """Meetings that come back; known to the home only."""

    __tablename__ = "series"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    #: RFC 5545 recurrence, without DTSTART
    rrule: Mapped[str] = mapped_column(String(200))
    #: first meeting, as the clock on the wall shows it in `zone`
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(String(64))
    minutes: Mapped[int]
    format: Mapped[Format] = mapped_column(String(10), default=Format.ONLINE)
    audience: Mapped[Audience] = mapped_column(String(10), default=Audience.COMMUNITY)
    #: the collection of topics opens and closes so many days before the meeting
    opens_days_before: Mapped[int] = mapped_column(default=28)
    closes_days_before: Mapped[int] = mapped_column(default=6)
    #: [{"kind", "title", "minutes"}]
    agenda: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: [{"kind": room|whiteboard|tasks, "label", "url"}]
    links: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: the video server whose room its meetings have; empty for none
    video_room: Mapped[str] = mapped_column(String(40), default="")
    #: the number of its first meeting here: a community that met before goes on counting
    first_number: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()


class Meeting(Model, Shared):
    """One meeting of a community."""

    __tablename__ = "meeting"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"), index=True)
    number: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    #: as the clock on the wall shows it in `zone`; `starts_at` follows from both
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int]
    format: Mapped[Format] = mapped_column(String(10), default=Format.ONLINE)
    place: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(8))
    audience: Mapped[Audience] = mapped_column(String(10), default=Audience.COMMUNITY)
    state: Mapped[MeetingState] = mapped_column(String(16), default=MeetingState.SCHEDULED)
    collection_opens_at: Mapped[datetime | None]
    collection_closes_at: Mapped[datetime | None]
    #: iCalendar SEQUENCE: rises with each change of time, place or state
    sequence: Mapped[int] = mapped_column(default=0)
    #: [{"kind", "title", "minutes"}], in order
    agenda: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: [{"kind", "label", "url"}]; for those who take part; at copies empty
    links: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: the video server of this city whose room it has; at copies and without one empty
    video_room: Mapped[str] = mapped_column(String(40), default="")
    confirmed_count: Mapped[int] = mapped_column(default=0)
    topic_count: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    community: Mapped[Community] = relationship(lazy="joined")
    topics: Mapped[list["Topic"]] = relationship(back_populates="meeting")


class Topic(Model, Shared):
    """Something a member wants to talk about."""

    __tablename__ = "topic"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    #: the meeting it is proposed for; none in the backlog
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(200))
    pitch: Mapped[str] = mapped_column(Text, default="")
    locale: Mapped[str] = mapped_column(String(8))
    state: Mapped[TopicState] = mapped_column(String(12), default=TopicState.PROPOSED)
    #: proposed after the collection closed
    late: Mapped[bool] = mapped_column(default=False)
    support_count: Mapped[int] = mapped_column(default=0)
    proposed_at: Mapped[datetime]
    #: for the undo at the home: gone when it was used
    withdrawn_at: Mapped[datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    community: Mapped[Community] = relationship()
    meeting: Mapped[Meeting | None] = relationship(back_populates="topics")
    proposed_by: Mapped[Person] = relationship(lazy="joined")


class Support(Model):
    """Named interest in a topic before the meeting. At a copy only of people of this city."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("topic_id", "person_id"),)

    topic_id: Mapped[UUID] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)


class Registration(Model):
    """What somebody answered to a meeting. At a copy only of people of this city."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    answer: Mapped[Answer] = mapped_column(String(10))
    answered_at: Mapped[datetime]
    #: at a copy: the room's links as the home gave them to this person
    links: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    person: Mapped[Person] = relationship(lazy="joined")


class ActionItem(Model):
    """What somebody took on in a meeting; known to the home only.

    Its owner is a person, a city or whoever is written down: at most one of the three.
    """

    __tablename__ = "action_item"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id"), index=True)
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    topic_id: Mapped[UUID | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(String(500))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    #: a city's origin
    owner_city: Mapped[str | None] = mapped_column(String(200))
    owner_name: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    owner: Mapped[Person | None] = relationship(lazy="joined")
    topic: Mapped[Topic | None] = relationship(lazy="joined")


class CalendarFeed(Model):
    """A person's own calendar address; the token's hash stands here, the token only in the address."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]


Index("ix_meeting_community_starts", Meeting.community_id, Meeting.starts_at)
