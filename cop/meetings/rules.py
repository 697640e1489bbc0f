# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""When meetings take place, when topics are collected, and what a topic may look like."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

MOST_TITLE = 200
MOST_PITCH = 2000
MOST_ACTION = 500
MOST_OWNER = 200
LEAST_TITLE = 8
#: the collection of topics opens and closes at these hours, on the wall clock of the meeting
OPENS = time(8)
CLOSES = time(18)
#: minutes of a topic in a round of lean coffee, with a little talk between two
TOPIC_MINUTES = 9
#: the room can be entered so long before the meeting begins
ROOM_OPENS = timedelta(minutes=15)
OVERTIME = timedelta(hours=2)
LINK_KINDS = frozenset({"room", "whiteboard", "tasks"})
PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Window(StrEnum):
    """Where the collection of topics is."""

    BEFORE = "before"
    OPEN = "open"
    CLOSED = "closed"


def window(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> Window:
    """Say where the collection of topics is.

    It is open from the minute it opens until the minute it closes; a missing
    end means that side is always open.
    """
    if opens_at is not None and now < opens_at:
        return Window.BEFORE
    if closes_at is not None and now >= closes_at:
        return Window.CLOSED
    return Window.OPEN


def collection(starts_local: datetime, zone: str, *, opens_days: int, closes_days: int) -> tuple[datetime, datetime]:
    """Return when the collection opens and closes: so many days before the meeting, at 8:00 and at 18:00 its time."""
    opens = datetime.combine(starts_local.date() - timedelta(days=opens_days), OPENS)
    closes = datetime.combine(starts_local.date() - timedelta(days=closes_days), CLOSES)
    return instant(opens, zone), min(instant(closes, zone), instant(starts_local, zone))


def instant(wall: datetime, zone: str) -> datetime:
    """Return the instant at which the wall clock of a zone shows this time.

    An hour that doesn't exist when summer time begins moves forward by one
    hour; of an hour that comes twice it is the first (RFC 5545, section 3.3.5).
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def wall_clock(when: datetime, zone: str) -> datetime:
    """Return what the wall clock of a zone shows at an instant."""
    return when.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def ends_at(starts_at: datetime, minutes: int) -> datetime:
    """Return the instant at which a meeting is over."""
    return starts_at + timedelta(minutes=minutes)


def room_opens_at(starts_at: datetime) -> datetime:
    """Return the instant from which the room of a meeting can be entered."""
    return starts_at - ROOM_OPENS


def ends_by_itself_at(starts_at: datetime, minutes: int, *, live: bool) -> datetime:
    """Return when a meeting that nobody ends is over: people who still talk get two more hours."""
    return ends_at(starts_at, minutes) + (OVERTIME if live else timedelta())


def recurrence(text: str, first: datetime) -> rrule:
    """Read a recurrence rule; `first` is the first meeting on the wall clock.

    Only rules that repeat by week, month or year and never end by themselves:
    a series ends when somebody ends it.

    Raises:
        ValueError: when it is anything else.
    """
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if not parts.keys() <= PARTS or parts.get("FREQ") not in {"WEEKLY", "MONTHLY", "YEARLY"}:
        raise ValueError(f"not a rule for meetings: {text!r}")
    if not 0 < int(parts.get("INTERVAL", "1")) <= 60:  # noqa: PLR2004  five years of months
        raise ValueError(f"not a rule for meetings: {text!r}")
    return cast("rrule", rrulestr(text, dtstart=first))


def next_occurrence(rule: str, first: datetime, after: datetime | None) -> datetime | None:
    """Return the first meeting of a series after a time; all on the wall clock, so that 10:00 stays 10:00 in summer.

    None for `after` asks for the very first. A rule that never comes again
    (29 February on a Monday in ten years) gives None.
    """
    found: datetime | None = recurrence(rule, first).after(after or first, inc=after is None)
    return found


def same_weekday(first: datetime, every_months: int) -> str:
    """Return the rule "every n months on the same weekday": the first Thursday, the last Friday."""
    nth = (first.day - 1) // 7 + 1
    position = -1 if nth == 5 else nth  # noqa: PLR2004  not every month has a fifth
    return f"FREQ=MONTHLY;INTERVAL={every_months};BYDAY={position}{WEEKDAYS[first.weekday()]}"


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A fixed part of a meeting, with the time at which it begins."""

    begins: datetime
    kind: str
    title: str
    minutes: int


def agenda_times(agenda: Sequence[Mapping[str, Any]], starts_local: datetime) -> list[AgendaEntry]:
    """Give each part its time: it begins when the one before it is over."""
    entries: list[AgendaEntry] = []
    begins = starts_local
    for part in agenda:
        entry = AgendaEntry(begins, str(part.get("kind", "fixed")), str(part["title"]), int(part["minutes"]))
        entries.append(entry)
        begins += timedelta(minutes=entry.minutes)
    return entries


def topics_that_fit(agenda: Sequence[Mapping[str, Any]]) -> int:
    """Return about how many topics the lean-coffee part of an agenda has time for."""
    return sum(int(part["minutes"]) for part in agenda if part.get("kind") == "leancoffee") // TOPIC_MINUTES


def is_safe_link(link: Mapping[str, Any], home: str) -> bool:
    """Tell whether a room's link, as a city gave it, may be shown: of a known kind, with label, https or its own."""
    url, label, kind = link.get("url"), link.get("label"), link.get("kind")
    if not (isinstance(url, str) and isinstance(label, str) and isinstance(kind, str)) or kind not in LINK_KINDS:
        return False
    return _is_https(url) or is_video_page(url, home)


def is_video_page(url: str, home: str) -> bool:
    """Tell whether a link leads to the page of a city from which the video room of a meeting is entered."""
    return re.fullmatch(re.escape(home) + "/meetings/[0-9a-f-]{36}/video", url) is not None


def _is_https(url: str) -> bool:
    """Tell whether every browser reads this as an https address of the host that people see: no name in front of it."""
    if not url.isprintable() or any(sign.isspace() or sign == "\\" for sign in url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host) and port != 0 and "@" not in parts.netloc
