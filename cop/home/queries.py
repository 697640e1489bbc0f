# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is coming up for one person, across cities."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select

from cop.base.clock import now
from cop.base.db import db
from cop.base.pending import PendingRequest
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.communities.queries import has_member
from cop.meetings.models import OVER, Answer, Meeting, MeetingState, Registration, Support, Topic, TopicState
from cop.meetings.queries import visible_to
from cop.meetings.queries.wishes import Wishes, wishes_of
from cop.meetings.rules import ends_at
from cop.rotation.reading import ShownTurn, my_shown_turns, open_calls

SHOWN_MEETINGS = 6
SHOWN_TOPICS = 4
MOST_IN_MONTH = 500
#: a meeting that began so long ago is still of use
RUNNING = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting in a list, with how one person stands to it."""

    meeting: Meeting
    answer: Answer | None
    is_member: bool
    #: the answer, while it is on its way to the home
    wish: PendingRequest | None = None
    turn: ShownTurn | None = None

    @property
    def comes(self) -> bool:
        """Tell whether this person said yes."""
        return self.answer == Answer.CONFIRMED

    @property
    def ends_at(self) -> datetime:
        """Return when the meeting ends."""
        return ends_at(self.meeting.starts_at, self.meeting.minutes)

    @property
    def mine(self) -> bool:
        """Tell whether it is a meeting of one of this person's communities, or they said yes."""
        return self.is_member or self.comes


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic that can be supported, with how one person stands to it."""

    topic: Topic
    supported: bool
    count: int
    #: the support, while it is on its way to the home
    wish: PendingRequest | None


@dataclass(frozen=True, slots=True)
class ComingUp:
    """What the start page shows."""

    turn: ShownTurn | None
    community: Community | None
    meetings: Sequence[MeetingRow]
    topics: Sequence[TopicRow]
    #: meetings of own communities that collect topics now, the one that closes first is first
    collecting: Sequence[Meeting] = field(default=())


def coming_up(person_id: UUID) -> ComingUp:
    """Return what is coming up for somebody, with a number of queries that doesn't grow."""
    turns = my_shown_turns(person_id)
    wanted = [turn for turn in turns if turn.can_confirm] or [turn for turn in open_calls(person_id) if turn.can_take]
    turn = next(iter(wanted), None)
    meetings = meetings_of(person_id, starts=now() - RUNNING, ahead=True, limit=SHOWN_MEETINGS)
    collecting = _collecting(person_id)
    topics = _topics(person_id, [meeting.id for meeting in collecting])
    wishes = wishes_of(person_id, [topic.uri for topic, _ in topics])
    held = {turn.occasion_uri: turn for turn in reversed(turns)}
    return ComingUp(
        turn=turn,
        community=db.session.get(Community, turn.community_id) if turn is not None else None,
        meetings=[replace(row, turn=held.get(row.meeting.uri)) for row in meetings],
        topics=[_topic(topic, supported, wishes) for topic, supported in topics],
        collecting=collecting,
    )


def meetings_of(
    person_id: UUID,
    *,
    starts: datetime,
    until: datetime | None = None,
    ahead: bool = False,
    limit: int = MOST_IN_MONTH,
) -> list[MeetingRow]:
    """Return the meetings of all cities that a person may see, by time, with answers that are on their way.

    `ahead` leaves out what is over.
    """
    member = has_member(person_id, Meeting.community_id)
    left_out = OVER if ahead else {MeetingState.CANCELLED}
    wanted = [visible_to(person_id), Meeting.starts_at >= starts, Meeting.state.not_in(left_out)]
    if until is not None:
        wanted.append(Meeting.starts_at < until)
    own = and_(Registration.meeting_id == Meeting.id, Registration.person_id == person_id)
    found = db.session.execute(
        select(Meeting, Registration.answer, member)
        .outerjoin(Registration, own)
        .where(*wanted)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    ).all()
    wishes = wishes_of(person_id, [meeting.uri for meeting, _, _ in found])
    return [_meeting(meeting, answer, is_member, wishes) for meeting, answer, is_member in found]


def _meeting(meeting: Meeting, answer: str | None, is_member: bool, wishes: Wishes) -> MeetingRow:  # noqa: FBT001  a column of the row
    wish = wishes.waiting(meeting.uri).get("answer")
    given = wish.details["answer"] if wish is not None else answer
    return MeetingRow(meeting, Answer(given) if given else None, is_member, wish)


def _collecting(person_id: UUID) -> list[Meeting]:
    mine = select(MembershipRecord.community_id).where(
        MembershipRecord.person_id == person_id, MembershipRecord.state == MemberState.ACTIVE
    )
    found = db.session.scalars(
        select(Meeting)
        .where(
            Meeting.community_id.in_(mine),
            Meeting.state == MeetingState.SCHEDULED,
            Meeting.starts_at > now(),
            Meeting.collection_opens_at <= now(),
            Meeting.collection_closes_at > now(),
        )
        .order_by(Meeting.collection_closes_at)
        .limit(SHOWN_MEETINGS)
    )
    return list(found)


def _topics(person_id: UUID, meeting_ids: Sequence[UUID]) -> list[tuple[Topic, bool]]:
    """Return what others proposed for these meetings, the newest first: what is new is what waits."""
    own = and_(Support.topic_id == Topic.id, Support.person_id == person_id)
    found = db.session.execute(
        select(Topic, Support.id.is_not(None))
        .outerjoin(Support, own)
        .where(Topic.meeting_id.in_(meeting_ids), Topic.state == TopicState.PROPOSED, Topic.proposed_by_id != person_id)
        .order_by(Topic.proposed_at.desc(), Topic.id)
        .limit(SHOWN_TOPICS)
    )
    return [(topic, supported) for topic, supported in found]


def _topic(topic: Topic, supported: bool, wishes: Wishes) -> TopicRow:  # noqa: FBT001  a column of the row
    wish = wishes.waiting(topic.uri).get("support")
    wants = wish.kind == "support" if wish is not None else supported
    return TopicRow(topic, wants, topic.support_count + wants - supported, wish)
