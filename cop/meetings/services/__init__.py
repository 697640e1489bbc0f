# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members and coordinators can do with meetings; one file a subject."""

from cop.meetings.services.actions import finish_action, record_action, reopen_action
from cop.meetings.services.answers import answer, links_for, wish_answer
from cop.meetings.services.copies import (
    apply_meeting_copy,
    apply_topic_copy,
    forget_meeting,
    forget_topic,
    keep_accepted_again,
    keep_own_answer,
    keep_own_support,
)
from cop.meetings.services.feeds import end_feed, make_feed
from cop.meetings.services.guards import must_own
from cop.meetings.services.links import recognised
from cop.meetings.services.planning import (
    cancel_meeting,
    change_meeting,
    end_begun,
    end_meeting,
    end_past,
    mark_in_review,
    mark_published,
    may_end,
    must_lead,
    plan_meeting,
)
from cop.meetings.services.running import begin_meeting, lock_topics, settle_topics
from cop.meetings.services.series import end_series, next_meeting, plan_series
from cop.meetings.services.support import support, unsupport, wish_support
from cop.meetings.services.topics import (
    edit_topic,
    move_to_backlog,
    propose_again,
    propose_for_later,
    propose_topic,
    recount_topics,
    take_up,
    withdraw_topic,
)
from cop.meetings.services.video import video_entry
from cop.meetings.services.wishes import undo_withdrawal, wish_edit, wish_topic, wish_topic_for_later, wish_withdrawal

__all__ = [
    "answer",
    "apply_meeting_copy",
    "apply_topic_copy",
    "begin_meeting",
    "cancel_meeting",
    "change_meeting",
    "edit_topic",
    "end_begun",
    "end_feed",
    "end_meeting",
    "end_past",
    "end_series",
    "finish_action",
    "forget_meeting",
    "forget_topic",
    "keep_accepted_again",
    "keep_own_answer",
    "keep_own_support",
    "links_for",
    "lock_topics",
    "make_feed",
    "mark_in_review",
    "mark_published",
    "may_end",
    "move_to_backlog",
    "must_lead",
    "must_own",
    "next_meeting",
    "plan_meeting",
    "plan_series",
    "propose_again",
    "propose_for_later",
    "propose_topic",
    "recognised",
    "record_action",
    "recount_topics",
    "reopen_action",
    "settle_topics",
    "support",
    "take_up",
    "undo_withdrawal",
    "unsupport",
    "video_entry",
    "wish_answer",
    "wish_edit",
    "wish_support",
    "wish_topic",
    "wish_topic_for_later",
    "wish_withdrawal",
    "withdraw_topic",
]
