# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What pages, jobs and other features read about meetings; one file a subject."""

from cop.meetings.queries.actions import ActionRow, actions_of, open_actions
from cop.meetings.queries.lists import (
    count_backlog,
    count_meetings,
    feed_of,
    in_feed_of,
    meetings_of,
    meetings_to_end,
    next_meeting_of,
    person_of_feed,
    series_of,
    series_without_next,
)
from cop.meetings.queries.taking_part import TakingPart, cities_of_confirmed, taking_part
from cop.meetings.queries.topics import TopicRow, backlog_of, topics_of
from cop.meetings.queries.visible import meeting_by_uri, visible, visible_to

__all__ = [
    "ActionRow",
    "TakingPart",
    "TopicRow",
    "actions_of",
    "backlog_of",
    "cities_of_confirmed",
    "count_backlog",
    "count_meetings",
    "feed_of",
    "in_feed_of",
    "meeting_by_uri",
    "meetings_of",
    "meetings_to_end",
    "next_meeting_of",
    "open_actions",
    "person_of_feed",
    "series_of",
    "series_without_next",
    "taking_part",
    "topics_of",
    "visible",
    "visible_to",
]
