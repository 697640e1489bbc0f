# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists of meetings: of a community, of a person, of a calendar, of the worker."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from cop.accounts.models import Account
from cop.base.clock import now
from cop.base.db import db
from cop.base.instance import this_city
from cop.communities.queries import has_member
from cop.meetings.models import (
    OVER,
    Answer,
    CalendarFeed,
    Meeting,
    MeetingState,
    Registration,
    Series,
    Topic,
)
from cop.meetings.queries.topics import in_backlog
from cop.meetings.queries.visible import visible_to
from cop.meetings.rules import ends_by_itself_at

MOST = 200
MOST_IN_FEED = 500
FEED_BACK = timedelta(days=180)
RUNNING = (MeetingState.SCHEDULED.value, MeetingState.LIVE.value)
_AHEAD = Meeting.state.not_in([state.value for state in OVER])


def meetings_of(community_id: UUID, person_id: UUID) -> tuple[list[Meeting], list[Meeting]]:
    """Return a community's meetings that a person may see: ahead, next one first, and before, newest first."""
    seen = and_(Meeting.community_id == community_id, visible_to(person_id))
    ahead = db.session.scalars(select(Meeting).where(seen, _AHEAD).order_by(Meeting.starts_at).limit(MOST))
    before = db.session.scalars(select(Meeting).where(seen, ~_AHEAD).order_by(Meeting.starts_at.desc()).limit(MOST))
    return list(ahead), list(before)


def next_meeting_of(community_id: UUID, person_id: UUID) -> Meeting | None:
    """Return the meeting a community has next."""
    return db.session.scalars(
        select(Meeting)
        .where(Meeting.community_id == community_id, visible_to(person_id), _AHEAD)
        .order_by(Meeting.starts_at)
        .limit(1)
    ).one_or_none()


def count_meetings(community_id: UUID) -> int:
    """Count a community's meetings that were not cancelled."""
    left_out = (MeetingState.DRAFT.value, MeetingState.CANCELLED.value)
    return db.session.scalars(
        select(func.count()).where(Meeting.community_id == community_id, Meeting.state.not_in(left_out))
    ).one()


def count_backlog(community_id: UUID) -> int:
    """Count what a community wants to talk about."""
    return db.session.scalars(
        select(func.count(Topic.id)).outerjoin(Meeting, Meeting.id == Topic.meeting_id).where(in_backlog(community_id))
    ).one()


def series_of(community_id: UUID) -> list[Series]:
    """Return a community's series that go on."""
    return list(
        db.session.scalars(
            select(Series)
            .where(Series.community_id == community_id, Series.ended_at.is_(None))
            .order_by(Series.starts_local)
        )
    )


def series_without_next() -> Sequence[UUID]:
    """Return the series that go on and have no meeting ahead."""
    ahead = select(Meeting.id).where(
        Meeting.series_id == Series.id, Meeting.starts_at > now(), Meeting.state != MeetingState.CANCELLED
    )
    return db.session.scalars(select(Series.id).where(Series.ended_at.is_(None), ~ahead.exists())).all()


def meetings_to_end() -> list[UUID]:
    """Return our meetings whose time is over."""
    begun = db.session.execute(
        select(Meeting.id, Meeting.starts_at, Meeting.minutes, Meeting.state).where(
            Meeting.origin == this_city().origin, Meeting.state.in_(RUNNING), Meeting.starts_at <= now()
        )
    )
    return [
        row.id
        for row in begun
        if ends_by_itself_at(row.starts_at, row.minutes, live=row.state == MeetingState.LIVE) <= now()
    ]


def feed_of(person_id: UUID) -> CalendarFeed | None:
    """Return a person's calendar address, if they made one; not the address itself, which nobody knows."""
    return db.session.scalars(select(CalendarFeed).where(CalendarFeed.person_id == person_id)).one_or_none()


def person_of_feed(token_hash: str) -> UUID | None:
    """Return whose calendar address this is; it ends with the account."""
    return db.session.scalars(
        select(CalendarFeed.person_id)
        .join(Account, Account.person_id == CalendarFeed.person_id)
        .where(CalendarFeed.token_hash == token_hash, Account.deactivated_at.is_(None))
    ).one_or_none()


def in_feed_of(person_id: UUID) -> list[tuple[Meeting, bool]]:
    """Return the meetings of a person's calendar, each with whether they come.

    Those of their communities, unless they declined, and those they said yes to.
    """
    member = has_member(person_id, Meeting.community_id)
    mine = and_(Registration.meeting_id == Meeting.id, Registration.person_id == person_id)
    wanted = or_(Registration.answer == Answer.CONFIRMED, and_(member, Registration.answer.is_(None)))
    found = db.session.execute(
        select(Meeting, Registration.answer)
        .outerjoin(Registration, mine)
        .where(wanted, visible_to(person_id), Meeting.starts_at > now() - FEED_BACK)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST_IN_FEED)
    )
    return [(meeting, answer == Answer.CONFIRMED) for meeting, answer in found]
