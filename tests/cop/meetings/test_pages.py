# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of meetings at home."""

import re
from contextvars import Context
from datetime import timedelta

import pytest
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import Community, Role
from cop.meetings import services
from cop.meetings.models import Answer, Meeting, MeetingState, Topic, TopicState
from tests.builders import AALBORG, a_community, a_meeting, a_member, a_person, a_record, a_topic
from tests.cop.meetings.seen import LINKS, a_meeting_of, member_of, only, text_of


def test_a_member_proposes_a_topic_and_finds_it_on_the_page(bram):
    meeting_id = a_meeting_of(bram)

    answer = bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?", pitch="Ours left.")

    topic = only(Topic)
    assert (answer.status_code, answer.location) == (303, f"/meetings/{meeting_id}#topic-{topic.id}")
    page = bram.get(f"/meetings/{meeting_id}")
    assert "How do we win mentors? Ours left. KS Kassel You Edit" in text_of(page)
    assert f'id="topic-{topic.id}"' in page.text


def test_a_title_that_is_too_short_comes_back_with_what_was_typed(bram):
    meeting_id = a_meeting_of(bram)

    answer = bram.post(f"/meetings/{meeting_id}/topics", title="Führung", pitch="Kept text")

    assert answer.status_code == 400
    assert 'value="Führung"' in answer.text
    assert "Kept text" in answer.text
    assert "Please write a little more, a question works best." in text_of(answer)
    assert "<title>Error:" in answer.text


def test_an_unknown_field_is_refused(bram):
    meeting_id = a_meeting_of(bram)

    answer = bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?", support_count="99")

    assert answer.status_code == 400
    assert db.session.scalars(select(Topic)).all() == []


def test_after_the_deadline_the_form_stays_and_says_late(bram):
    meeting_id = a_meeting_of(bram, starts_in=timedelta(days=2))

    assert "The deadline has passed." in text_of(bram.get(f"/meetings/{meeting_id}"))

    bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?")

    assert "You late" in text_of(bram.get(f"/meetings/{meeting_id}"))


def test_support_is_a_form_that_leads_back_to_the_topic(bram, ida):
    meeting_id = a_meeting_of(bram, ida)
    with transaction():
        topic_id = a_topic(*member_of(ida, meeting_id)).id

    answer = bram.post(f"/topics/{topic_id}/support", supported="1")

    assert (answer.status_code, answer.location) == (303, f"/meetings/{meeting_id}#topic-{topic_id}")
    assert 'aria-pressed="true"' in bram.get(f"/meetings/{meeting_id}").text
    assert 'aria-pressed="false"' in ida.get(f"/meetings/{meeting_id}").text
    assert only(Topic).support_count == 1

    bram.post(f"/topics/{topic_id}/support", supported="")

    assert only(Topic).support_count == 0


def test_editing_somebody_elses_topic_is_refused(bram, ida):
    meeting_id = a_meeting_of(bram, ida)
    with transaction():
        topic_id = a_topic(*member_of(ida, meeting_id)).id

    answers = [
        bram.get(f"/topics/{topic_id}/edit").status_code,
        bram.post(f"/topics/{topic_id}/edit", title="Something else").status_code,
        bram.post(f"/topics/{topic_id}/withdraw").status_code,
        bram.post(f"/topics/{topic_id}/undo").status_code,
    ]

    assert answers == [403, 403, 403, 403]
    assert only(Topic).title == "Wie gewinnen wir Mentor:innen?"


def test_an_own_topic_is_edited(bram):
    meeting_id = a_meeting_of(bram)
    with transaction():
        topic_id = a_topic(*member_of(bram, meeting_id)).id

    assert "Wie gewinnen wir Mentor:innen?" in bram.get(f"/topics/{topic_id}/edit").text
    assert bram.post(f"/topics/{topic_id}/edit", title="Nein").status_code == 400
    bram.post(f"/topics/{topic_id}/edit", title="How do we keep mentors?", pitch="")

    assert only(Topic).title == "How do we keep mentors?"


def test_a_withdrawal_can_be_undone_from_the_next_page(bram):
    meeting_id = a_meeting_of(bram)
    with transaction():
        topic_id = a_topic(*member_of(bram, meeting_id)).id

    bram.post(f"/topics/{topic_id}/withdraw")
    page = bram.get(f"/meetings/{meeting_id}")

    assert "You withdrew “Wie gewinnen wir Mentor:innen?”." in text_of(page)
    assert f'action="/topics/{topic_id}/undo"' in page.text

    bram.post(f"/topics/{topic_id}/undo")

    db.session.rollback()
    states = db.session.scalars(select(Topic.state).order_by(Topic.id)).all()
    assert states == [TopicState.WITHDRAWN, TopicState.PROPOSED]


def test_the_links_of_the_room_are_for_those_who_come(bram, ida):
    meeting_id = a_meeting_of(bram, ida, links=LINKS)

    bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed")
    ida.post(f"/meetings/{meeting_id}/answer", answer="declined")

    pages = {reader: reader.get(f"/meetings/{meeting_id}").text for reader in (bram, ida)}
    files = {reader: reader.get(f"/meetings/{meeting_id}.ics").text for reader in (bram, ida)}
    assert ["webex.com" in pages[bram], "webex.com" in pages[ida]] == [True, False]
    assert ["webex.com" in files[bram], "webex.com" in files[ida]] == [True, False]
    assert "1 person comes." in text_of(bram.get(f"/meetings/{meeting_id}"))


def test_the_room_is_the_primary_action_a_quarter_of_an_hour_before(bram):
    meeting_id = a_meeting_of(bram, links=LINKS, starts_in=timedelta(minutes=16))
    bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed")

    assert "Enter the video room" not in text_of(bram.get(f"/meetings/{meeting_id}"))

    with transaction():
        db.session.get_one(Meeting, meeting_id).starts_at = now() + timedelta(minutes=14)

    assert "Enter the video room" in text_of(bram.get(f"/meetings/{meeting_id}"))


def test_declining_after_accepting_can_be_undone(bram):
    meeting_id = a_meeting_of(bram)
    bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed")
    bram.post(f"/meetings/{meeting_id}/answer", answer="declined")

    page = bram.get(f"/meetings/{meeting_id}")

    assert "You said that you can't come. Undo" in text_of(page)
    assert only(Meeting).confirmed_count == 0


def test_an_answer_nobody_knows_is_refused(bram):
    meeting_id = a_meeting_of(bram)

    assert bram.post(f"/meetings/{meeting_id}/answer", answer="perhaps").status_code == 400


@pytest.mark.parametrize(
    ("audience", "origin", "status"),
    [
        (Audience.COMMUNITY, None, 404),
        (Audience.CITY, None, 200),
        (Audience.PEERS, None, 200),
        (Audience.PUBLIC, None, 200),
        (Audience.COMMUNITY, AALBORG, 404),
        (Audience.CITY, AALBORG, 404),
        (Audience.PEERS, AALBORG, 200),
    ],
)
def test_who_is_no_member_sees_only_what_they_may(bram, audience, origin, status):
    meeting_id = a_meeting_of(origin=origin, audience=audience, links=LINKS)
    with transaction():
        a_topic(db.session.get_one(Meeting, meeting_id), title="Members talk about this")

    for path in (f"/meetings/{meeting_id}", f"/meetings/{meeting_id}.ics"):
        answer = bram.get(path)
        assert answer.status_code == status
        assert "Members talk about this" not in answer.text
        assert "webex.com" not in answer.text


@pytest.mark.parametrize(
    ("mode", "way", "label"), [("request", "/join", "Ask to join"), ("invite", "", "To the community")]
)
def test_who_is_no_member_is_led_to_become_one_where_one_can(bram, mode, way, label):
    meeting_id = a_meeting_of(audience=Audience.PEERS)
    with transaction():
        community = db.session.get_one(Meeting, meeting_id).community
        community.join_mode = mode
        community_id = community.id

    page = bram.get(f"/meetings/{meeting_id}")

    assert f'<a href="/communities/{community_id}{way}">{label}</a>' in page.text


def test_who_is_no_member_can_change_nothing(bram):
    meeting_id = a_meeting_of(state=MeetingState.SCHEDULED)
    with transaction():
        topic_id = a_topic(db.session.get_one(Meeting, meeting_id)).id
        community_id = db.session.get_one(Meeting, meeting_id).community_id

    answers = [
        bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?").status_code,
        bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed").status_code,
        bram.post(f"/topics/{topic_id}/support", supported="1").status_code,
        bram.post(f"/communities/{community_id}/topics", title="How do we win mentors?").status_code,
        bram.get(f"/communities/{community_id}/topics").status_code,
        bram.get(f"/communities/{community_id}/meetings/new").status_code,
        bram.get(f"/meetings/{meeting_id}/edit").status_code,
        bram.post(f"/meetings/{meeting_id}/cancel").status_code,
        bram.get(f"/meetings/{meeting_id}/end").status_code,
        bram.post(f"/meetings/{meeting_id}/end").status_code,
        bram.post(f"/topics/{topic_id}/later").status_code,
        bram.post(f"/topics/{topic_id}/take-up").status_code,
    ]

    assert answers == [403] * len(answers)
    assert only(Topic).support_count == 0


def test_the_backlog_takes_a_topic_and_a_coordinator_takes_it_up(bram):
    meeting_id = a_meeting_of(bram, role=Role.COORDINATOR)
    with transaction():
        community_id = db.session.get_one(Meeting, meeting_id).community_id

    assert bram.post(f"/communities/{community_id}/topics", title="Kurz").status_code == 400
    bram.post(f"/communities/{community_id}/topics", title="How do we win mentors?")
    topic_id = only(Topic).id
    assert "Take to the next meeting" in text_of(bram.get(f"/communities/{community_id}/topics"))

    bram.post(f"/topics/{topic_id}/take-up")
    assert only(Topic).meeting_id == meeting_id

    bram.post(f"/topics/{topic_id}/later")
    assert only(Topic).meeting_id is None


def test_a_cancelled_meeting_says_so_and_takes_nothing(bram):
    meeting_id = a_meeting_of(bram, role=Role.COORDINATOR)

    assert "Cancel this meeting?" in text_of(bram.get(f"/meetings/{meeting_id}/cancel"))
    bram.post(f"/meetings/{meeting_id}/cancel")

    page = bram.get(f"/meetings/{meeting_id}")
    assert "Cancelled" in text_of(page)
    assert "Propose a topic" not in text_of(page)
    assert bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed").status_code == 409


def test_a_coordinator_ends_a_meeting_once_it_has_begun(bram):
    meeting_id = a_meeting_of(bram, role=Role.COORDINATOR)
    assert bram.post(f"/meetings/{meeting_id}/end").status_code == 409

    with transaction():
        db.session.get_one(Meeting, meeting_id).starts_at = now() - timedelta(minutes=5)

    assert "End this meeting?" in text_of(bram.get(f"/meetings/{meeting_id}/end"))
    bram.post(f"/meetings/{meeting_id}/end")
    assert only(Meeting).state == MeetingState.ENDED
    assert "Write the minutes" in text_of(bram.get(f"/meetings/{meeting_id}"))


@pytest.mark.parametrize("origin", [None, AALBORG])
def test_the_pages_ask_as_much_for_thirty_rows_as_for_three(bram, origin):
    meeting_id = a_meeting_of(bram, origin=origin)
    with transaction():
        meeting, member = member_of(bram, meeting_id)
        community_id = meeting.community_id
        for number in range(2):
            a_topic(meeting, member, title=f"Own topic {number}")
        a_topic(meeting)
    paths = [
        f"/meetings/{meeting_id}",
        f"/communities/{community_id}/topics",
        f"/communities/{community_id}/meetings",
        f"/communities/{community_id}",
    ]
    before = [len(bram.queries(path)) for path in paths]

    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        for number in range(27):
            member = a_member(meeting.community, f"Person {number}")
            a_topic(meeting, member)
            if origin is None:
                services.answer(meeting, member, Answer.CONFIRMED)
            a_meeting(db.session.get_one(Community, community_id), starts_in=timedelta(days=20 + number))

    assert [len(bram.queries(path)) for path in paths] == before


def test_a_community_shows_its_next_meeting_and_topics_and_leads_to_the_form(bram):
    with transaction():
        community = a_community(charter={"purpose": "x", "success_criteria": ["y"]})
        for person in (db.session.get_one(Person, bram.person_id), a_person("Carla")):
            a_record(community, person=person)
        meeting = a_meeting(community)
        meeting_id, community_id = meeting.id, community.id
        a_topic(meeting, title="How do we win mentors?")

    page = bram.get(f"/communities/{community_id}")

    assert "Next meeting" in text_of(page)
    assert "How do we win mentors?" in text_of(page)
    assert f'href="/meetings/{meeting_id}#propose"' in page.text


def test_a_community_shows_three_of_its_topics_and_counts_all(bram):
    meeting_id = a_meeting_of(bram)
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        for number in range(5):
            a_topic(meeting, title=f"Question number {number}")
        community_id = meeting.community_id

    page = text_of(bram.get(f"/communities/{community_id}"))

    assert "All topics: 5" in page
    assert sorted(set(re.findall(r"Question number \d", page))) == [f"Question number {number}" for number in range(3)]


def test_a_new_community_is_led_to_its_first_meeting(bram):
    with transaction():
        founder = db.session.get_one(Person, bram.person_id)
        community_id = a_community(founder=founder, charter={"purpose": "x", "success_criteria": ["y"]}).id

    page = bram.get(f"/communities/{community_id}")

    assert f'href="/communities/{community_id}/meetings/new"' in page.text
    assert "Next meeting" not in text_of(page)


def test_without_a_meeting_ahead_topics_go_to_the_backlog(bram):
    meeting_id = a_meeting_of(bram, role=Role.COORDINATOR, state=MeetingState.PUBLISHED)
    with transaction():
        community_id = db.session.get_one(Meeting, meeting_id).community_id
        community = db.session.get_one(Community, community_id)
        members = [a_record(community, name) for name in ("Anna", "Carla", "Dora")]
        assert len(members) == 3

    bram.post(f"/communities/{community_id}/topics", title="How do we win mentors?")
    topic_id = only(Topic).id

    assert bram.post(f"/topics/{topic_id}/take-up").status_code == 404
    bram.post(f"/topics/{topic_id}/withdraw")
    assert bram.post(f"/topics/{topic_id}/undo").location.startswith(f"/communities/{community_id}/topics#topic-")


def test_before_the_collection_opens_one_can_propose_already(bram):
    meeting_id = a_meeting_of(bram, starts_in=timedelta(days=60))

    assert "The collection opens on" in text_of(bram.get(f"/meetings/{meeting_id}"))

    bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?")
    assert not only(Topic).late


def test_support_leads_back_to_the_page_it_came_from(bram):
    meeting_id = a_meeting_of(bram)
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        topic_id, community_id = a_topic(meeting).id, meeting.community_id
    data = {"csrf_token": Context().run(bram._token), "supported": "1"}

    def location(referrer):
        headers = {"Referer": referrer}
        return (
            Context().run(lambda: bram.client.post(f"/topics/{topic_id}/support", data=data, headers=headers)).location
        )

    origin = "http://127.0.0.1:8101"
    assert (
        location(f"{origin}/communities/{community_id}/topics")
        == f"/communities/{community_id}/topics#topic-{topic_id}"
    )
    for foreign in ("http://evil.example/x", f"{origin}//evil.example/x", f"{origin}.evil.example/x", origin):
        assert location(foreign) == f"/meetings/{meeting_id}#topic-{topic_id}"
