# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the page of a meeting into its room on the city's video server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Semaphore
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Invalid
from cop.communities.models import MembershipRecord, Role
from cop.meetings import services
from cop.meetings.models import Answer, Format, Meeting, MeetingState, Series
from cop.rotation.models import TurnState
from tests.builders import AALBORG, a_community, a_person, a_record, a_turn
from tests.conftest import an_app, settings_for
from tests.cop.meetings.seen import a_meeting_of, member_of, text_of
from tests.plugins.bbb_server import SECRET, Bbb, a_bbb
from tests.reader import Reader

SOON = timedelta(minutes=10)
CLOSED = "The video room can't be opened at the moment."


@pytest.fixture
def bbb() -> Iterator[tuple[str, Bbb]]:
    with a_bbb() as running:
        yield running


@pytest.fixture
def app(database: str, bbb: tuple[str, Bbb]) -> Iterator[Flask]:
    """Kassel with a BigBlueButton of its own."""
    table = {"url": bbb[0], "secret": SECRET}
    app = an_app(settings_for(database, plugins={"bigbluebutton": table}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def a_meeting_with_video(*readers: Reader, **facts):
    """A meeting that begins soon, to which all of these come."""
    facts = {"starts_in": SOON, "video_room": "bigbluebutton"} | facts
    meeting_id = a_meeting_of(*readers, **facts)
    for reader in readers:
        with transaction():
            services.answer(*member_of(reader, meeting_id), Answer.CONFIRMED)
    return meeting_id


def entered(reader: Reader, meeting_id) -> tuple[str, str, str]:
    """The room, the name and the role with which somebody is led to the server."""
    answer = reader.get(f"/meetings/{meeting_id}/video")
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    return asked["meetingID"][0], asked["fullName"][0], asked["role"][0]


def test_who_has_the_turn_moderates_and_all_others_look_and_talk(bram, ida):
    meeting_id = a_meeting_with_video(bram, ida)
    with transaction():
        meeting, member = member_of(ida, meeting_id)
        a_turn(meeting, "moderator", member)
        a_turn(meeting, "organiser", member_of(bram, meeting_id)[1])

    assert entered(ida, meeting_id) == (str(meeting_id), "Ida Solberg", "MODERATOR")
    assert entered(bram, meeting_id) == (str(meeting_id), "Bram Osterloh", "VIEWER")


@pytest.mark.parametrize(("role", "expected"), [(Role.COORDINATOR, "MODERATOR"), (Role.MEMBER, "VIEWER")])
def test_coordinators_moderate_while_nobody_has_the_turn(bram, role, expected):
    meeting_id = a_meeting_with_video(bram, role=role)
    with transaction():
        meeting, member = member_of(bram, meeting_id)
        a_turn(meeting, "moderator", member, state=TurnState.OPEN_CALL)

    assert entered(bram, meeting_id)[2] == expected


def test_the_page_leads_to_the_room_and_holds_no_address_of_it(bram, bbb):
    meeting_id = a_meeting_with_video(bram)

    page = bram.get(f"/meetings/{meeting_id}")

    assert "Enter the video room" in text_of(page)
    assert f'href="http://127.0.0.1:8101/meetings/{meeting_id}/video"' in page.text
    assert bbb[0] not in page.text


def test_before_others_from_elsewhere_one_is_called_as_one_agreed(bram, ida):
    meeting_id = a_meeting_with_video(bram, ida)
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        a_record(meeting.community, "Lars", origin=AALBORG)
        for record in db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == bram.person_id)):
            record.shows_name = False

    assert entered(bram, meeting_id)[1] == "Member, Kassel"
    assert entered(ida, meeting_id)[1] == "Ida Solberg, Kassel"


def test_the_room_is_for_those_who_come(bram, ida):
    meeting_id = a_meeting_with_video(bram)
    with transaction():
        a_record(
            db.session.get_one(Meeting, meeting_id).community,
            person=db.session.get_one(type(a_person()), ida.person_id),
        )

    refused = ida.get(f"/meetings/{meeting_id}/video")

    assert refused.status_code == 403
    assert "Please say first that you come." in text_of(refused)


@pytest.mark.parametrize(
    ("facts", "status", "sentence"),
    [
        ({"starts_in": timedelta(hours=1)}, 409, "The video room opens 15 minutes before the meeting."),
        ({"state": MeetingState.CANCELLED}, 409, "This meeting was cancelled."),
        ({"state": MeetingState.ENDED}, 409, "This meeting is over."),
        ({"video_room": ""}, 404, "This meeting has no video room here."),
        ({"video_room": "no-longer-there"}, 404, "This meeting has no video room here."),
    ],
)
def test_a_room_that_cannot_be_entered_says_why(bram, bbb, facts, status, sentence):
    meeting_id = a_meeting_with_video(bram)
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        for name, value in facts.items():
            setattr(meeting, *(("starts_at", now() + value) if name == "starts_in" else (name, value)))

    refused = bram.get(f"/meetings/{meeting_id}/video")

    assert refused.status_code == status
    assert sentence in text_of(refused)
    assert bbb[1].said == []


@pytest.mark.parametrize("told", [b"not xml", b"<response><returncode>FAILED</returncode></response>"])
def test_a_server_that_fails_is_a_calm_sentence_on_the_page(bram, bbb, told, caplog):
    meeting_id = a_meeting_with_video(bram)
    bbb[1].instead = told

    page = bram.get(f"/meetings/{meeting_id}/video")

    assert page.status_code == 503
    assert CLOSED in text_of(page)
    assert "bigbluebutton failed: " in caplog.text
    assert "checksum" not in caplog.text


def test_a_plugin_that_breaks_is_a_calm_sentence_too(app, bram):
    meeting_id = a_meeting_with_video(bram)
    app.extensions["cop.video"] = {"bigbluebutton": Broken()}

    assert CLOSED in text_of(bram.get(f"/meetings/{meeting_id}/video"))


class Broken:
    """A plugin's service with a fault in it."""

    name = label = "bigbluebutton"

    def join(self, meeting, guest):
        raise ZeroDivisionError


def test_a_server_that_hangs_takes_no_more_than_four_threads(app, bram):
    meeting_id = a_meeting_with_video(bram)
    slow = app.extensions["cop.video"] = {"bigbluebutton": Slow()}
    with ThreadPoolExecutor(4) as others:
        waiting = [others.submit(bram.get, f"/meetings/{meeting_id}/video") for _ in range(4)]
        for _ in range(4):
            assert slow["bigbluebutton"].entered.acquire(timeout=10)

        fifth = bram.get(f"/meetings/{meeting_id}/video")
        slow["bigbluebutton"].answers.set()

    assert (fifth.status_code, [answer.result().status_code for answer in waiting]) == (503, [303] * 4)
    assert CLOSED in text_of(fifth)


class Slow:
    """A service that answers when it is told to."""

    name = label = "bigbluebutton"

    def __init__(self):
        self.entered, self.answers = Semaphore(0), Event()

    def join(self, meeting, guest):
        self.entered.release()
        assert self.answers.wait(10)
        return "https://bbb.example/"


@pytest.fixture
def coordinated(bram: Reader):
    """The id of a community that Bram coordinates."""
    with transaction():
        community = a_community()
        a_record(community, person=db.session.get_one(type(a_person()), bram.person_id), role=Role.COORDINATOR)
        return community.id


def a_plan(**changes: str) -> dict[str, str]:
    return {
        "title": "Treffen {number}",
        "starts_on": f"{now() + timedelta(days=20):%Y-%m-%d}",
        "starts_at": "10:00",
        "minutes": "60",
        "format": Format.ONLINE,
        "audience": "community",
        "opens_days_before": "9",
        "closes_days_before": "3",
        "repeat": "month",
        "first_number": "1",
        "video_room": "bigbluebutton",
    } | changes


def test_a_coordinator_chooses_the_citys_server_for_a_series(bram, coordinated):
    form = bram.get(f"/communities/{coordinated}/meetings/new")

    planned = bram.post(f"/communities/{coordinated}/meetings/new", **a_plan())

    assert "BigBlueButton of Kassel" in text_of(form)
    assert planned.status_code == 303
    meeting = db.session.scalars(select(Meeting)).one()
    assert (meeting.video_room, meeting.links) == ("bigbluebutton", [])
    assert db.session.scalars(select(Series)).one().video_room == "bigbluebutton"


def test_a_server_that_is_not_there_is_refused(bram, coordinated):
    refused = bram.post(f"/communities/{coordinated}/meetings/new", **a_plan(video_room="jitsi"))

    assert refused.status_code == 400
    assert "Please choose an answer." in text_of(refused)
    assert db.session.scalars(select(Meeting)).all() == []


def test_another_room_is_told_to_those_who_come_from_elsewhere(bram):
    meeting_id = a_meeting_with_video(bram, role=Role.COORDINATOR)
    meeting, _leader = member_of(bram, meeting_id)
    assert services.links_for(meeting) == [
        {"kind": "room", "label": "BigBlueButton", "url": f"http://127.0.0.1:8101/meetings/{meeting_id}/video"}
    ]

    with transaction():
        services.change_meeting(*member_of(bram, meeting_id), video_room="")

    assert services.links_for(db.session.get_one(Meeting, meeting_id)) == []
    with pytest.raises(Invalid), transaction():
        services.change_meeting(*member_of(bram, meeting_id), video_room="other")


def test_at_a_copy_the_room_is_entered_at_home_by_a_visit(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG, starts_in=SOON)
    uri = db.session.get_one(Meeting, meeting_id).uri
    page_of_room = f"{AALBORG}/meetings/{uri.rpartition('/')[2]}/video"
    with transaction():
        services.keep_own_answer(
            uri, bram.person_id, "confirmed", [{"kind": "room", "label": "Jitsi", "url": page_of_room}]
        )

    page = bram.get(f"/meetings/{meeting_id}")

    assert f'href="{AALBORG}/visits/start?' in page.text
    assert page_of_room not in page.text
    assert bram.get(f"/meetings/{meeting_id}/video").status_code == 404
