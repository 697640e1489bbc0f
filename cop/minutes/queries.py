# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the pages of minutes show."""

from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Person
from cop.accounts.queries import known_cities
from cop.base.db import db
from cop.base.instance import this_city
from cop.communities.models import MembershipRecord
from cop.meetings.models import Meeting, Topic, TopicState
from cop.minutes.models import Minutes
from cop.minutes.rules import DraftTopic, Finding, find_names

#: what was talked about, or should have been
ON_THE_AGENDA = (TopicState.PROPOSED, TopicState.DISCUSSED, TopicState.PARKED, TopicState.CARRIED_OVER)


def minutes_of(meeting_id: UUID) -> Minutes | None:
    return db.session.scalar(select(Minutes).where(Minutes.meeting_id == meeting_id))


def minutes_with(article_id: UUID) -> Minutes | None:
    return db.session.scalar(select(Minutes).where(Minutes.article_id == article_id))


def draft_topics(meeting: Meeting) -> list[DraftTopic]:
    """Return a meeting's topics in the order of its page, each with the city it comes from."""
    cities = known_cities()
    found = db.session.execute(
        select(Topic.title, Person.origin)
        .join(Topic.proposed_by)
        .where(Topic.meeting_id == meeting.id, Topic.state.in_(ON_THE_AGENDA))
        .order_by(Topic.proposed_at, Topic.id)
    )
    return [DraftTopic(title, cities[origin].short if origin in cities else origin) for title, origin in found]


def findings_in(body: str, community_id: UUID) -> list[Finding]:
    """Return which members of the community the text names.

    Of other cities' members only names are looked for, not what stands in
    place of one. Who takes part or proposes is a member.
    """
    cities, here = known_cities(), this_city().origin
    people = db.session.execute(
        select(Person.display_name, Person.origin)
        .join(MembershipRecord, MembershipRecord.person_id == Person.id)
        .where(MembershipRecord.community_id == community_id, (Person.origin == here) | MembershipRecord.shows_name)
        .order_by(Person.display_name)
    )
    named = [(name, cities[origin].short if origin in cities else origin) for name, origin in people]
    return find_names(body, named)


def saved_by(minutes: Minutes) -> str:
    """Return who saved the draft last."""
    return db.session.scalar(select(Person.display_name).where(Person.id == minutes.saved_by_id)) or ""
