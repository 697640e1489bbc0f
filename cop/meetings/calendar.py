# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings for calendars: iCalendar (RFC 5545), the same meeting always under the same UID."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from cop.base.clock import now
from cop.base.i18n import _
from cop.base.instance import this_city
from cop.base.text import one_line, running_text
from cop.meetings.models import Format, Meeting, MeetingState

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//Reihum//Reihum//EN"
#: how much of a zone's history the file tells
MARGIN = timedelta(days=366)


def meeting_calendar(meeting: Meeting, links: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Return a calendar with one meeting; `links` only for somebody who comes."""
    return _written([_entry(meeting, busy=True, links=links)])


def feed_calendar(meetings: Iterable[tuple[Meeting, bool]]) -> bytes:
    """Return a person's calendar: each meeting with whether they come.

    Without any room's link: the address works without signing in, and people share calendars.
    """
    return _written([_entry(meeting, busy=comes) for meeting, comes in meetings], name=_("Reihum meetings"))


def uid_of(uri: str) -> str:
    """Return a meeting's UID, the same at its home and at every copy: `<uuid>@host`."""
    parts = urlsplit(uri)
    return f"{parts.path.rpartition('/')[2]}@{parts.hostname}"


def page_of(meeting_id: UUID) -> str:
    """Return the address of a meeting's page here."""
    return f"{this_city().origin}/meetings/{meeting_id}"


def _entry(meeting: Meeting, *, busy: bool, links: Sequence[Mapping[str, Any]] = ()) -> "Event":
    from icalendar import Event  # slow to load, and few processes need it

    starts = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    cancelled = meeting.state == MeetingState.CANCELLED
    entry = Event()
    entry.add("uid", uid_of(meeting.uri))
    entry.add("sequence", meeting.sequence)
    entry.add("dtstamp", now())
    entry.add("dtstart", starts)
    # the end by the wall clock of its instant: a meeting over the change of the clock keeps its length
    entry.add("dtend", (meeting.starts_at + timedelta(minutes=meeting.minutes)).astimezone(ZoneInfo(meeting.zone)))
    entry.add("summary", one_line(meeting.title))
    entry.add("location", _place(meeting))
    entry.add("description", _description(meeting, links))
    entry.add("categories", [one_line(meeting.community.name)])
    entry.add("url", page_of(meeting.id))
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    entry.add("transp", "OPAQUE" if busy and not cancelled else "TRANSPARENT")
    return entry


def _place(meeting: Meeting) -> str:
    place = one_line(meeting.place)
    return place or (_("online") if meeting.format == Format.ONLINE else "")


def _description(meeting: Meeting, links: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        one_line(meeting.community.name),
        running_text(meeting.description),
        *(f"{one_line(link['label'])}: {one_line(link['url'])}" for link in links),
        page_of(meeting.id),
    ]
    return "\n\n".join(line for line in lines if line)


def _written(entries: Sequence["Event"], *, name: str = "") -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", timedelta(hours=1))
    for entry in entries:
        calendar.add_component(entry)
    if entries:
        days: list[date] = [entry.decoded("dtstart").date() for entry in entries]
        calendar.add_missing_timezones(first_date=min(days) - MARGIN, last_date=max(days) + MARGIN)
    written: bytes = calendar.to_ical()
    return written
