# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The start page and the calendar."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template, request, url_for

from cop.accounts.session import require_account
from cop.accounts.setup import city_of
from cop.base.clock import now
from cop.base.i18n import _, local
from cop.base.instance import this_city
from cop.base.web import signed_in
from cop.communities.queries import communities_of, waiting_requests
from cop.home import months
from cop.home.queries import ComingUp, MeetingRow, coming_up, meetings_of
from cop.knowledge.queries import latest_from_partners
from cop.knowledge.words import KINDS
from cop.meetings.words import FORMATS

pages = Blueprint("home", __name__, template_folder="templates")

NOON, EVENING = 11, 18


@pages.get("/")
@signed_in
def index() -> str:
    account = require_account()
    coming = coming_up(account.person_id)
    return render_template(
        "home/index.html",
        today=local(now()),
        greeting=_greeting(local(now()), account.display_name),
        coming=coming,
        minutes_left=_minutes_left(coming),
        communities=communities_of(account.person_id),
        requests=waiting_requests(account.person_id),
        news=latest_from_partners(account.person_id),
        KINDS=KINDS,
        FORMATS=FORMATS,
    )


def _minutes_left(coming: ComingUp) -> int:
    """Return how long topics can still be proposed for the meeting that closes first."""
    closes_at = coming.collecting[0].collection_closes_at if coming.collecting else None
    return int((closes_at - now()).total_seconds()) // 60 if closes_at is not None else 0


def _greeting(when: datetime, name: str) -> str:
    if when.hour < NOON:
        return _("Good morning, %(name)s", name=name)
    if when.hour < EVENING:
        return _("Hello, %(name)s", name=name)
    return _("Good evening, %(name)s", name=name)


@pages.get("/calendar")
@signed_in
def calendar() -> str:
    today = local(now()).date()
    first = months.month_of(request.args.get("month", ""), today)
    as_list, mine = request.args.get("view") == "list", request.args.get("whose") == "mine"
    rows = _rows(first, mine=mine)
    cities = _cities(rows)
    left_out = [origin for origin in request.args.getlist("without") if origin in cities]
    shown = [row for row in rows if row.meeting.origin not in left_out]
    return render_template(
        "home/calendar.html",
        first=first,
        today=today,
        as_list=as_list,
        mine=mine,
        weeks=months.weeks(first, shown),
        table=months.table(first, shown),
        weekdays=months.weekday_names(),
        tabs=_tabs(first, left_out),
        chips=_chips(first, cities, left_out, as_list=as_list, mine=mine),
        earlier=months.next_month(first, -1),
        later=months.next_month(first),
        before=_link(months.next_month(first, -1), left_out, as_list=as_list, mine=mine),
        after=_link(months.next_month(first), left_out, as_list=as_list, mine=mine),
        now_link=_link(None, left_out, as_list=as_list, mine=mine),
    )


def _rows(first: date, *, mine: bool) -> list[MeetingRow]:
    days, zone = months.grid(first), this_city().zone
    starts, until = months.instant(days[0], zone), months.instant(days[-1] + timedelta(days=1), zone)
    rows = meetings_of(require_account().person_id, starts=starts, until=until)
    return [row for row in rows if row.mine or not mine]


def _cities(rows: Sequence[MeetingRow]) -> list[str]:
    """Return whose meetings there are, our own city first."""
    ours = this_city().origin
    found = {row.meeting.origin for row in rows}
    return sorted(found, key=lambda origin: (origin != ours, city_of(origin).short))


def _link(first: date | None, left_out: Sequence[str], *, as_list: bool, mine: bool) -> str:
    return url_for(
        "home.calendar",
        month=f"{first:%Y-%m}" if first is not None else None,
        view="list" if as_list else None,
        whose="mine" if mine else None,
        without=list(left_out) or None,
    )


def _tabs(first: date, left_out: Sequence[str]) -> list[tuple[str, str, str]]:
    return [
        ("month", _("Month"), _link(first, left_out, as_list=False, mine=False)),
        ("list", _("List"), _link(first, left_out, as_list=True, mine=False)),
        ("mine", _("Only mine"), _link(first, left_out, as_list=False, mine=True)),
    ]


def _chips(
    first: date, cities: Sequence[str], left_out: Sequence[str], *, as_list: bool, mine: bool
) -> list[tuple[str, str, bool]]:
    """Return a switch for each city, if there is more than one."""
    if len(cities) < 2:  # noqa: PLR2004  one city is no choice
        return []
    return [
        (
            city_of(origin).short,
            _link(first, _switched(left_out, origin), as_list=as_list, mine=mine),
            origin not in left_out,
        )
        for origin in cities
    ]


def _switched(left_out: Sequence[str], origin: str) -> list[str]:
    return [one for one in left_out if one != origin] if origin in left_out else [*left_out, origin]
