# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Administrators change how far a city is trusted, or end the partnership: it holds at once, on every path."""

import pytest
from sqlalchemy import select

from cop.base.db import db
from cop.base.errors import Conflict
from cop.communities.models import Community
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.sharing import services
from cop.sharing.copies import decide_copies
from cop.sharing.models import Copies, PeerRecord, TrustEvent
from tests.live.story import Story, the_meeting, topics_of
from tests.live_instance import LiveInstance


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def levels(city: LiveInstance, other: LiveInstance, *, gives: int = 3, takes: int = 3) -> None:
    with city.at_work():
        services.set_levels(other.origin, level_in=takes, level_out=gives, by=None)


def shown(city: LiveInstance) -> tuple[int, int, int]:
    """How many communities with a name, meetings and topics a city shows."""
    with city.app.app_context():
        named = db.session.scalars(select(Community).where(Community.name != "")).all()
        return len(named), len(db.session.scalars(select(Meeting)).all()), len(topics_of(city))


def state_of(city: LiveInstance, other: LiveInstance) -> str:
    with city.app.app_context():
        return db.session.scalars(select(PeerRecord.state).where(PeerRecord.origin == other.origin)).one()


def propose_in_kassel(story: Story, title: str) -> None:
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title=title, pitch="", locale="de")


@pytest.mark.parametrize(("gives", "expected"), [(3, (1, 1, 1)), (2, (1, 1, 0)), (1, (0, 0, 0)), (0, (0, 0, 0))])
def test_a_lower_level_takes_back_what_it_does_not_allow(story: Story, gives, expected) -> None:
    propose_in_kassel(story, "Mentoring")
    story.settle()
    assert shown(story.aalborg) == (1, 1, 1)

    levels(story.kassel, story.aalborg, gives=gives)
    story.settle()

    assert shown(story.aalborg) == expected
    assert "dead" not in story.kassel.letters_to(story.aalborg)


def test_a_higher_level_shows_what_it_allows(story: Story) -> None:
    levels(story.kassel, story.aalborg, gives=1)
    propose_in_kassel(story, "Mentoring")
    story.settle()
    assert shown(story.aalborg) == (0, 0, 0)

    levels(story.kassel, story.aalborg, gives=2)
    story.settle()

    assert shown(story.aalborg) == (1, 1, 0)


def test_what_waits_and_may_not_be_heard_any_more_is_not_sent(story: Story) -> None:
    story.aalborg.stop()
    propose_in_kassel(story, "Mentoring")
    story.kassel.deliver()
    levels(story.kassel, story.aalborg, gives=2)
    story.aalborg.resume()
    story.kassel.retry_now()

    story.settle()

    assert shown(story.aalborg) == (1, 1, 0)
    assert story.kassel.letters_to(story.aalborg)["ended"] == 1


def test_what_arrived_before_the_level_was_lowered_has_no_effect_after(story: Story) -> None:
    story.propose("Mentoring")
    story.aalborg.deliver()

    levels(story.kassel, story.aalborg, takes=2)
    story.settle()

    assert topics_of(story.kassel) == []


def test_who_is_not_given_to_can_not_be_asked(story: Story) -> None:
    levels(story.aalborg, story.kassel, gives=2)

    with pytest.raises(Conflict):
        story.propose("Mentoring")


@pytest.mark.parametrize("ends", ["kassel", "aalborg"])
def test_the_other_city_learns_that_the_partnership_ended(story: Story, ends) -> None:
    here, there = (story.kassel, story.aalborg) if ends == "kassel" else (story.aalborg, story.kassel)
    levels(there, here, takes=0)

    with here.at_work():
        services.end_peering(there.origin, by=None)
    propose_in_kassel(story, "Danach")
    story.settle()

    assert state_of(here, there) == state_of(there, here) == "ended"
    assert shown(story.aalborg) == (1, 1, 0)
    for city, code in ((here, "ended"), (there, "parted")):
        with city.app.app_context():
            assert db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.id.desc())).first() == code


def test_a_city_that_is_away_learns_it_when_it_is_back(story: Story) -> None:
    story.aalborg.stop()
    propose_in_kassel(story, "Mentoring")
    with story.kassel.at_work():
        services.end_peering(story.aalborg.origin, by=None)
    story.kassel.deliver()
    story.aalborg.resume()
    story.kassel.retry_now()

    story.settle()

    assert state_of(story.aalborg, story.kassel) == "ended"
    assert shown(story.aalborg) == (1, 1, 0)


def test_both_may_end_at_once(story: Story) -> None:
    for city, other in ((story.kassel, story.aalborg), (story.aalborg, story.kassel)):
        with city.at_work():
            services.end_peering(other.origin, by=None)

    story.settle()

    assert story.kassel.letters_to(story.aalborg).keys() <= {"done", "ended"}


def test_what_came_from_a_city_can_be_hidden_and_come_back_with_what_was_added_to_it(story: Story) -> None:
    story.propose("Mentoring")
    story.settle()
    with story.aalborg.at_work():
        services.end_peering(story.kassel.origin, by=None)
        decide_copies(story.kassel.origin, Copies.HIDDEN, by=None)
    assert shown(story.aalborg) == (0, 0, 0)

    with story.aalborg.at_work():
        decide_copies(story.kassel.origin, Copies.KEPT, by=None)

    assert shown(story.aalborg) == (1, 1, 1)
    with story.aalborg.at_work():
        assert story.member().person_id == story.bram
        assert [topic.proposed_by_id for topic in db.session.scalars(select(Topic))] == [story.bram]


def test_what_was_deleted_for_good_does_not_come_back_by_itself(story: Story) -> None:
    with story.aalborg.at_work():
        services.end_peering(story.kassel.origin, by=None)
        decide_copies(story.kassel.origin, Copies.PURGED, by=None)

    with pytest.raises(Conflict), story.aalborg.at_work():
        decide_copies(story.kassel.origin, Copies.KEPT, by=None)
    assert shown(story.aalborg) == (0, 0, 0)


@pytest.mark.parametrize("copies", Copies)
def test_partners_again_show_everything_again(story: Story, copies) -> None:
    with story.aalborg.at_work():
        services.end_peering(story.kassel.origin, by=None)
        decide_copies(story.kassel.origin, copies, by=None)
    story.settle()

    story.kassel.peer_with(story.aalborg)

    assert shown(story.aalborg) == (1, 1, 0)
