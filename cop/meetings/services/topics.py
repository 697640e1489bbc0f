# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics at their home: propose, edit, withdraw, keep for later."""

from sqlalchemy import func, select, update

from cop.base.clock import now
from cop.base.db import changed, db, lock, minted, new_id
from cop.base.errors import Conflict
from cop.base.events import publish
from cop.base.i18n import N_
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.meetings.events import MeetingChanged, TopicChanged, TopicWithdrawn
from cop.meetings.models import OPEN, Meeting, Support, Topic, TopicState
from cop.meetings.services.guards import (
    clean_pitch,
    clean_title,
    is_late,
    must_be_ahead,
    must_be_home,
    must_be_of,
    must_coordinate,
    must_own,
)


def propose_topic(
    meeting: Meeting, member: Membership, *, title: str, pitch: str = "", locale: str | None = None
) -> Topic:
    """Propose a topic for a meeting; after the collection closed it is marked as late.

    Raises:
        Conflict: when the meeting is over or was cancelled.
        Invalid: when the title is empty, or a text too long.
    """
    must_be_home(meeting.origin)
    must_be_of(meeting.community_id, member)
    lock(meeting)
    must_be_ahead(meeting)
    topic = _propose(meeting.community, member, meeting=meeting, title=title, pitch=pitch, locale=locale)
    recount_topics(meeting)
    return topic


def propose_for_later(
    community: Community, member: Membership, *, title: str, pitch: str = "", locale: str | None = None
) -> Topic:
    """Put a topic into the community's backlog, for whatever meeting comes.

    Raises:
        Invalid: when the title is empty, or a text too long.
    """
    must_be_home(community.origin)
    must_be_of(community.id, member)
    return _propose(community, member, meeting=None, title=title, pitch=pitch, locale=locale)


def _propose(
    community: Community, member: Membership, *, meeting: Meeting | None, title: str, pitch: str, locale: str | None
) -> Topic:
    topic = Topic(
        **minted(new_id()),
        community_id=community.id,
        meeting_id=meeting.id if meeting else None,
        proposed_by_id=member.person_id,
        title=clean_title(title),
        pitch=clean_pitch(pitch),
        locale=locale or community.locale,
        state=TopicState.PROPOSED if meeting else TopicState.BACKLOG,
        late=meeting is not None and is_late(meeting),
        proposed_at=now(),
    )
    db.session.add(topic)
    db.session.flush()  # subscribers read it by its id
    publish(TopicChanged(topic.id))
    return topic


def edit_topic(topic: Topic, member: Membership, *, title: str, pitch: str = "", locale: str | None = None) -> Topic:
    """Change the words of one's own topic.

    Raises:
        Forbidden: when somebody else proposed it.
        Conflict: when it was withdrawn or discussed.
        Invalid: when the title is empty, or a text too long.
    """
    must_be_home(topic.origin)
    must_own(topic, member)
    lock(topic)
    _must_be_open(topic)
    topic.title, topic.pitch = clean_title(title), clean_pitch(pitch)
    topic.locale = locale or topic.locale
    _tell(topic)
    return topic


def withdraw_topic(topic: Topic, member: Membership) -> None:
    """Take one's own topic back; twice is once.

    Raises:
        Forbidden: when somebody else proposed it.
        Conflict: when it was discussed.
    """
    must_be_home(topic.origin)
    must_own(topic, member)
    _lock_with_meeting(topic)
    if topic.state == TopicState.WITHDRAWN:
        return
    _must_be_open(topic)
    topic.state, topic.withdrawn_at = TopicState.WITHDRAWN, now()
    changed(topic)
    db.session.flush()  # the count below reads it
    publish(TopicWithdrawn(topic.id))
    if topic.meeting is not None:
        recount_topics(topic.meeting)


def propose_again(topic: Topic, member: Membership) -> Topic:
    """Undo a withdrawal: propose the same again, under a new id, with the support it had.

    Other cities were told that the old one is gone, and gone is for ever.

    Raises:
        Conflict: when it isn't withdrawn or the undo was used, or its meeting is over.
    """
    must_be_home(topic.origin)
    must_own(topic, member)
    _lock_with_meeting(topic)
    if topic.withdrawn_at is None:
        raise Conflict(N_("This can't be undone any more."))
    if topic.meeting is not None:
        must_be_ahead(topic.meeting)
    words = {"title": topic.title, "pitch": topic.pitch, "locale": topic.locale}
    again = _propose(topic.community, member, meeting=topic.meeting, **words)
    again.late, again.proposed_at, again.support_count = topic.late, topic.proposed_at, topic.support_count
    db.session.execute(update(Support).where(Support.topic_id == topic.id).values(topic_id=again.id))
    topic.withdrawn_at, topic.support_count = None, 0
    db.session.flush()  # the count below reads it
    if topic.meeting is not None:
        recount_topics(topic.meeting)
    return again


def move_to_backlog(topic: Topic, coordinator: Membership) -> None:
    """Keep a topic for a later meeting, with the support it has.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when it was withdrawn or discussed.
    """
    must_be_home(topic.origin)
    must_coordinate(topic.community_id, coordinator)
    _lock_with_meeting(topic)
    _must_be_open(topic)
    left, topic.meeting = topic.meeting, None
    topic.state, topic.late = TopicState.CARRIED_OVER, False
    _tell(topic)
    if left is not None:
        recount_topics(left)


def take_up(topic: Topic, meeting: Meeting, coordinator: Membership) -> None:
    """Bring a topic of the backlog to a meeting.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when it was withdrawn or discussed, or the meeting is over or another community's.
    """
    must_be_home(topic.origin)
    must_coordinate(topic.community_id, coordinator)
    must_coordinate(meeting.community_id, coordinator)
    lock(meeting)
    lock(topic)
    _must_be_open(topic)
    must_be_ahead(meeting)
    topic.meeting, topic.state = meeting, TopicState.PROPOSED
    _tell(topic)
    recount_topics(meeting)


def _lock_with_meeting(topic: Topic) -> None:
    """Lock the meeting before its topic, as everybody does: two in another order would wait for each other."""
    if topic.meeting is not None:
        lock(topic.meeting)
    lock(topic)


def _must_be_open(topic: Topic) -> None:
    if topic.state not in OPEN:
        raise Conflict(N_("This topic was withdrawn or discussed meanwhile."))


def _tell(topic: Topic) -> None:
    changed(topic)
    db.session.flush()  # subscribers read it
    publish(TopicChanged(topic.id))


def recount_topics(meeting: Meeting) -> None:
    """Count the topics of a locked meeting anew, so that the number can't drift."""
    meeting.topic_count = db.session.scalars(
        select(func.count()).where(Topic.meeting_id == meeting.id, Topic.state != TopicState.WITHDRAWN)
    ).one()
    changed(meeting)
    db.session.flush()  # subscribers read it
    publish(MeetingChanged(meeting.id))
