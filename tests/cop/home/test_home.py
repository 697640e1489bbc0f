# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The start page: what is coming up for one person, across cities."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.communities.rules import MemberState, Role
from cop.communities.services import require_member
from cop.knowledge.copies import apply_copy
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting
from cop.rotation import services as rotation
from cop.rotation.models import Assignment, TurnState
from cop.rotation.roles import MODERATOR
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_peer, a_person, a_record, a_topic
from tests.reader import Reader


@pytest.fixture
def miriam(app):
    with transaction():
        a_city()
        a_peer()
        person = a_person("Miriam", locale="en")
    return Reader(app, person)


def joined(community, reader, **facts):
    record = a_record(community, person=db.session.get_one(Person, reader.person_id), **facts)
    return require_member(community.id, record.person_id)


def words(answer):
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_somebody_new_is_greeted_and_shown_the_way_to_communities(miriam):
    with time_machine.travel(datetime(2026, 11, 23, 7, tzinfo=UTC), tick=False):
        page = words(Reader(miriam.app, _person(miriam)).get("/"))

    assert page.startswith("Monday, 23 November 2026 Good morning, Miriam")
    assert "You are in no community yet" in page
    assert "No meeting is planned yet." in page


def _person(reader):
    with transaction():
        return db.session.get_one(Person, reader.person_id)


@pytest.mark.parametrize(("hour", "greeting"), [(10, "Good morning"), (11, "Hello"), (18, "Good evening")])
def test_the_greeting_follows_the_clock_of_the_city(miriam, hour, greeting):
    person = _person(miriam)
    with time_machine.travel(datetime(2026, 11, 23, hour - 1, tzinfo=UTC), tick=False):
        assert f"{greeting}, Miriam" in words(Reader(miriam.app, person).get("/"))


def test_meetings_of_own_communities_own_city_and_partner_cities_stand_in_one_list(miriam):
    with transaction():
        mine = a_community("Mine", visibility=Audience.COMMUNITY)
        joined(mine, miriam)
        a_meeting(mine, title="Of my community", starts_in=timedelta(days=1), audience=Audience.COMMUNITY)
        city = a_community("City")
        a_meeting(city, title="Of my city", starts_in=timedelta(days=2), audience=Audience.CITY)
        a_meeting(city, title="Of strangers", starts_in=timedelta(days=2), audience=Audience.COMMUNITY)
        partner = a_community("Partner", origin=AALBORG)
        a_meeting(partner, title="Of a partner", starts_in=timedelta(days=3))
        a_meeting(partner, title="Cancelled", starts_in=timedelta(days=3), state="cancelled")

    found = re.findall(r"Of (?:my community|my city|a partner|strangers)|Cancelled", words(miriam.get("/")))

    assert list(dict.fromkeys(found)) == ["Of my community", "Of my city", "Of a partner"]


def test_each_meeting_says_how_one_stands_to_it(miriam):
    with transaction():
        community = a_community()
        member = joined(community, miriam)
        for title, answer in (("First", Answer.CONFIRMED), ("Second", Answer.DECLINED), ("Third", None)):
            meeting = a_meeting(community, title=title)
            if answer is not None:
                meetings.answer(meeting, member, answer)
        a_meeting(a_community("Other"), title="Fourth")
        guest = joined(a_community("Ledernetværk", origin=AALBORG), miriam)
        far = a_meeting(db.session.get_one(type(community), guest.community_id), title="Fifth")
        meetings.wish_answer(far, guest, Answer.CONFIRMED)

    page = words(miriam.get("/"))

    for title, said in {
        "First": "Registered",
        "Second": "Declined",
        "Third": "I'll come",
        "Fourth": "View",
        "Fifth": "On its way to Aalborg",
    }.items():
        assert said in page.partition(f" {title} ")[2].partition(" min")[0][:160], title


def test_the_turn_one_is_asked_for_stands_on_top_and_can_be_confirmed_there(miriam):
    with transaction():
        community = a_community("Coaching-Pool")
        member = joined(community, miriam)
        rotation.take_turns(community, member, knows_it=True)
        meeting = a_meeting(community, title="Treffen 14")
        turn = rotation.assign_turn(community, MODERATOR, occasion_uri=meeting.uri, occasion_at=meeting.starts_at)

    page = words(miriam.get("/"))
    assert "It is your turn to moderate on" in page
    assert "Coaching-Pool. This is your first time." in page
    assert "You moderate" in page

    answer = miriam.post(f"/turns/{turn.id}/answer", answer="confirm", next="/")

    assert answer.headers["Location"] == "/"
    with transaction():
        assert db.session.get_one(Assignment, turn.id).state == TurnState.CONFIRMED
    assert "It is your turn to moderate on" not in words(miriam.get("/"))


def test_coordinators_are_told_who_would_like_to_join(miriam):
    with transaction():
        led, other = a_community(name="CoP Wissen"), a_community(name="CoP Bau")
        joined(led, miriam, role=Role.COORDINATOR)
        joined(other, miriam)
        for name, community in (("Ida", led), ("Bram", led), ("Carla", other)):
            a_record(community, person=a_person(name), state=MemberState.ASKED)
        asked = f"/communities/{led.id}/requests"

    answer = miriam.get("/")

    assert "2 people would like to join CoP Wissen. Answer" in words(answer)
    assert "would like to join CoP Bau" not in words(answer)
    assert asked in answer.text


def test_an_open_call_of_an_own_community_can_be_answered(miriam):
    with transaction():
        community = a_community()
        joined(community, miriam)
        meeting = a_meeting(community)
        turn = rotation.assign_turn(community, MODERATOR, occasion_uri=meeting.uri, occasion_at=meeting.starts_at)
        far = a_community("Not mine")
        rotation.assign_turn(far, MODERATOR, occasion_uri="http://127.0.0.1:8101/o/x", occasion_at=meeting.starts_at)

    assert "Who moderates on" in words(miriam.get("/"))

    miriam.post(f"/turns/{turn.id}/answer", answer="take", next="/")

    page = words(miriam.get("/"))
    assert "Who moderates on" not in page
    assert "You moderate" in page


def test_topics_of_open_windows_wait_for_support(miriam):
    with transaction():
        community = a_community("Coaching-Pool")
        member = joined(community, miriam)
        meeting = a_meeting(community)
        topic = a_topic(meeting, title="Mental Load bei Führungskräften?", locale="de")
        meetings.support(topic, member)
        closed = a_meeting(community, title="Closed", collection_closes_at=datetime(2020, 1, 1, tzinfo=UTC))
        a_topic(closed, title="Too late to support")
        a_topic(a_meeting(a_community("Other")), title="Of a community that is not mine")

    page = words(miriam.get("/"))

    assert "1 ✓ supported : Mental Load bei Führungskräften?" in page
    assert "All topics of Coaching-Pool" in page
    assert "5 days left" in page
    assert "Too late to support" not in page
    assert "not mine" not in page


def test_own_topics_wait_for_others_only(miriam):
    with transaction():
        community = a_community()
        member = joined(community, miriam)
        meeting = a_meeting(community)
        meetings.propose_topic(meeting, member, title="What I asked myself")

    page = words(miriam.get("/"))

    assert "What I asked myself" not in page
    assert "No topics yet" not in page


def test_an_open_window_without_topics_asks_for_one(miriam):
    with transaction():
        community = a_community()
        joined(community, miriam)
        a_meeting(community)

    assert "Propose a topic" in words(miriam.get("/"))


def test_support_on_its_way_says_so(miriam):
    with transaction():
        community = a_community(origin=AALBORG)
        member = joined(community, miriam)
        topic = a_topic(a_meeting(community), title="Hvordan holder vi fast?", locale="da")
        meetings.wish_support(topic, member, on=True)

    page = words(miriam.get("/"))

    assert "1 ✓ supported : Hvordan holder vi fast?" in page
    assert "On its way to Aalborg" in page


def test_news_come_from_partner_cities_only(miriam):
    with transaction():
        apply_copy(
            uri=f"{AALBORG}/o/1",
            origin=AALBORG,
            rev=1,
            version=1,
            kind="guide",
            title="Fem gode spørgsmål",
            body="Text",
            audience="peers",
            community_uri=None,
            about_uri=None,
            author=None,
            locale="da",
            licence="CC-BY-4.0",
            tags=[],
            published_at=datetime(2026, 1, 1, tzinfo=UTC),
            updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    assert "New from the partner cities Fem gode spørgsmål AA Aalborg Guide" in words(miriam.get("/"))


def test_the_number_of_queries_does_not_grow(miriam):
    def more(number):
        with transaction():
            for _ in range(number):
                community = a_community()
                member = joined(community, miriam)
                meeting = a_meeting(community)
                meetings.support(a_topic(meeting), member)
                far = a_community(origin=AALBORG)
                joined(far, miriam)
                a_topic(a_meeting(far))

    more(3)
    few = len(miriam.queries("/"))
    more(27)

    assert len(miriam.queries("/")) == few
    with transaction():
        assert db.session.query(Meeting).count() == 60
