# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings in calendars: valid, stable, and nothing slips in."""

from contextvars import Context
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from cop.accounts.models import Account, Person
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import Role
from cop.meetings import calendar, services
from cop.meetings.models import Answer, CalendarFeed, Meeting
from tests.builders import AALBORG, a_community, a_meeting, a_member, a_record
from tests.reader import Reader

LINKS = [{"kind": "room", "label": "Webex", "url": "https://stadt.webex.com/meet/cop"}]
#: EXPORT-001 to EXPORT-008 of the hostile cases
HOSTILE = [
    "A\r\nATTENDEE:mailto:evil@x",
    "A\rATTENDEE:mailto:evil@x",
    "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:x",
    "A\x00\x0bB",
    "A\u2028X:1",
    "ü" * 5000,
    'A";X=1:y,z\\n',
]


def fetched(reader: Reader, address: str) -> TestResponse:
    """Get an address as a calendar program does: without signing in."""
    return Context().run(reader.app.test_client().get, address)


def entries_of(body: bytes) -> list:
    return Calendar.from_ical(body).walk("VEVENT")


def test_a_meeting_is_a_valid_entry_with_its_zone(app: Flask) -> None:
    with transaction():
        meeting = a_meeting(title="Treffen 14")
        coordinator = a_member(meeting.community, role=Role.COORDINATOR)
        services.change_meeting(meeting, coordinator, starts_local=datetime(2030, 7, 1, 10), place="Rathaus, Saal 2")

        body = calendar.meeting_calendar(meeting, LINKS)
        entry = entries_of(body)[0]

        assert entry["uid"] == f"{meeting.id}@127.0.0.1"
        assert (entry["sequence"], entry["status"], entry["transp"]) == (1, "CONFIRMED", "OPAQUE")
        assert entry.decoded("dtstart") == datetime(2030, 7, 1, 10, tzinfo=ZoneInfo("Europe/Berlin"))
        assert entry.decoded("dtend") - entry.decoded("dtstart") == timedelta(hours=2)
        assert entry["dtstart"].params["TZID"] == "Europe/Berlin"
        assert (entry["summary"], entry["location"]) == ("Treffen 14", "Rathaus, Saal 2")
        assert "https://stadt.webex.com/meet/cop" in entry["description"]
        assert entry["url"] == f"http://127.0.0.1:8101/meetings/{meeting.id}"
        assert [zone["tzid"] for zone in Calendar.from_ical(body).walk("VTIMEZONE")] == ["Europe/Berlin"]
        found = recurring_ical_events.of(Calendar.from_ical(body)).at((2030, 7, 1))
        assert [one.start for one in found] == [entry.decoded("dtstart")]
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_a_cancelled_meeting_cancels_its_entry_under_the_same_uid(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        before = entries_of(calendar.meeting_calendar(meeting))[0]
        services.cancel_meeting(meeting, a_member(meeting.community, role=Role.COORDINATOR))

        after = entries_of(calendar.meeting_calendar(meeting))[0]

        assert (after["uid"], after["status"], after["sequence"]) == (
            before["uid"],
            "CANCELLED",
            before["sequence"] + 1,
        )


def test_a_copy_has_the_uid_of_its_home(app: Flask) -> None:
    assert calendar.uid_of("https://aalborg.example/o/0193-abc") == "0193-abc@aalborg.example"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("where", ["title", "place", "description", "community", "label"])
def test_no_text_breaks_out_of_its_property(app: Flask, text: str, where: str) -> None:
    with transaction():
        meeting = a_meeting(description="", place="")
        if where == "community":
            meeting.community.name = text
        elif where != "label":
            setattr(meeting, where, text)
        links = [{"kind": "room", "label": text if where == "label" else "x", "url": "https://x.example/"}]

        body = calendar.meeting_calendar(meeting, links)
        db.session.rollback()

    (entry,) = entries_of(body)
    assert set(entry) == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION"),
        *("DESCRIPTION", "CATEGORIES", "URL", "STATUS", "TRANSP"),
    }
    assert entry.errors == []
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
        assert not any(sign < 32 for sign in line)


def test_the_address_holds_meetings_of_own_communities_and_accepted_ones_without_links(bram) -> None:
    with transaction():
        community = a_community()
        a_record(community, person=db.session.get_one(Person, bram.person_id))
        other = a_community("Elsewhere")
        former = a_record(other, person=db.session.get_one(Person, bram.person_id))
        titles = ("Open", "Accepted", "Declined")
        ids = {title: a_meeting(community, title=title, links=LINKS).id for title in titles}
        ids["Accepted before leaving"] = a_meeting(other, title="Accepted before leaving").id
        a_meeting(title="Not mine")
    for title in ("Accepted", "Accepted before leaving"):
        bram.post(f"/meetings/{ids[title]}/answer", answer="confirmed")
    bram.post(f"/meetings/{ids['Declined']}/answer", answer="declined")
    with transaction():
        db.session.merge(former).state = "left"

    made = bram.post("/calendar/feed")
    address = made.text.partition('value="http://127.0.0.1:8101')[2].partition('"')[0]
    answer = fetched(bram, address)

    assert answer.mimetype == "text/calendar"
    assert {(entry["summary"], entry["transp"]) for entry in entries_of(answer.data)} == {
        ("Open", "TRANSPARENT"),
        ("Accepted", "OPAQUE"),
        ("Accepted before leaving", "OPAQUE"),
    }
    assert b"webex.com" not in answer.data


def test_an_address_is_shown_once_replaced_and_ended(bram) -> None:
    def make() -> str:
        found = bram.post("/calendar/feed").text
        return found.partition('value="http://127.0.0.1:8101')[2].partition('"')[0]

    def status(address: str) -> int:
        return fetched(bram, address).status_code

    first = make()
    token = first.removeprefix("/calendar/feed/").removesuffix(".ics")
    assert token not in bram.get("/calendar/feed").text
    assert token not in db.session.scalars(select(CalendarFeed.token_hash)).one()
    assert status(first) == 200

    second = make()
    assert [status(first), status(second)] == [404, 200]

    bram.post("/calendar/feed/end")
    assert status(second) == 404
    assert "Make an address" in bram.get("/calendar/feed").text
    assert status(f"/calendar/feed/{'x' * 200}.ics") == 404


def test_an_address_ends_with_its_account(bram) -> None:
    found = bram.post("/calendar/feed").text
    address = found.partition('value="http://127.0.0.1:8101')[2].partition('"')[0]
    with transaction():
        db.session.scalars(select(Account).where(Account.person_id == bram.person_id)).one().deactivated_at = now()

    assert fetched(bram, address).status_code == 404


def test_the_file_of_a_meeting_of_another_city_is_there_too(bram) -> None:
    with transaction():
        community = a_community(origin=AALBORG)
        meeting_id = a_meeting(community, title="Netværksmøde", zone="Europe/Copenhagen").id

    (entry,) = entries_of(bram.get(f"/meetings/{meeting_id}.ics").data)

    assert (entry["summary"], entry["dtstart"].params["TZID"]) == ("Netværksmøde", "Europe/Copenhagen")
    assert entry.decoded("dtstart").astimezone(UTC) == db.session.get_one(Meeting, meeting_id).starts_at


def test_who_comes_has_the_links_in_the_file(bram) -> None:
    with transaction():
        community = a_community()
        a_record(community, person=db.session.get_one(Person, bram.person_id))
        meeting_id = a_meeting(community, links=LINKS).id

    assert b"webex" not in bram.get(f"/meetings/{meeting_id}.ics").data
    bram.post(f"/meetings/{meeting_id}/answer", answer=Answer.CONFIRMED)
    assert b"webex" in bram.get(f"/meetings/{meeting_id}.ics").data
