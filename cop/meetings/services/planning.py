# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings at their home: plan, change, cancel, end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import changed, db, lock, minted, new_id
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.text import one_line, running_text
from cop.base.zones import is_zone
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.meetings.events import (
    MeetingCancelled,
    MeetingChanged,
    MeetingEnded,
    MeetingPlanned,
    RoomLinksChanged,
)
from cop.meetings.models import Format, Meeting, MeetingState, Series
from cop.meetings.rules import collection, ends_by_itself_at, instant
from cop.meetings.services.answers import confirmed_people
from cop.meetings.services.guards import clean_title, must_be_ahead, must_be_home, must_be_of, must_coordinate
from cop.meetings.video import known_room
from cop.rotation import services as rotation
from cop.rotation.models import TurnState
from cop.rotation.roles import ROLES

OPENS_DAYS = 28
CLOSES_DAYS = 6
LEAST_MINUTES, MOST_MINUTES = 10, 24 * 60
#: what a coordinator may change; the first line is what calendars must learn
TIME_AND_PLACE = frozenset({"title", "starts_local", "zone", "minutes", "format", "place"})
#: what only those learn who come
WAYS_IN = frozenset({"links", "video_room"})
FACTS = TIME_AND_PLACE | {
    "description",
    "audience",
    "agenda",
    *WAYS_IN,
    "collection_opens_at",
    "collection_closes_at",
}


def plan_meeting(
    community: Community,
    coordinator: Membership,
    *,
    title: str,
    starts_local: datetime,
    zone: str,
    minutes: int,
    opens_days_before: int = OPENS_DAYS,
    closes_days_before: int = CLOSES_DAYS,
    **facts: Any,
) -> Meeting:
    """Plan a single meeting; `facts` are what `change_meeting` can change, too.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when the community's home is elsewhere.
        Invalid: when the zone is unknown or the length is none of a meeting.
    """
    must_be_home(community.origin)
    must_coordinate(community.id, coordinator)
    opens, closes = _collection(starts_local, zone, opens_days_before, closes_days_before)
    given = {"collection_opens_at": opens, "collection_closes_at": closes} | facts
    return write_meeting(community, title=title, starts_local=starts_local, zone=zone, minutes=minutes, **given)


def write_meeting(
    community: Community, *, series: Series | None = None, number: int | None = None, **facts: Any
) -> Meeting:
    """Write a planned meeting and choose whose turn it is; permission was checked."""
    meeting = Meeting(
        **minted(new_id()),
        community_id=community.id,
        series_id=series.id if series else None,
        number=number,
        locale=community.locale,
        state=MeetingState.SCHEDULED,
    )
    meeting.community = community
    _set(meeting, facts)
    db.session.add(meeting)
    db.session.flush()  # turns and subscribers refer to it
    publish(MeetingPlanned(meeting.id))
    for role in ROLES:
        rotation.assign_turn(community, role, occasion_uri=meeting.uri, occasion_at=meeting.starts_at)
    return meeting


def change_meeting(meeting: Meeting, coordinator: Membership, **facts: Any) -> Meeting:
    """Change what was planned; a new time or place reaches the calendars by a higher SEQUENCE.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when it is over, was cancelled, or its home is elsewhere.
        Invalid: when the zone is unknown or the length is none of a meeting.
        TypeError: for a fact that can't be changed.
    """
    _must_lead(meeting, coordinator)
    lock(meeting)
    must_be_ahead(meeting)
    before = {name: getattr(meeting, name) for name in FACTS}
    old_start = meeting.starts_at
    _set(meeting, facts)
    new = {name for name, value in before.items() if getattr(meeting, name) != value}
    if not new:
        return meeting
    meeting.sequence += bool(new & TIME_AND_PLACE)
    tell_changed(meeting)
    if meeting.starts_at != old_start:
        rotation.move_turns(meeting.uri, meeting.starts_at)
    if new & WAYS_IN:
        publish(RoomLinksChanged(meeting.id))
    return meeting


def cancel_meeting(meeting: Meeting, coordinator: Membership) -> None:
    """Say that a meeting won't take place; twice is once.

    Raises:
        Forbidden: for all but coordinators.
        Conflict: when it is over, or its home is elsewhere.
    """
    _must_lead(meeting, coordinator)
    lock(meeting)
    if meeting.state == MeetingState.CANCELLED:
        return
    must_be_ahead(meeting)
    meeting.state = MeetingState.CANCELLED
    meeting.sequence += 1
    tell_changed(meeting)
    publish(MeetingCancelled(meeting.id))
    rotation.cancel_turns(meeting.uri)


def may_end(member: Membership, *, in_turn: bool) -> bool:
    """Tell whether a member may end a meeting: coordinators, and those whose turn it is."""
    return member.coordinates or in_turn


def must_lead(meeting: Meeting, member: Membership) -> None:
    """Refuse all but those who may end a meeting.

    Raises:
        Forbidden: for anyone else.
        Conflict: when its home is elsewhere.
    """
    must_be_of(meeting.community_id, member)
    if not may_end(member, in_turn=member.person_id in people_in_turn(meeting)):
        raise Forbidden(N_("Only who leads this meeting can do that."))
    must_be_home(meeting.origin)


def end_meeting(meeting: Meeting, member: Membership) -> None:
    """Say that a meeting is over; its turns were served. Twice is once.

    Raises:
        Forbidden: for all but coordinators and those whose turn it is.
        Conflict: when it was cancelled, has not begun, or its home is elsewhere.
    """
    must_be_home(meeting.origin)
    must_lead(meeting, member)
    end_begun(meeting)


def end_begun(meeting: Meeting) -> None:
    """Say that a meeting of ours is over, for who was let through to do that. Twice is once.

    Raises:
        Conflict: when it was cancelled, or has not begun.
    """
    lock(meeting)
    if meeting.state == MeetingState.CANCELLED:
        must_be_ahead(meeting)
    if meeting.starts_at > now() and meeting.state != MeetingState.LIVE:
        raise Conflict(N_("This meeting has not begun yet."))
    close(meeting)


def end_past(meeting: Meeting) -> None:
    """End a meeting of ours whose time is over; nobody has to ask for it."""
    must_be_home(meeting.origin)
    lock(meeting)
    if ends_by_itself_at(meeting.starts_at, meeting.minutes, live=meeting.state == MeetingState.LIVE) <= now():
        close(meeting)


def close(meeting: Meeting) -> None:
    """End a locked meeting of ours, unless it ended before."""
    if meeting.state not in {MeetingState.SCHEDULED, MeetingState.LIVE}:
        return
    meeting.state = MeetingState.ENDED
    tell_changed(meeting)
    publish(MeetingEnded(meeting.id))
    rotation.mark_served(meeting.uri, confirmed_people(meeting.id))


def mark_published(meeting: Meeting) -> None:
    """Keep that the minutes of a meeting of ours are published; minutes asked who may do that."""
    must_be_home(meeting.origin)
    lock(meeting)
    close(meeting)
    if meeting.state != MeetingState.PUBLISHED:
        meeting.state = MeetingState.PUBLISHED
        tell_changed(meeting)


def mark_in_review(meeting: Meeting) -> None:
    """Keep that the minutes of a meeting of ours can be amended; minutes asked who may say so."""
    must_be_home(meeting.origin)
    lock(meeting)
    close(meeting)
    if meeting.state == MeetingState.ENDED:
        meeting.state = MeetingState.MINUTES_REVIEW
        tell_changed(meeting)


def people_in_turn(meeting: Meeting, *roles: str) -> set[UUID]:
    """Return who organises and moderates a meeting, or who has one of these roles."""
    return {
        turn.person_id
        for turn in rotation.turns_of(meeting.uri)
        if turn.person_id is not None and turn.state != TurnState.OPEN_CALL and turn.role in (roles or ROLES)
    }


def _must_lead(meeting: Meeting, coordinator: Membership) -> None:
    must_be_home(meeting.origin)
    must_coordinate(meeting.community_id, coordinator)


def _collection(starts_local: datetime, zone: str, opens: int, closes: int) -> tuple[datetime, datetime]:
    if not is_zone(zone):
        raise Invalid({"zone": [N_("Please choose a time zone.")]})
    return collection(starts_local, zone, opens_days=opens, closes_days=closes)


def _set(meeting: Meeting, facts: Mapping[str, Any]) -> None:
    if unknown := facts.keys() - FACTS:
        raise TypeError(f"not facts of a meeting: {sorted(unknown)}")
    for name, value in facts.items():
        setattr(meeting, name, _cleaned(name, value))
    if not is_zone(meeting.zone):
        raise Invalid({"zone": [N_("Please choose a time zone.")]})
    if not LEAST_MINUTES <= meeting.minutes <= MOST_MINUTES:
        raise Invalid({"minutes": [N_("A meeting takes 10 minutes to 24 hours.")]})
    meeting.starts_at = instant(meeting.starts_local, meeting.zone)


def _cleaned(name: str, value: Any) -> Any:
    return CLEANERS[name](value) if name in CLEANERS else value


def clean_agenda(agenda: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the parts of an agenda as they are stored: kind, title, minutes."""
    return [
        {"kind": str(part.get("kind", "fixed")), "title": clean_title(part["title"]), "minutes": int(part["minutes"])}
        for part in agenda
    ]


#: how each fact is stored
CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "title": clean_title,
    "place": one_line,
    "description": running_text,
    "agenda": clean_agenda,
    "links": lambda links: [dict(link) for link in links],
    "video_room": known_room,
    "format": Format,
    "audience": Audience,
}


def tell_changed(meeting: Meeting) -> None:
    """Give a changed meeting its next revision, and say so."""
    changed(meeting)
    db.session.flush()  # subscribers read it
    publish(MeetingChanged(meeting.id))
