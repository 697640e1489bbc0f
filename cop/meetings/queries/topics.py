# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics as one reader sees them: with own support, and what of theirs is on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, or_, select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import read
from cop.base.instance import is_ours, this_city
from cop.base.pending import PendingRequest, RequestState
from cop.communities.models import Community
from cop.meetings.models import OPEN, OVER, Meeting, Support, Topic, TopicState
from cop.meetings.queries.wishes import Wishes, wishes_of

MOST = 200


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic in a list; without an id it is on its way to its home, or was refused there."""

    key: str
    topic_id: UUID | None
    title: str
    pitch: str
    locale: str
    by: str
    #: none while it is on its way
    by_id: UUID | None
    origin: str
    home: str
    mine: bool
    late: bool
    count: int
    supported: bool
    #: can still be supported and changed
    open: bool
    meeting_id: UUID | None
    meeting_title: str
    #: its meeting stays in this city
    for_city_only: bool
    #: what is on its way: new, support, edit, withdraw
    waiting: Mapping[str, PendingRequest]
    #: what the home refused lately
    refused: Sequence[PendingRequest]


_READER: BindParameter[UUID] = bindparam("person_id")
#: every page of a meeting asks it, so it is put together once
_ROWS = (
    select(
        Topic.id,
        Topic.uri,
        Topic.title,
        Topic.pitch,
        Topic.locale,
        Topic.origin,
        Topic.state,
        Topic.late,
        Topic.support_count,
        (Topic.proposed_by_id == _READER).label("mine"),
        Person.display_name,
        Topic.proposed_by_id,
        Person.origin.label("city_origin"),
        Topic.meeting_id,
        Meeting.title.label("meeting_title"),
        Meeting.state.label("meeting_state"),
        Meeting.audience.label("meeting_audience"),
        Support.id.is_not(None).label("stands"),
    )
    .join(Person, Person.id == Topic.proposed_by_id)
    .outerjoin(Meeting, Meeting.id == Topic.meeting_id)
    .outerjoin(Support, and_(Support.topic_id == Topic.id, Support.person_id == _READER))
    .order_by(Topic.proposed_at, Topic.id)
)
_OF_MEETING = _ROWS.where(Topic.meeting_id == bindparam("meeting_id"), Topic.state != TopicState.WITHDRAWN).limit(MOST)


def topics_of(meeting: Meeting, person_id: UUID) -> list[TopicRow]:
    """Return the topics of a meeting in the order in which they came, own ones on their way at the end."""
    return _rows(_OF_MEETING, {"person_id": person_id, "meeting_id": meeting.id}, place=meeting)


def backlog_of(community: Community, person_id: UUID, *, limit: int = MOST) -> list[TopicRow]:
    """Return what a community wants to talk about: for a meeting to come, or some time."""
    return _rows(_ROWS.where(in_backlog(community.id)).limit(limit), {"person_id": person_id}, place=community)


def in_backlog(community_id: UUID) -> ColumnElement[bool]:
    """Return the condition under which a `Topic`, joined with its `Meeting`, is still to be discussed."""
    ahead = or_(Topic.meeting_id.is_(None), Meeting.state.not_in([state.value for state in OVER]))
    return and_(Topic.community_id == community_id, Topic.state.in_([state.value for state in OPEN]), ahead)


def _rows(asked: Select[*tuple[Any, ...]], values: dict[str, UUID], *, place: Meeting | Community) -> list[TopicRow]:
    found = read(asked, values).all()
    at_home = is_ours(place.origin)
    wishes = Wishes([]) if at_home else wishes_of(values["person_id"], [place.uri, *(row.uri for row in found)])
    rows = [_row(row, wishes) for row in found]
    return rows + [_proposal(request) for request in wishes.proposals]


def _row(row: Row[*tuple[Any, ...]], wishes: Wishes) -> TopicRow:
    last, waiting = wishes.about(row.uri), wishes.waiting(row.uri)
    support, edit = waiting.get("support"), waiting.get("edit")
    supported = support.kind == "support" if support is not None else row.stands
    # the author reads the new words, with the note that the home doesn't have them yet
    words = edit.details if edit is not None else {"title": row.title, "pitch": row.pitch}
    return TopicRow(
        key=str(row.id),
        topic_id=row.id,
        title=words["title"],
        pitch=words["pitch"],
        locale=row.locale,
        by=row.display_name,
        by_id=row.proposed_by_id,
        origin=row.city_origin,
        home=row.origin,
        mine=row.mine,
        late=row.late,
        count=row.support_count + supported - row.stands,
        supported=supported,
        open=row.state in OPEN and (row.meeting_state is None or row.meeting_state not in OVER),
        meeting_id=row.meeting_id,
        meeting_title=row.meeting_title or "",
        for_city_only=row.meeting_audience == Audience.CITY,
        waiting=waiting,
        refused=[wish for subject, wish in last.items() if subject not in waiting],
    )


def _proposal(request: PendingRequest) -> TopicRow:
    waits = request.state == RequestState.WAITING
    return TopicRow(
        key=str(request.id),
        topic_id=None,
        title=request.details["title"],
        pitch=request.details["pitch"],
        locale=request.details["locale"],
        by="",
        by_id=None,
        origin=this_city().origin,
        home=request.home,
        mine=True,
        late=False,
        count=0,
        supported=False,
        open=False,
        meeting_id=None,
        meeting_title="",
        for_city_only=False,
        waiting={"new": request} if waits else {},
        refused=[] if waits else [request],
    )
