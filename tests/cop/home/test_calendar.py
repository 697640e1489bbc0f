# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The calendar across cities: a month, a list by week, only mine."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.communities.services import require_member
from cop.home.months import grid, month_of, next_month, short_weekday
from cop.meetings import services as meetings
from cop.meetings.models import Answer
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_peer, a_person, a_record
from tests.reader import Reader

TODAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def miriam(app):
    with transaction():
        a_city()
        person = a_person("Miriam", locale="en")
    return Reader(app, person)


def at(*when):
    return datetime(*when, tzinfo=UTC) - TODAY


def words(text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def part(answer, begin, end):
    assert answer.status_code == 200, answer.text
    return words(answer.text.partition(begin)[2].partition(end)[0])


@pytest.fixture
def december(miriam):
    """A meeting that Miriam takes part in, one of a partner city, one the night before the month ends."""
    with transaction():
        community = a_community("Coaching-Pool")
        a_record(community, person=db.session.get_one(Person, miriam.person_id))
        member = require_member(community.id, miriam.person_id)
        mine = a_meeting(community, title="Treffen 14", starts_in=at(2026, 12, 3, 9))
        meetings.answer(mine, member, Answer.CONFIRMED)
        a_meeting(
            a_community("X", origin=AALBORG), title="Åbent netværksmøde", starts_in=at(2026, 12, 15, 8), locale="da"
        )
        a_meeting(a_community("Y"), title="Late", starts_in=at(2026, 12, 31, 23, 30))
        a_meeting(a_community("Z"), title="Cancelled", starts_in=at(2026, 12, 4, 9), state="cancelled")


def test_the_table_shows_the_month_with_city_and_time_of_each_meeting(miriam, december):
    page = miriam.get("/calendar?month=2026-12")

    table = part(page, "<table", "</table>")
    assert "Meetings in December 2026" in table
    assert "3 10:00 Kassel Treffen 14 , you take part 4" in table
    assert "15 09:00 Aalborg Åbent netværksmøde , open to you 16" in table
    assert "Cancelled" not in table


def test_a_meeting_after_midnight_here_stands_on_the_day_it_has_here(miriam, december):
    table = part(miriam.get("/calendar?month=2027-01"), "<table", "</table>")

    assert "1 00:30 Kassel Late" in table


def test_the_list_groups_by_week_and_gives_the_whole_date(miriam, december):
    page = miriam.get("/calendar?month=2026-12&view=list")

    assert "<table" not in page.text
    assert part(page, "<main", "</main>").endswith(
        "1 to 6 December 3 Th Treffen 14 Thursday, 3 December 2026 KS Kassel 10:00–12:00 You take part "
        "14 to 20 December 15 Tu Åbent netværksmøde Tuesday, 15 December 2026 AA Aalborg 09:00–11:00"
    )
    assert '<h3 class="cop-item__title" lang="da">' in page.text


@pytest.mark.parametrize(("view", "part_of"), [("", "<table"), ("&view=list", "<main")])
def test_a_meeting_accepted_elsewhere_is_on_its_way_until_the_home_answers(miriam, december, view, part_of):
    with transaction():
        a_peer()
        network = a_community("Ledernetværk", origin=AALBORG)
        a_record(network, person=db.session.get_one(Person, miriam.person_id))
        far = a_meeting(network, title="Fælles møde", starts_in=at(2026, 12, 16, 8))
        meetings.wish_answer(far, require_member(network.id, miriam.person_id), Answer.CONFIRMED)

    page = miriam.get(f"/calendar?month=2026-12&whose=mine{view}")

    said = part(page, part_of, "</main>").partition("Fælles møde")[2].partition("17")[0]
    assert "On its way to Aalborg" in said
    assert "open to you" not in said


def test_only_mine_leaves_out_the_others(miriam, december):
    table = part(miriam.get("/calendar?month=2026-12&whose=mine"), "<table", "</table>")

    assert "Treffen 14" in table
    assert "netværksmøde" not in table


def test_cities_can_be_left_out_and_taken_in_again(miriam, december):
    page = miriam.get("/calendar?month=2026-12")
    chips = re.findall(r'href="([^"]+)"[^>]*>.*?(Kassel|Aalborg)</a>', page.text.partition("cop-chips")[2])
    without = html.unescape({city: url for url, city in chips}["Aalborg"])

    less = miriam.get(without)
    assert "netværksmøde" not in part(less, "<table", "</table>")
    again = re.findall(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*Aalborg</a>', less.text.partition("cop-chips")[2])[0]
    assert "netværksmøde" in part(miriam.get(html.unescape(again)), "<table", "</table>")


def test_without_a_month_it_is_this_one_with_today_marked(miriam):
    page = miriam.get("/calendar")

    assert "November 2026" in page.text
    assert re.search(r'aria-current="date"><span class="cop-calendar__day">23<', page.text)
    assert "No meetings in this month." in page.text
    assert "‹ October" in page.text
    assert "December ›" in page.text


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "0001-01", "9999-12", "2026-12-01", "'; DROP"])
def test_an_odd_month_in_the_address_is_this_one(text):
    assert month_of(text, date(2026, 11, 23)) == date(2026, 11, 1)


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_months_table_holds_whole_weeks_around_all_its_days(when):
    first = when.replace(day=1)

    days = grid(first)

    assert len(days) % 7 == 0
    assert (days[0].weekday(), days[-1].weekday()) == (0, 6)
    assert {first, when, next_month(first) - timedelta(days=1)} <= set(days)
    assert next_month(next_month(first), -1) == first


def test_the_danish_list_speaks_danish(app, december, miriam):
    with transaction():
        mette = a_person("Mette", locale="da")
    page = Reader(app, mette).get("/calendar?month=2026-12&view=list")

    assert "09.00-11.00" in page.text
    with app.test_request_context(headers={"Accept-Language": "da"}):
        assert short_weekday(date(2026, 12, 1)) == "ti"


def test_the_number_of_queries_does_not_grow(miriam):
    def more(number):
        with transaction():
            for _ in range(number):
                a_meeting(a_community())
                a_meeting(a_community(origin=AALBORG))

    more(3)
    few = len(miriam.queries("/calendar?month=2026-12"))
    more(27)

    assert len(miriam.queries("/calendar?month=2026-12")) == few
