# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of Aalborg in a community of Kassel: join, propose, support, come, take turns."""

import pytest
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.db import db
from cop.communities import services as communities
from cop.communities.models import JoinMode, MembershipRecord
from cop.communities.queries import members_of
from cop.communities.rules import MemberState
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting, Registration, Support
from cop.rotation import services as rotation
from cop.rotation.models import Assignment, RotationMember
from cop.sharing.models import LogEntry
from tests.live.story import (
    LINKS,
    Story,
    members_by_city,
    record_of_bram,
    the_community,
    the_meeting,
    topic_called,
    topics_of,
)
from tests.live_instance import settle


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer()


@pytest.fixture
def together(story: Story) -> Story:
    return story.join()


def test_who_joins_an_open_community_is_a_member_in_both_cities(story: Story) -> None:
    story.join()

    expected = {story.kassel.origin: 1, story.aalborg.origin: 1}
    assert members_by_city(story.kassel) == members_by_city(story.aalborg) == expected
    assert story.wishes() == [("join_community", "accepted", None)]
    with story.aalborg.app.app_context():
        assert record_of_bram(story).state == MemberState.ACTIVE


def test_without_consent_the_home_learns_the_role_and_not_the_name(together: Story) -> None:
    with together.kassel.app.app_context():
        names = [person.display_name for person in db.session.scalars(select(Person).order_by(Person.display_name))]

    assert names == ["HR-udvikling", "Nadja"]


def test_where_a_coordinator_decides_the_answer_comes_later(kassel, aalborg) -> None:
    story = Story(kassel, aalborg, join_mode=JoinMode.REQUEST).peer().join()
    assert story.wishes() == [("join_community", "waiting", None)]

    with kassel.at_work():
        (asked,) = members_of(the_community().id, MemberState.ASKED)
        communities.accept_member(asked, story.coordinator())
    story.settle()

    assert story.wishes() == [("join_community", "accepted", None)]
    with aalborg.app.app_context():
        assert record_of_bram(story).state == MemberState.ACTIVE


def test_who_is_refused_reads_why(kassel, aalborg) -> None:
    story = Story(kassel, aalborg, join_mode=JoinMode.REQUEST).peer().join()

    with kassel.at_work():
        (asked,) = members_of(the_community().id, MemberState.ASKED)
        communities.refuse_member(asked, story.coordinator(), reason="Wir sind schon zwölf.")
    story.settle()

    assert story.wishes() == [("join_community", "refused", "Wir sind schon zwölf.")]


def test_who_leaves_is_gone_in_both_cities_and_the_city_forgets_what_was_for_members(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()

    with together.aalborg.at_work():
        communities.ask_home_to_leave(record_of_bram(together))
    together.settle()

    assert members_by_city(together.aalborg) == {together.kassel.origin: 1}
    assert topics_of(together.aalborg) == []
    assert len(topics_of(together.kassel)) == 1


def test_who_left_and_joins_again_sees_everything_again(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()
    with together.aalborg.at_work():
        communities.ask_home_to_leave(record_of_bram(together))
    together.settle()

    together.join()

    assert topics_of(together.aalborg) == [("Mental load among leaders", 0)]


def test_a_topic_proposed_in_aalborg_stands_in_both_cities(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()

    assert topics_of(together.kassel) == topics_of(together.aalborg) == [("Mental load among leaders", 0)]
    with together.aalborg.app.app_context():
        assert topic_called("Mental load among leaders").proposed_by_id == together.bram


def test_the_answer_to_a_proposal_is_said_before_the_topic_so_that_it_never_stands_there_twice(together: Story) -> None:
    together.propose("Wer moderiert?")
    together.settle()

    with together.kassel.app.app_context():
        said = db.session.execute(select(LogEntry.type, LogEntry.object_uri).order_by(LogEntry.seq)).all()
        topic = topic_called("Wer moderiert?")
    about = [type_ for type_, uri in said if uri == topic.uri or type_ == "Accept"]
    assert about[-2:] == ["Accept", "Create"]


def test_a_topic_proposed_in_kassel_comes_with_the_role_of_who_proposed_it(together: Story) -> None:
    with together.kassel.at_work():
        meetings.propose_topic(the_meeting(), together.coordinator(), title="Was lernen Azubis heute?")
    together.settle()

    with together.aalborg.app.app_context():
        topic = topic_called("Was lernen Azubis heute?")
        assert (topic.proposed_by.origin, topic.proposed_by.display_name) == (together.kassel.origin, "Nadja")


def test_editing_ones_topic_changes_it_everywhere(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()

    with together.aalborg.at_work():
        topic = topic_called("Mental load among leaders")
        meetings.wish_edit(topic, together.member(), title="Mental load in teams", pitch="", locale="da")
    together.settle()

    assert topics_of(together.kassel) == topics_of(together.aalborg) == [("Mental load in teams", 0)]


def test_a_withdrawn_topic_is_gone_everywhere(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()

    with together.aalborg.at_work():
        meetings.wish_withdrawal(topic_called("Mental load among leaders"), together.member())
    together.settle()

    assert topics_of(together.kassel) == topics_of(together.aalborg) == []


def test_support_from_both_cities_is_one_number_and_can_be_taken_back(together: Story) -> None:
    together.propose("Mental load among leaders")
    together.settle()
    with together.kassel.at_work():
        meetings.support(topic_called("Mental load among leaders"), together.coordinator())
    with together.aalborg.at_work():
        meetings.wish_support(topic_called("Mental load among leaders"), together.member(), on=True)
    together.settle()
    assert topics_of(together.kassel) == topics_of(together.aalborg) == [("Mental load among leaders", 2)]

    with together.aalborg.at_work():
        meetings.wish_support(topic_called("Mental load among leaders"), together.member(), on=False)
    together.settle()

    assert topics_of(together.kassel) == topics_of(together.aalborg) == [("Mental load among leaders", 1)]
    with together.aalborg.app.app_context():
        assert db.session.scalars(select(Support)).all() == []


def test_who_comes_gets_the_links_and_nobody_else_does(together: Story) -> None:
    with together.aalborg.app.app_context():
        assert the_meeting().links == []

    together.answer(Answer.CONFIRMED)
    together.settle()

    with together.aalborg.app.app_context():
        assert db.session.scalars(select(Registration.links)).one() == LINKS
        assert (the_meeting().links, the_meeting().confirmed_count) == ([], 1)


def test_new_links_reach_those_who_come(together: Story) -> None:
    together.answer(Answer.CONFIRMED)
    together.settle()
    moved = [{"kind": "room", "label": "Jitsi", "url": "https://jitsi.example/raum"}]

    with together.kassel.at_work():
        meetings.change_meeting(the_meeting(), together.coordinator(), links=moved)
    together.settle()

    with together.aalborg.app.app_context():
        assert db.session.scalars(select(Registration.links)).one() == moved


def test_who_declines_after_all_loses_the_links(together: Story) -> None:
    together.answer(Answer.CONFIRMED)
    together.settle()

    together.answer(Answer.DECLINED)
    together.settle()

    with together.aalborg.app.app_context():
        assert db.session.scalars(select(Registration.links)).one() == []
        assert the_meeting().confirmed_count == 0


def test_a_turn_of_somebody_from_aalborg_is_confirmed_from_there(together: Story) -> None:
    with together.aalborg.at_work():
        rotation.wish_to_take_turns(the_community(), together.member(), knows_it=True)
    together.settle()
    with together.kassel.at_work():
        bram = db.session.scalars(select(Person).where(Person.origin == together.aalborg.origin)).one()
        assert bram.display_name == "Bram"
        (turn,) = [each for each in rotation.turns_of(the_meeting().uri) if each.role == "moderator"]
        if turn.person_id != bram.id:
            member = communities.require_member(the_community().id, bram.id)
            rotation.take_turn(turn, member)
    together.settle()

    with together.aalborg.at_work():
        turn = db.session.scalars(select(Assignment).where(Assignment.role == "moderator")).one()
        assert turn.person_id == together.bram
        rotation.answer_turn(turn, together.member(), "confirm")
    together.settle()

    with together.kassel.app.app_context():
        assert db.session.scalars(select(Assignment.state).where(Assignment.role == "moderator")).one() == "confirmed"
    with together.aalborg.app.app_context():
        assert [member.opted_in for member in db.session.scalars(select(RotationMember))] == [True, True]


def test_a_cancelled_meeting_is_cancelled_everywhere(together: Story) -> None:
    with together.kassel.at_work():
        meetings.cancel_meeting(the_meeting(), together.coordinator())
    together.settle()

    with together.aalborg.app.app_context():
        assert db.session.scalars(select(Meeting.state)).one() == "cancelled"


def test_a_third_city_sees_the_same_topic_under_the_same_person(together: Story, heidelberg) -> None:
    together.kassel.peer_with(heidelberg)
    with heidelberg.at_work():
        person = Person(origin=heidelberg.origin, display_name="Selin")
        db.session.add(person)
        communities.ask_home_to_join(the_community(), person, shows_name=True, role_title="")
    settle(together.kassel, together.aalborg, heidelberg)
    together.propose("Mental load among leaders")
    settle(together.kassel, together.aalborg, heidelberg)

    with together.aalborg.app.app_context():
        own = db.session.scalars(select(MembershipRecord.uri)).one()
    with heidelberg.app.app_context():
        proposer = topic_called("Mental load among leaders").proposed_by
        assert (proposer.uri, proposer.origin) == (own, together.aalborg.origin)
