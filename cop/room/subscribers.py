# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens elsewhere to a meeting that is on."""

from cop.base.db import db
from cop.meetings.events import MeetingCancelled, MeetingEnded, TopicChanged, TopicWithdrawn
from cop.meetings.models import Meeting, Topic
from cop.room.services.closing import finish
from cop.room.services.opening import follow_topic


def show_topic(event: TopicChanged | TopicWithdrawn) -> None:
    """Bring the board up to date: proposed, edited, supported or taken back on another page or in another city."""
    follow_topic(db.session.get_one(Topic, event.topic_id))


def close_room(event: MeetingEnded | MeetingCancelled) -> None:
    finish(db.session.get_one(Meeting, event.meeting_id))
