# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""All that one peer may see of ours: `queries.receivers_of`, asked the other way round and by the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from cop.accounts.models import Person
from cop.base.audience import SHOWN_TO_PEERS, Audience
from cop.base.instance import this_city
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, MeetingState, Topic, TopicState
from cop.rotation.models import Assignment
from cop.sharing.queries import Thing
from cop.sharing.rules import READ, WORK

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Reader:
    """A peer that reads, and how far we trust it."""

    origin: str
    level: int

    def may_see(self, model: type[Thing]) -> Condition:
        """Return the condition under which a row of ours may be seen by this peer."""
        return and_(model.origin == this_city().origin, CONDITIONS[model](self))

    def inside(self, community_id: Any) -> Condition:
        """Return the condition that we work together in a community."""
        if self.level < WORK:
            return false()
        return exists(
            select(MembershipRecord.id)
            .join(Person, Person.id == MembershipRecord.person_id)
            .where(
                MembershipRecord.community_id == community_id,
                MembershipRecord.state == MemberState.ACTIVE,
                Person.origin == self.origin,
            )
        )

    def hears(self, audience: InstrumentedAttribute[Audience], community_id: Any) -> Condition:
        """Return the condition that something for this audience goes to this peer."""
        shown = audience.in_(SHOWN_TO_PEERS) if self.level >= READ else false()
        return and_(audience != Audience.CITY, or_(shown, self.inside(community_id)))


def _community(reader: Reader) -> Condition:
    return reader.hears(Community.visibility, Community.id)


def _meeting(reader: Reader) -> Condition:
    shown = exists(select(Community.id).where(Community.id == Meeting.community_id, _community(reader)))
    return and_(Meeting.state != MeetingState.DRAFT, reader.hears(Meeting.audience, Meeting.community_id), shown)


def _topic(reader: Reader) -> Condition:
    shown = exists(select(Meeting.id).where(Meeting.id == Topic.meeting_id, _meeting(reader)))
    inside = reader.inside(Topic.community_id)
    return and_(Topic.state != TopicState.WITHDRAWN, inside, or_(Topic.meeting_id.is_(None), shown))


def _assignment(reader: Reader) -> Condition:
    at_it = Meeting.uri == Assignment.occasion_uri
    shown = exists(select(Meeting.id).where(at_it, _meeting(reader)))
    return and_(reader.inside(Assignment.community_id), or_(~exists(select(Meeting.id).where(at_it)), shown))


def _article(reader: Reader) -> Condition:
    return reader.hears(Article.audience, Article.community_id)


CONDITIONS: Mapping[type[Thing], Callable[[Reader], Condition]] = {
    Community: _community,
    Meeting: _meeting,
    Topic: _topic,
    Assignment: _assignment,
    Article: _article,
}
