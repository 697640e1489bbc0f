# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings that come back: the next one is planned when the one before it is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Invalid
from cop.base.i18n import N_
from cop.base.zones import is_zone
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.meetings.models import Format, Meeting, MeetingState, Series
from cop.meetings.rules import collection, next_occurrence, recurrence, wall_clock
from cop.meetings.services.guards import clean_title, must_be_home, must_coordinate
from cop.meetings.services.planning import CLOSES_DAYS, OPENS_DAYS, clean_agenda, write_meeting
from cop.meetings.video import known_room, video_services

#: stands in a series' title for the number of the meeting
NUMBER = "{number}"


def plan_series(
    community: Community,
    coordinator: Membership,
    *,
    title: str,
    rrule: str,
    starts_local: datetime,
    zone: str,
    minutes: int,
    format: Format = Format.ONLINE,  # noqa: A002  the column's name
    audience: Audience = Audience.COMMUNITY,
    opens_days_before: int = OPENS_DAYS,
    closes_days_before: int = CLOSES_DAYS,
    agenda: Sequence[Mapping[str, Any]] = (),
    links: Sequence[Mapping[str, Any]] = (),
    video_room: str = "",
    first_number: int = 1,
) -> Series:
    """Plan meetings that come back, and the first of them; `{number}` in the title becomes its number.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when the community's home is elsewhere.
        Invalid: when the rule or the zone can't be read.
    """
    must_be_home(community.origin)
    must_coordinate(community.id, coordinator)
    _check(rrule, starts_local, zone)
    series = Series(
        community_id=community.id,
        title=clean_title(title),
        rrule=rrule,
        starts_local=starts_local,
        zone=zone,
        minutes=minutes,
        format=format,
        audience=audience,
        opens_days_before=opens_days_before,
        closes_days_before=closes_days_before,
        agenda=clean_agenda(agenda),
        links=[dict(link) for link in links],
        video_room=known_room(video_room),
        first_number=first_number,
    )
    series.community = community
    db.session.add(series)
    db.session.flush()  # its meetings refer to it
    next_meeting(series)
    return series


def next_meeting(series: Series) -> Meeting | None:
    """Return the meeting of a series that comes next; plan it when there is none yet.

    Asking twice plans one. A cancelled meeting keeps its place, the one after
    it is the next. None when the series has ended.
    """
    lock(series)
    if series.ended_at is not None:
        return None
    newest = db.session.scalars(
        select(Meeting).where(Meeting.series_id == series.id).order_by(Meeting.starts_at.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.starts_at > now() and newest.state != MeetingState.CANCELLED:
        return newest
    after = wall_clock(now(), series.zone)
    if newest is not None:
        after = max(after, newest.starts_local)
    elif series.starts_local > after:
        after = series.starts_local - timedelta(seconds=1)
    starts_local = next_occurrence(series.rrule, series.starts_local, after)
    return _plan(series, starts_local) if starts_local is not None else None


def end_series(series: Series, coordinator: Membership) -> None:
    """Plan no more meetings of a series; what is planned stays.

    Raises:
        Forbidden: for all but coordinators.
    """
    must_coordinate(series.community_id, coordinator)
    series.ended_at = series.ended_at or now()


def _plan(series: Series, starts_local: datetime) -> Meeting:
    number = _next_number(series)
    opens, closes = collection(
        starts_local, series.zone, opens_days=series.opens_days_before, closes_days=series.closes_days_before
    )
    return write_meeting(
        series.community,
        series=series,
        number=number,
        title=series.title.replace(NUMBER, str(number)),
        starts_local=starts_local,
        zone=series.zone,
        minutes=series.minutes,
        format=series.format,
        audience=series.audience,
        agenda=series.agenda,
        links=series.links,
        video_room=series.video_room if series.video_room in video_services() else "",
        collection_opens_at=opens,
        collection_closes_at=closes,
    )


def _next_number(series: Series) -> int:
    highest = db.session.scalars(select(func.max(Meeting.number)).where(Meeting.series_id == series.id)).one()
    return series.first_number if highest is None else highest + 1


def _check(rrule: str, starts_local: datetime, zone: str) -> None:
    if not is_zone(zone):
        raise Invalid({"zone": [N_("Please choose a time zone.")]})
    try:
        recurrence(rrule, starts_local)
    except ValueError as error:
        raise Invalid({"rrule": [N_("Please choose how often the meeting comes back.")]}) from error
