# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Months and weeks, and how they are called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from cop.base.i18n import BABEL_LOCALES, _, day, local, locale
from cop.home.queries import MeetingRow

WEEK = timedelta(days=7)
WEEKDAYS = range(7)
SATURDAY = 5
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Day:
    """A field of the month's table."""

    date: date
    outside: bool
    weekend: bool
    rows: Sequence[MeetingRow]


@dataclass(frozen=True, slots=True)
class Week:
    """A part of the list: what it is called, and its meetings."""

    name: str
    rows: Sequence[MeetingRow]


def month_of(text: str, today: date) -> date:
    """Return the first day of the month that an address names, "2026-12"; of this month when it names none."""
    try:
        wanted = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return today.replace(day=1)
    return wanted if FIRST_YEAR <= wanted.year <= LAST_YEAR else today.replace(day=1)


def next_month(first: date, months: int = 1) -> date:
    """Return the first day of a later or earlier month."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def grid(first: date) -> list[date]:
    """Return the days of the month's table: whole weeks from Monday to Sunday."""
    monday = first - timedelta(days=first.weekday())
    last = next_month(first) - timedelta(days=1)
    weeks = (last - monday).days // 7 + 1
    return [monday + timedelta(days=number) for number in range(7 * weeks)]


def instant(when: date, zone: str) -> datetime:
    """Return when a day begins in a zone."""
    return datetime.combine(when, time(), ZoneInfo(zone))


def table(first: date, rows: Iterable[MeetingRow]) -> list[list[Day]]:
    """Lay meetings out in weeks of days, each on its day in this city."""
    by_day: dict[date, list[MeetingRow]] = {}
    for row in rows:
        by_day.setdefault(local(row.meeting.starts_at).date(), []).append(row)
    days = [Day(one, one.month != first.month, one.weekday() >= SATURDAY, by_day.get(one, ())) for one in grid(first)]
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def weeks(first: date, rows: Iterable[MeetingRow]) -> list[Week]:
    """Group the meetings of a month by week, as the list shows them."""
    end = next_month(first) - timedelta(days=1)
    inside = [row for row in rows if first <= local(row.meeting.starts_at).date() <= end]
    grouped = groupby(inside, key=lambda row: _monday(local(row.meeting.starts_at).date()))
    return [
        Week(_name(max(monday, first), min(monday + WEEK - timedelta(days=1), end)), list(of)) for monday, of in grouped
    ]


def _monday(when: date) -> date:
    return when - timedelta(days=when.weekday())


def _name(first: date, last: date) -> str:
    if first == last:
        return day(first)
    number = f"{first.day}" if locale() == "en" else f"{first.day}."
    return _("%(first)s to %(last)s", first=number, last=day(last))


def weekday_names() -> list[tuple[str, str]]:
    """Return short and long names of the days, Monday first."""
    of = BABEL_LOCALES[locale()]
    short, wide = get_day_names("short", locale=of), get_day_names("wide", locale=of)
    return [(short[number].rstrip("."), wide[number]) for number in WEEKDAYS]


def short_weekday(when: date) -> str:
    """Return "Di", "ti", "Tu"."""
    return weekday_names()[when.weekday()][0]


def weekday_and_hours(starts: datetime, ends: datetime) -> str:
    """Return "Donnerstag, 10:00–12:00", "torsdag kl. 10.00-12.00", "Thursday, 10:00–12:00"."""
    name = weekday_names()[starts.weekday()][1]
    return f"{name}{hours(starts, ends, ' kl. ', ', ')}"


def hours(starts: datetime, ends: datetime, danish: str = "", others: str = "") -> str:
    """Return "10:00–12:00", "10.00-12.00"."""
    if locale() == "da":
        return f"{danish}{starts:%H.%M}-{ends:%H.%M}"
    return f"{others}{starts:%H:%M}–{ends:%H:%M}"


def month_name(when: date) -> str:
    """Return "November", "november", "November"."""
    return format_date(when, "LLLL", locale=BABEL_LOCALES[locale()])
