# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A meeting of ours while it runs: it begins, and afterwards each topic goes where it belongs."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from cop.base.db import changed, db, locked
from cop.base.events import publish
from cop.meetings.events import TopicChanged
from cop.meetings.models import OPEN, Meeting, MeetingState, Topic, TopicState
from cop.meetings.services.guards import must_be_ahead, must_be_home
from cop.meetings.services.planning import tell_changed
from cop.meetings.services.topics import recount_topics

#: what comes back into the backlog
KEPT_FOR_LATER = frozenset({TopicState.PARKED, TopicState.CARRIED_OVER})


def begin_meeting(meeting: Meeting) -> None:
    """Say that a locked meeting is on now; its room asked who may do that.

    Raises:
        Conflict: when it is over or was cancelled.
    """
    must_be_home(meeting.origin)
    must_be_ahead(meeting)
    if meeting.state != MeetingState.LIVE:
        meeting.state = MeetingState.LIVE
        tell_changed(meeting)


def lock_topics(meeting: Meeting) -> None:
    """Keep others from writing a meeting's topics until the transaction ends."""
    db.session.execute(locked(select(Topic).where(Topic.meeting_id == meeting.id).order_by(Topic.id), Topic))


def settle_topics(meeting: Meeting, topics: Mapping[UUID, TopicState]) -> None:
    """Say what became of the topics of a locked meeting that is over.

    They come by their id: discussed, parked or carried over; both of the latter are in the backlog again.
    """
    must_be_home(meeting.origin)
    for topic in db.session.scalars(
        select(Topic)
        .where(Topic.meeting_id == meeting.id, Topic.id.in_(topics), Topic.state.in_(OPEN))
        .order_by(Topic.id)
    ):
        topic.state = topics[topic.id]
        if topic.state in KEPT_FOR_LATER:
            topic.meeting, topic.late = None, False
        changed(topic)
        db.session.flush()  # subscribers read it
        publish(TopicChanged(topic.id))
    recount_topics(meeting)
