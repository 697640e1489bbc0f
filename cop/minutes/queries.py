# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the pages of minutes show."""

from collections import Counter
from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import func, select

from cop.accounts.models import Person
from cop.accounts.queries import known_cities
from cop.base.db import db
from cop.base.instance import City, this_city
from cop.communities.models import MembershipRecord
from cop.meetings.models import Meeting, Topic, TopicState
from cop.meetings.queries import ActionRow, actions_of
from cop.minutes.models import Amendment, Minutes
from cop.minutes.rules import Finding, Happened, HappenedTopic, find_names

#: what was talked about, or should have been
ON_THE_AGENDA = (TopicState.PROPOSED, TopicState.DISCUSSED, TopicState.PARKED, TopicState.CARRIED_OVER)


def minutes_of(meeting_id: UUID) -> Minutes | None:
    return db.session.scalar(select(Minutes).where(Minutes.meeting_id == meeting_id))


def minutes_with(article_id: UUID) -> Minutes | None:
    return db.session.scalar(select(Minutes).where(Minutes.article_id == article_id))


def what_happened(meeting: Meeting, action_line: Callable[[ActionRow], str]) -> Happened:
    """Return what is known of a meeting that had no room: its topics in the order of its page, and its actions.

    Args:
        meeting: it has begun.
        action_line: says who does what until when.
    """
    lines: dict[UUID | None, list[str]] = {}
    for row in actions_of(meeting.id):
        lines.setdefault(row.topic_id, []).append(action_line(row))
    cities = known_cities()
    found = db.session.execute(
        select(Topic.id, Topic.title, Person.origin)
        .join(Topic.proposed_by)
        .where(Topic.meeting_id == meeting.id, Topic.state.in_(ON_THE_AGENDA))
        .order_by(Topic.proposed_at, Topic.id)
    )
    topics = [
        HappenedTopic(title, _short(cities, origin), actions=tuple(lines.pop(topic_id, ())))
        for topic_id, title, origin in found
    ]
    return Happened(tuple(topics), actions=tuple(line for rest in lines.values() for line in rest))


def _short(cities: Mapping[str, City], origin: str) -> str:
    return cities[origin].short if origin in cities else origin


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
    return find_names(body, [(name, _short(cities, origin)) for name, origin in people])


def saved_by(minutes: Minutes) -> str:
    """Return who saved the draft last."""
    return db.session.scalar(select(Person.display_name).where(Person.id == minutes.saved_by_id)) or ""


def count_amendments(minutes: Minutes) -> Counter[str]:
    """Count a draft's amendments by their state."""
    states = select(Amendment.state, func.count()).where(Amendment.minutes_id == minutes.id).group_by(Amendment.state)
    return Counter({row[0]: row[1] for row in db.session.execute(states)})


def amendments_of(minutes: Minutes) -> list[Amendment]:
    """Return what members want changed, in the order in which they said so."""
    asked = select(Amendment).where(Amendment.minutes_id == minutes.id).order_by(Amendment.proposed_at, Amendment.id)
    return list(db.session.scalars(asked))
