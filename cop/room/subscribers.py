# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens elsewhere to the topics of a meeting that is on."""

from cop.base.db import db
from cop.meetings.events import TopicChanged, TopicWithdrawn
from cop.meetings.models import Topic
from cop.room.services.opening import follow_topic


def show_topic(event: TopicChanged | TopicWithdrawn) -> None:
    """Bring the board up to date: proposed, edited, supported or taken back on another page or in another city."""
    follow_topic(db.session.get_one(Topic, event.topic_id))
