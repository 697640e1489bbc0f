# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Copies of what other cities write: kept as their homes say, newest revision wins."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, select

from cop.base.audience import Audience
from cop.base.db import db, new_id
from cop.base.errors import Forbidden
from cop.base.events import publish
from cop.base.found import by_uri
from cop.base.instance import is_ours
from cop.base.pending import last_accepted
from cop.communities.models import Community
from cop.communities.queries import community_by_uri
from cop.communities.services import person_named_by_home
from cop.meetings.events import MeetingCancelled, MeetingPlanned
from cop.meetings.models import Answer, Format, Meeting, MeetingState, Registration, Topic, TopicState
from cop.meetings.rules import is_safe_link, wall_clock
from cop.meetings.services.answers import keep_answer, registration_of
from cop.meetings.services.support import set_row

T = TypeVar("T", Meeting, Topic)


def apply_meeting_copy(
    *,
    uri: str,
    origin: str,
    rev: int,
    community_uri: str,
    title: str,
    starts_at: datetime,
    zone: str,
    minutes: int,
    format: str,  # noqa: A002  the column's name
    state: str,
    locale: str,
    audience: str,
    number: int | None = None,
    description: str = "",
    place: str = "",
    collection_opens_at: datetime | None = None,
    collection_closes_at: datetime | None = None,
    sequence: int = 0,
    agenda: Sequence[Mapping[str, Any]] = (),
    confirmed_count: int = 0,
    topic_count: int = 0,
    extra: Mapping[str, Any] | None = None,
) -> Meeting | None:
    """Keep another city's meeting: add it, or replace it if this revision is higher.

    Returns None when what is stored is as new, or its community is unknown here.

    Raises:
        Forbidden: when the meeting or its community belongs to another city.
    """
    community = _community(community_uri, origin)
    meeting = _stored(Meeting, uri, origin)
    if community is None or (meeting is not None and meeting.rev >= rev):
        return None
    before = meeting.state if meeting is not None else None
    meeting = meeting or _added(Meeting(id=new_id(), uri=uri, origin=origin, links=[]))
    meeting.community, meeting.rev = community, rev
    meeting.title, meeting.description, meeting.number = title, description, number
    meeting.starts_at, meeting.zone, meeting.starts_local = starts_at, zone, wall_clock(starts_at, zone)
    meeting.minutes, meeting.format, meeting.place = minutes, Format(format), place
    meeting.state, meeting.sequence = MeetingState(state), sequence
    meeting.locale, meeting.audience = locale, Audience(audience)
    meeting.collection_opens_at, meeting.collection_closes_at = collection_opens_at, collection_closes_at
    meeting.agenda = [dict(part) for part in agenda]
    meeting.confirmed_count, meeting.topic_count = confirmed_count, topic_count
    meeting.extra = dict(extra or {})
    return _told(meeting, before)


def _told(meeting: Meeting, before: str | None) -> Meeting:
    """Tell our own people's features; other cities hear of a meeting from its home alone."""
    if before is None and meeting.state == MeetingState.SCHEDULED:
        publish(MeetingPlanned(meeting.id))
    if before not in {None, MeetingState.CANCELLED} and meeting.state == MeetingState.CANCELLED:
        publish(MeetingCancelled(meeting.id))
    return meeting


def apply_topic_copy(
    *,
    uri: str,
    origin: str,
    rev: int,
    community_uri: str,
    meeting_uri: str | None,
    proposed_by: Mapping[str, str],
    title: str,
    locale: str,
    state: str,
    proposed_at: datetime,
    pitch: str = "",
    late: bool = False,
    support_count: int = 0,
    extra: Mapping[str, Any] | None = None,
) -> Topic | None:
    """Keep another city's topic: add it, or replace it if this revision is higher.

    `proposed_by` has uri, name and city_origin, as the home gave them. Returns
    None when what is stored is as new, or its community or proposer is unknown here.

    Raises:
        Forbidden: when the topic or its community belongs to another city.
    """
    community = _community(community_uri, origin)
    topic = _stored(Topic, uri, origin)
    if community is None or (topic is not None and topic.rev >= rev):
        return None
    proposer = topic.proposed_by if topic is not None else None
    if not (proposer is not None and is_ours(proposer.origin)):
        proposer = person_named_by_home(
            community, uri=proposed_by["uri"], origin=proposed_by["city_origin"], name=proposed_by["name"]
        )
    if proposer is None:
        return None
    meeting_id = _meeting_id(meeting_uri, origin)
    topic = topic or _added(Topic(id=new_id(), uri=uri, origin=origin))
    topic.community, topic.rev, topic.proposed_by = community, rev, proposer
    topic.meeting_id = meeting_id
    topic.title, topic.pitch, topic.locale = title, pitch, locale
    topic.state, topic.late = TopicState(state), late
    topic.support_count, topic.proposed_at = support_count, proposed_at
    topic.extra = dict(extra or {})
    return topic


def forget_meeting(uri: str, origin: str) -> None:
    """Forget another city's meeting and its topics.

    Raises:
        Forbidden: when it belongs to another city.
    """
    meeting = _stored(Meeting, uri, origin)
    if meeting is None:
        return
    db.session.execute(delete(Topic).where(Topic.meeting_id == meeting.id))
    db.session.execute(delete(Meeting).where(Meeting.id == meeting.id))
    db.session.expunge(meeting)


def forget_topic(uri: str, origin: str) -> None:
    """Forget another city's topic.

    Raises:
        Forbidden: when it belongs to another city.
    """
    topic = _stored(Topic, uri, origin)
    if topic is not None:
        db.session.execute(delete(Topic).where(Topic.id == topic.id))
        db.session.expunge(topic)


def keep_own_support(topic_uri: str, person_id: UUID, on: bool) -> None:  # noqa: FBT001  the contract's word
    """Keep that the home took a person's support, or took it back."""
    topic = db.session.scalars(select(Topic).where(Topic.uri == topic_uri)).one_or_none()
    if topic is not None:
        set_row(topic.id, person_id, on=on)


def keep_own_answer(
    meeting_uri: str, person_id: UUID, answer: str, links: Sequence[Mapping[str, Any]] = ()
) -> Registration | None:
    """Keep what the home says about somebody's answer, with the room's links for who comes."""
    meeting = db.session.scalars(select(Meeting).where(Meeting.uri == meeting_uri)).one_or_none()
    if meeting is None:
        return None
    given = Answer(answer)
    registration = keep_answer(registration_of(meeting.id, person_id), meeting.id, person_id, given)
    shown = links if given == Answer.CONFIRMED else ()
    registration.links = [dict(link) for link in shown if is_safe_link(link, meeting.origin)]
    return registration


def keep_accepted_again(uri: str) -> None:
    """Keep what our people answered or supported of a thing whose copy was away, as its home accepted it."""
    for wish in last_accepted(uri, "answer_meeting"):
        keep_own_answer(uri, wish.person_id, wish.details["answer"])
    for wish in last_accepted(uri, "support", "unsupport"):
        keep_own_support(uri, wish.person_id, wish.kind == "support")


def _stored(kind: type[T], uri: str, origin: str) -> T | None:
    """Return the copy, locked; who owns it is what is stored, never what is said.

    Raises:
        Forbidden: when it belongs to another city, or to this one.
    """
    found = by_uri(kind, uri, lock=True)
    if is_ours(origin) or (found is not None and found.origin != origin):
        raise Forbidden
    return found


def _community(uri: str, origin: str) -> Community | None:
    community = community_by_uri(uri)
    if community is not None and community.origin != origin:
        raise Forbidden
    return community


def _meeting_id(uri: str | None, origin: str) -> UUID | None:
    if uri is None:
        return None
    meeting = by_uri(Meeting, uri)
    return meeting.id if meeting is not None and meeting.origin == origin else None


def _added(row: T) -> T:
    db.session.add(row)
    return row
