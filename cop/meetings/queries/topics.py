# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics as one reader sees them: with own support, and what of theirs is on its way."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select

from cop.accounts.models import Person
from cop.base.db import db
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
    #: what is on its way: new, support, edit, withdraw
    waiting: frozenset[str]
    #: (what, why) of what the home refused lately
    refused: tuple[tuple[str, str], ...]


def topics_of(meeting: Meeting, person_id: UUID) -> list[TopicRow]:
    """Return the topics of a meeting in the order in which they came, own ones on their way at the end."""
    shown = and_(Topic.meeting_id == meeting.id, Topic.state != TopicState.WITHDRAWN)
    return _rows(shown, person_id, place=meeting)


def backlog_of(community: Community, person_id: UUID, *, limit: int = MOST) -> list[TopicRow]:
    """Return what a community wants to talk about: for a meeting to come, or some time."""
    return _rows(in_backlog(community.id), person_id, place=community, limit=limit)


def in_backlog(community_id: UUID) -> ColumnElement[bool]:
    """Return the condition under which a `Topic`, joined with its `Meeting`, is still to be discussed."""
    ahead = or_(Topic.meeting_id.is_(None), Meeting.state.not_in([state.value for state in OVER]))
    return and_(Topic.community_id == community_id, Topic.state.in_([state.value for state in OPEN]), ahead)


def _rows(
    shown: ColumnElement[bool], person_id: UUID, *, place: Meeting | Community, limit: int = MOST
) -> list[TopicRow]:
    found = db.session.execute(
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
            (Topic.proposed_by_id == person_id).label("mine"),
            Person.display_name,
            Person.origin.label("city_origin"),
            Topic.meeting_id,
            Meeting.title.label("meeting_title"),
            Meeting.state.label("meeting_state"),
            Support.id.is_not(None).label("stands"),
        )
        .join(Person, Person.id == Topic.proposed_by_id)
        .outerjoin(Meeting, Meeting.id == Topic.meeting_id)
        .outerjoin(Support, and_(Support.topic_id == Topic.id, Support.person_id == person_id))
        .where(shown)
        .order_by(Topic.proposed_at, Topic.id)
        .limit(limit)
    ).all()
    wishes = Wishes([]) if is_ours(place.origin) else wishes_of(person_id, [place.uri, *(row.uri for row in found)])
    rows = [_row(row, person_id, wishes) for row in found]
    return rows + [_proposal(request) for request in wishes.proposals]


def _row(row: Row[*tuple[Any, ...]], person_id: UUID, wishes: Wishes) -> TopicRow:
    support, edit = wishes.waiting("support", row.uri), wishes.waiting("edit", row.uri)
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
        origin=row.city_origin,
        home=row.origin,
        mine=row.mine,
        late=row.late,
        count=row.support_count + supported - row.stands,
        supported=supported,
        open=row.state in OPEN and (row.meeting_state is None or row.meeting_state not in OVER),
        meeting_id=row.meeting_id,
        meeting_title=row.meeting_title or "",
        waiting=frozenset(subject for subject in ("support", "edit", "withdraw") if wishes.waiting(subject, row.uri)),
        refused=_refused(row.uri, wishes),
    )


def _refused(uri: str, wishes: Wishes) -> tuple[tuple[str, str], ...]:
    last = ((subject, wishes.about(subject, uri)) for subject in ("support", "edit", "withdraw"))
    return tuple(
        (subject, wish.reason or "")
        for subject, wish in last
        if wish is not None and wish.state == RequestState.REFUSED
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
        origin=this_city().origin,
        home=request.home,
        mine=True,
        late=False,
        count=0,
        supported=False,
        open=False,
        meeting_id=None,
        meeting_title="",
        waiting=frozenset({"new"} if waits else ()),
        refused=() if waits else (("new", request.reason or ""),),
    )
