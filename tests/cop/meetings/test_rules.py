# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of meetings."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.meetings import rules
from cop.meetings.rules import AgendaEntry, Window

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
HOURS = st.times(time(8), time(20)).map(lambda found: found.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("opens", "closes", "where"),
    [
        (None, None, Window.OPEN),
        (NOON, None, Window.OPEN),
        (NOON + timedelta(seconds=1), None, Window.BEFORE),
        (None, NOON, Window.CLOSED),
        (None, NOON + timedelta(seconds=1), Window.OPEN),
    ],
)
def test_the_window_opens_with_its_minute_and_closes_with_its_minute(opens, closes, where):
    assert rules.window(opens, closes, NOON) == where


@given(day=DAYS, hour=HOURS, zone=st.sampled_from(["Europe/Berlin", "Europe/Copenhagen", "UTC"]))
def test_a_meeting_of_the_day_keeps_its_wall_clock(day, hour, zone):
    wall = datetime.combine(day, hour)

    assert rules.wall_clock(rules.instant(wall, zone), zone) == wall


def test_an_hour_that_does_not_exist_moves_forward():
    instant = rules.instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")

    assert instant.astimezone(ZoneInfo("Europe/Berlin")).time() == time(3, 30)


@given(first=DAYS, hour=HOURS, months=st.sampled_from([1, 2, 3, 6]))
def test_a_series_comes_back_on_its_weekday_at_its_hour(first, hour, months):
    begin = datetime.combine(first, hour)
    rule = rules.same_weekday(begin, months)

    found = rules.next_occurrence(rule, begin, begin)

    assert found is not None
    assert (found.weekday(), found.time()) == (begin.weekday(), hour)
    assert timedelta(days=21) < found - begin < timedelta(days=31 * months + 15)


def test_the_first_of_a_series_is_where_it_begins():
    begin = datetime(2026, 12, 3, 10)

    assert rules.same_weekday(begin, 3) == "FREQ=MONTHLY;INTERVAL=3;BYDAY=1TH"
    assert rules.same_weekday(datetime(2026, 12, 31), 1) == "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1TH"
    assert rules.next_occurrence("FREQ=WEEKLY", begin, None) == begin
    assert rules.next_occurrence("FREQ=WEEKLY", begin, begin) == begin + timedelta(weeks=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=61",
        "FREQ=WEEKLY;INTERVAL=two",
        "FREQ=WEEKLY;COUNT=3",
        "FREQ=WEEKLY;UNTIL=20300101",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY\nRRULE:FREQ=DAILY",
        "DTSTART:20260101T100000\nRRULE:FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=XX",
    ],
)
def test_only_rules_for_meetings_are_read(text):
    with pytest.raises(ValueError, match=r"."):
        rules.recurrence(text, datetime(2026, 12, 3, 10))


def test_each_part_of_the_agenda_begins_when_the_one_before_ends():
    agenda = [
        {"kind": "checkin", "title": "Ankommen", "minutes": 10},
        {"title": "Pause", "minutes": 5},
        {"kind": "leancoffee", "title": "Ihre Themen", "minutes": 55},
    ]

    assert rules.agenda_times(agenda, datetime(2026, 12, 3, 10)) == [
        AgendaEntry(datetime(2026, 12, 3, 10), "checkin", "Ankommen", 10),
        AgendaEntry(datetime(2026, 12, 3, 10, 10), "fixed", "Pause", 5),
        AgendaEntry(datetime(2026, 12, 3, 10, 15), "leancoffee", "Ihre Themen", 55),
    ]
    assert rules.topics_that_fit(agenda) == 6


HOME = "http://127.0.0.1:8102"
PAGE = f"{HOME}/meetings/0190c1f2-0000-7000-8000-00000000000a/video"
A_LINK = {"kind": "room", "label": "Webex", "url": "https://stadt.webex.com/meet/1?pwd=a%20b#x"}


@pytest.mark.parametrize(
    "link",
    [
        A_LINK,
        A_LINK | {"url": "HTTPS://bbb.stadt.example:8443/"},
        A_LINK | {"url": PAGE},
        A_LINK | {"kind": "tasks"},
    ],
)
def test_links_of_other_cities_are_shown(link):
    assert rules.is_safe_link(link, HOME)


@pytest.mark.parametrize(
    "faulty",
    [
        {"url": "http://stadt.webex.com/1"},
        {"url": "//stadt.webex.com/1"},
        {"url": f"{PAGE}#x"},
        {"url": PAGE.replace("8102", "8103")},
        {"url": "javascript:alert(1)"},
        {"url": "https://"},
        {"url": "https:stadt.webex.com"},
        {"url": "https:///stadt.webex.com"},
        {"url": "https://:443/1"},
        {"url": "https://stadt.webex.com:0/1"},
        {"url": "https://stadt.webex.com:99999/1"},
        {"url": "https://stadt.webex.com:x/1"},
        {"url": "https://[::1/1"},
        {"url": "https://stadt.webex.com@evil.example/"},
        {"url": "https://name:word@stadt.webex.com/"},
        {"url": "https://@stadt.webex.com/"},
        {"url": "https://evil.example\\@stadt.webex.com/"},
        {"url": " https://stadt.webex.com/"},
        {"url": "https://stadt.webex.com/a b"},
        {"url": "https://stadt.webex.com/\r\nX: y"},
        {"url": "java\tscript:https://stadt.webex.com/"},
        {"url": "https://stadt.webex.com/\x00"},
        {"url": "https://stadt.webex.com/\x7f"},
        {"url": "https://stadt.webex.com/\u202egpj"},
        {"url": None},
        {"label": 1},
        {"kind": "script"},
        {"kind": ["room"]},
    ],
)
def test_what_is_no_plain_https_link_is_not_shown(faulty):
    assert not rules.is_safe_link(A_LINK | faulty, HOME)
