# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Planning meetings and series, at the home."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.events import subscribe
from cop.communities.models import Role
from cop.communities.services import require_member
from cop.meetings import events, jobs, services
from cop.meetings.models import Answer, Meeting, MeetingState, Series
from cop.rotation.models import Assignment, RotationMember, TurnState
from cop.rotation.services import join_rotation
from tests.builders import a_community, a_meeting, a_member, a_person, a_record
from tests.reader import Reader

FORM = {
    "title": "Meeting {number}",
    "starts_on": "2026-12-03",
    "starts_at": "10:00",
    "minutes": "120",
    "repeat": "three_months",
    "first_number": "14",
    "format": "online",
    "place": "",
    "description": "Bring a question.",
    "audience": "peers",
    "opens_days_before": "28",
    "closes_days_before": "6",
    "agenda": "10 Arrival\r\n55 Your topics *",
    "links": "https://stadt.webex.com/meet/cop\r\nhttps://miro.com/app/board/1",
}
NOVEMBER = datetime(2026, 11, 1, 12, tzinfo=UTC)


def a_series(**facts):
    community = a_community()
    coordinator = a_member(community, "Ida", role=Role.COORDINATOR)
    plan = {
        "title": "Treffen {number} der CoP",
        "rrule": "FREQ=MONTHLY;INTERVAL=3;BYDAY=1TH",
        "starts_local": datetime(2026, 12, 3, 10),
        "zone": "Europe/Berlin",
        "minutes": 120,
        "first_number": 14,
    } | facts
    return services.plan_series(community, coordinator, **plan), coordinator


def planned():
    db.session.rollback()
    return [
        (meeting.title, meeting.starts_local, meeting.starts_at.hour)
        for meeting in db.session.scalars(select(Meeting).order_by(Meeting.starts_at))
    ]


@time_machine.travel(NOVEMBER, tick=False)
def test_a_series_plans_its_first_meeting_with_its_window(app: Flask) -> None:
    with transaction():
        series, _coordinator = a_series()

        meeting = db.session.scalars(select(Meeting)).one()

        assert (meeting.title, meeting.number, meeting.series_id) == ("Treffen 14 der CoP", 14, series.id)
        assert meeting.starts_at == datetime(2026, 12, 3, 9, tzinfo=UTC)
        assert meeting.collection_opens_at == datetime(2026, 11, 5, 7, tzinfo=UTC)
        assert meeting.collection_closes_at == datetime(2026, 11, 27, 17, tzinfo=UTC)
        assert services.next_meeting(series) is meeting


def test_the_worker_plans_one_meeting_ahead_at_the_same_hour_of_the_wall_clock(app: Flask) -> None:
    with time_machine.travel(NOVEMBER, tick=False) as clock:
        with transaction():
            a_series()
        assert jobs.plan_next_meetings() == 0

        for later in (datetime(2026, 12, 4, tzinfo=UTC), datetime(2027, 3, 5, tzinfo=UTC)):
            clock.move_to(later)
            assert jobs.plan_next_meetings() == 1
            assert jobs.plan_next_meetings() == 0

    # 10:00 is 9 UTC in winter and 8 UTC in summer
    assert planned() == [
        ("Treffen 14 der CoP", datetime(2026, 12, 3, 10), 9),
        ("Treffen 15 der CoP", datetime(2027, 3, 4, 10), 9),
        ("Treffen 16 der CoP", datetime(2027, 6, 3, 10), 8),
    ]
    states = db.session.scalars(select(Meeting.state).order_by(Meeting.starts_at)).all()
    assert states == [MeetingState.ENDED, MeetingState.ENDED, MeetingState.SCHEDULED]


@time_machine.travel(NOVEMBER, tick=False)
def test_after_a_cancelled_meeting_comes_the_next(app: Flask) -> None:
    with transaction():
        _series, coordinator = a_series()
        services.cancel_meeting(db.session.scalars(select(Meeting)).one(), coordinator)

    assert jobs.plan_next_meetings() == 1
    assert [title for title, *_time in planned()] == ["Treffen 14 der CoP", "Treffen 15 der CoP"]


def test_a_series_that_cannot_go_on_stops_no_other(app: Flask) -> None:
    with time_machine.travel(NOVEMBER, tick=False), transaction():
        broken, _coordinator = a_series()
        a_series()
        broken.rrule = "nonsense"

    with time_machine.travel(datetime(2026, 12, 4, tzinfo=UTC), tick=False):
        assert jobs.plan_next_meetings() == 1


@time_machine.travel(NOVEMBER, tick=False)
def test_a_series_that_ended_plans_nothing(app: Flask) -> None:
    with transaction():
        series, coordinator = a_series()
        services.end_series(series, coordinator)
        assert services.next_meeting(series) is None

    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        assert jobs.plan_next_meetings() == 0


@time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False)
def test_a_series_that_began_before_today_starts_with_its_next_date(app: Flask) -> None:
    with transaction():
        a_series()

    assert planned() == [("Treffen 14 der CoP", datetime(2027, 3, 4, 10), 9)]


@pytest.mark.parametrize(
    "wrong", [{"zone": "Europe/Nowhere"}, {"rrule": "FREQ=SECONDLY"}, {"rrule": "nonsense"}, {"minutes": 5}]
)
def test_what_makes_no_series_is_refused(app: Flask, wrong: dict) -> None:
    with transaction(), pytest.raises(Invalid):
        a_series(**wrong)


def test_only_coordinators_plan_change_and_cancel(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)

        for wish in (
            lambda: services.cancel_meeting(meeting, member),
            lambda: services.change_meeting(meeting, member, title="x"),
            lambda: services.end_meeting(meeting, member),
            lambda: services.plan_meeting(
                meeting.community,
                member,
                title="x",
                starts_local=datetime(2030, 1, 1, 9),
                zone="Europe/Berlin",
                minutes=60,
            ),
        ):
            with pytest.raises(Forbidden):
                wish()


def test_a_new_time_raises_sequence_and_revision_a_new_agenda_only_the_revision(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        coordinator = a_member(meeting.community, role=Role.COORDINATOR)

        services.change_meeting(meeting, coordinator, starts_local=datetime(2030, 7, 1, 9))
        assert (meeting.sequence, meeting.rev, meeting.starts_at) == (1, 2, datetime(2030, 7, 1, 7, tzinfo=UTC))

        services.change_meeting(meeting, coordinator, agenda=[{"kind": "fixed", "title": "Arrival", "minutes": 10}])
        assert (meeting.sequence, meeting.rev) == (1, 3)

        services.change_meeting(meeting, coordinator, description="")
        assert (meeting.sequence, meeting.rev) == (1, 3)

        with pytest.raises(TypeError):
            services.change_meeting(meeting, coordinator, state="published")
        with pytest.raises(Invalid):
            services.change_meeting(meeting, coordinator, zone="nowhere")


def test_new_links_are_told_to_those_who_hand_them_on(app: Flask) -> None:
    heard = []
    subscribe(app, events.RoomLinksChanged, heard.append, in_transaction=True)
    with transaction():
        meeting = a_meeting()
        coordinator = a_member(meeting.community, role=Role.COORDINATOR)
        links = [{"kind": "room", "label": "Webex", "url": "https://stadt.webex.com/meet/cop"}]

        services.change_meeting(meeting, coordinator, links=links)

        assert heard == [events.RoomLinksChanged(meeting.id)]
        assert services.links_for(meeting) == links


def test_cancelling_twice_is_cancelling_once_and_nothing_can_be_ended_after(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        coordinator = a_member(meeting.community, role=Role.COORDINATOR)

        services.cancel_meeting(meeting, coordinator)
        services.cancel_meeting(meeting, coordinator)

        assert (meeting.state, meeting.sequence, meeting.rev) == (MeetingState.CANCELLED, 1, 2)
        with pytest.raises(Conflict):
            services.end_meeting(meeting, coordinator)


@time_machine.travel(NOVEMBER, tick=False)
def test_turns_are_given_moved_and_served_with_the_meeting(app: Flask) -> None:
    with transaction():
        community = a_community()
        people = [a_record(community, name) for name in ("Anna", "Bram")]
        for record in people:
            for role in ("organiser", "moderator"):
                join_rotation(community, record.person_id, role, knows_it=True)
        coordinator = a_member(community, "Ida", role=Role.COORDINATOR)
        guest = a_record(community, "Carla")
        for role in ("organiser", "moderator"):
            join_rotation(community, guest.person_id, role)
        meeting = services.plan_meeting(
            community, coordinator, title="x", starts_local=datetime(2026, 12, 3, 10), zone="Europe/Berlin", minutes=60
        )
        services.answer(meeting, require_member(community.id, guest.person_id), Answer.CONFIRMED)
        turns = db.session.scalars(select(Assignment)).all()
        assert {turn.role for turn in turns} == {"organiser", "moderator"}

        services.change_meeting(meeting, coordinator, starts_local=datetime(2026, 12, 4, 10))
        assert {turn.occasion_at for turn in turns} == {datetime(2026, 12, 4, 9, tzinfo=UTC)}

    with time_machine.travel(datetime(2026, 12, 4, 9, 30, tzinfo=UTC)), transaction():
        meeting = db.session.scalars(select(Meeting)).one()
        moderator = next(turn for turn in db.session.scalars(select(Assignment)) if turn.role == "moderator")
        services.end_meeting(meeting, require_member(meeting.community_id, moderator.person_id))

        assert {turn.state for turn in db.session.scalars(select(Assignment))} == {TurnState.SERVED}
        assert all(db.session.scalars(select(RotationMember.knows_it)))
        services.mark_published(meeting)
        services.mark_published(meeting)
        assert (meeting.state, meeting.rev) == (MeetingState.PUBLISHED, 5)


class Coordinator(Reader):
    """A reader with the community they coordinate."""

    community_id: UUID


@pytest.fixture
def ida(app: Flask) -> Iterator[Coordinator]:
    with time_machine.travel(NOVEMBER, tick=False):
        with transaction():
            community = a_community()
            record = a_record(community, person=a_person("Ida Solberg", locale="en"), role=Role.COORDINATOR)
            person, community_id = record.person, community.id
        reader = Coordinator(app, person)
        reader.community_id = community_id
        yield reader


def test_a_coordinator_plans_a_series_on_its_page(ida) -> None:
    path = f"/communities/{ida.community_id}/meetings/new"
    assert "Arrival" in ida.get(path).text

    answer = ida.post(path, **FORM)

    meeting = db.session.scalars(select(Meeting)).one()
    assert answer.location == f"/meetings/{meeting.id}"
    assert (meeting.title, meeting.description) == ("Meeting 14", "Bring a question.")
    assert meeting.agenda == [
        {"kind": "fixed", "title": "Arrival", "minutes": 10},
        {"kind": "leancoffee", "title": "Your topics", "minutes": 55},
    ]
    assert [(link["kind"], link["label"]) for link in meeting.links] == [("room", "Webex"), ("whiteboard", "Miro")]
    assert db.session.scalars(select(Series.rrule)).one() == "FREQ=MONTHLY;INTERVAL=3;BYDAY=1TH"


def test_a_coordinator_ends_a_series_on_its_page(ida) -> None:
    ida.post(f"/communities/{ida.community_id}/meetings/new", **FORM)
    series_id = db.session.scalars(select(Series.id)).one()
    page = f"/communities/{ida.community_id}/meetings"
    assert "End the series" in ida.get(page).text

    ida.post(f"/series/{series_id}/end")

    assert "End the series" not in ida.get(page).text


def test_a_single_meeting_is_planned_and_changed_on_its_page(ida) -> None:
    ida.post(f"/communities/{ida.community_id}/meetings/new", **FORM | {"repeat": "never", "starts_on": "2090-12-03"})
    meeting_id = db.session.scalars(select(Meeting.id)).one()
    assert "2090-12-03" in ida.get(f"/meetings/{meeting_id}/edit").text

    changes = {key: value for key, value in FORM.items() if key not in {"repeat", "first_number"}}
    ida.post(f"/meetings/{meeting_id}/edit", **changes | {"starts_on": "2090-12-04", "title": "Meeting", "links": ""})

    db.session.rollback()
    meeting = db.session.scalars(select(Meeting)).one()
    assert (meeting.title, meeting.starts_local, meeting.links) == ("Meeting", datetime(2090, 12, 4, 10), [])
    assert meeting.collection_closes_at == datetime(2090, 11, 28, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_on", "tomorrow"),
        ("starts_at", "25:00"),
        ("minutes", "5"),
        ("minutes", "9" * 40),
        ("repeat", "FREQ=SECONDLY"),
        ("format", "moon"),
        ("audience", "everyone"),
        ("agenda", "Arrival"),
        ("agenda", "\n".join(["10 Arrival"] * 31)),
        ("links", "javascript:alert(1)"),
        ("links", "http://insecure.example/room"),
        ("links", "\n".join(["https://room.example/1"] * 11)),
        ("closes_days_before", "40"),
    ],
)
def test_a_form_that_makes_no_meeting_comes_back_with_a_sentence_at_its_field(ida, field, value) -> None:
    path = f"/communities/{ida.community_id}/meetings/new"

    answer = ida.post(path, **FORM | {"starts_on": "2090-12-03", field: value})

    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert db.session.scalars(select(Meeting)).all() == []


def test_the_last_day_of_a_window_may_be_the_day_of_the_meeting(app: Flask) -> None:
    with transaction():
        community = a_community()
        coordinator = a_member(community, role=Role.COORDINATOR)

        meeting = services.plan_meeting(
            community,
            coordinator,
            title="x",
            starts_local=datetime(2090, 12, 3, 10),
            zone="Europe/Berlin",
            minutes=60,
            closes_days_before=0,
        )

        assert meeting.collection_closes_at == meeting.starts_at
        assert meeting.starts_at - meeting.collection_opens_at == timedelta(days=28, hours=2)


def test_planning_in_a_zone_nobody_knows_is_refused(app: Flask) -> None:
    with transaction():
        community = a_community()
        coordinator = a_member(community, role=Role.COORDINATOR)

        with pytest.raises(Invalid):
            services.plan_meeting(
                community, coordinator, title="x", starts_local=datetime(2090, 1, 1), zone="../etc/passwd", minutes=60
            )


def test_a_weekly_series_is_planned_on_its_page(ida) -> None:
    ida.post(f"/communities/{ida.community_id}/meetings/new", **FORM | {"repeat": "two_weeks", "place": "Saal 2"})

    assert db.session.scalars(select(Series.rrule)).one() == "FREQ=WEEKLY;INTERVAL=2"
    assert db.session.scalars(select(Meeting.place)).one() == "Saal 2"


def test_a_change_that_makes_no_sense_comes_back(ida) -> None:
    ida.post(f"/communities/{ida.community_id}/meetings/new", **FORM | {"repeat": "never"})
    meeting_id = db.session.scalars(select(Meeting.id)).one()
    changes = {key: value for key, value in FORM.items() if key not in {"repeat", "first_number"}}

    answer = ida.post(f"/meetings/{meeting_id}/edit", **changes | {"starts_on": "soon", "title": "Kept title"})

    assert answer.status_code == 400
    assert "Kept title" in answer.text


def test_the_kind_of_a_part_outlives_the_form(ida) -> None:
    ida.post(f"/communities/{ida.community_id}/meetings/new", **FORM | {"repeat": "never"})
    with transaction():
        meeting = db.session.scalars(select(Meeting)).one()
        meeting_id = meeting.id
        meeting.agenda = [{"kind": "checkin", "title": "Arrival", "minutes": 10}]
    changes = {key: value for key, value in FORM.items() if key not in {"repeat", "first_number"}}

    ida.post(f"/meetings/{meeting_id}/edit", **changes)

    db.session.rollback()
    assert [part["kind"] for part in db.session.scalars(select(Meeting)).one().agenda] == ["checkin", "leancoffee"]
