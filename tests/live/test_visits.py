# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bram of Aalborg visits a community of Kassel with one click, and everything that ends a visit."""

import pytest
from sqlalchemy import func, select

from cop.accounts.models import LoginSession, Person
from cop.base.db import db
from cop.communities import services as communities
from cop.meetings import services as meetings
from cop.meetings.models import Topic
from cop.sharing import services as sharing
from cop.visits import jobs
from cop.visits.models import GuestSession, VisitAbroad
from tests.builders import a_community
from tests.live.story import Story, record_of_bram, the_community, the_meeting, topics_of
from tests.live.traveller import Traveller, onward


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


@pytest.fixture
def bram(story: Story) -> Traveller:
    return Traveller(story.aalborg, story.bram)


def page_of(city, thing="community"):
    """The address of the community's page, or the meeting's."""
    with city.app.app_context():
        if thing == "community":
            return f"{city.origin}/communities/{the_community().id}"
        return f"{city.origin}/meetings/{the_meeting().id}"


def visits(city):
    with city.app.app_context():
        return db.session.scalar(select(func.count()).select_from(GuestSession))


def tell_ended(city):
    with city.app.app_context():
        jobs.tell_ended()


@pytest.fixture
def visiting(story, bram) -> Traveller:
    assert bram.open(bram.get(page_of(story.aalborg))).url == page_of(story.kassel)
    return bram


def test_one_click_leads_to_the_community_at_its_home(story: Story, bram: Traveller) -> None:
    there = bram.open(bram.get(page_of(story.aalborg)))

    assert (there.status_code, there.url) == (200, page_of(story.kassel))
    assert "HR-udvikling, Aalborg" in there.text


def test_from_a_meeting_one_comes_to_the_meeting(story: Story, bram: Traveller) -> None:
    there = bram.open(bram.get(page_of(story.aalborg, "meeting")))

    assert (there.status_code, there.url) == (200, page_of(story.kassel, "meeting"))


def test_consent_is_asked_once_and_then_one_click_is_enough(story: Story, visiting: Traveller) -> None:
    visiting.browser.cookies.clear()
    visiting.sign_in()

    there = visiting.get(visiting.way_from(visiting.get(page_of(story.aalborg))))

    assert there.url == page_of(story.kassel)


def test_without_consent_nobody_goes_anywhere(story: Story, bram: Traveller) -> None:
    asked = bram.get(bram.way_from(bram.get(page_of(story.aalborg))))

    assert asked.url.startswith(f"{story.aalborg.origin}/visits/authorize?")
    assert "HR-udvikling" in asked.text
    assert (visits(story.kassel), rows_of(story.aalborg, VisitAbroad)) == (0, 0)


def rows_of(city, model):
    with city.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_what_a_visitor_proposes_stands_in_both_cities_under_their_random_id(story: Story, visiting: Traveller) -> None:
    page = visiting.get(page_of(story.kassel, "meeting"))

    answer = visiting.post(f"{page.url}/topics", page, title="Mental load", pitch="")

    assert answer.status_code == 303
    story.settle()
    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mental load", 0)]
    with story.aalborg.app.app_context():
        assert db.session.scalars(select(Topic.proposed_by_id)).one() == story.bram


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/communities",
        "/communities/new",
        "/calendar",
        "/knowledge",
        "/search",
        "/me",
        "/me/devices",
        "/admin/partners",
    ],
)
def test_all_else_is_refused_with_a_way_back(story: Story, visiting: Traveller, path: str) -> None:
    answer = visiting.get(f"{story.kassel.origin}{path}")

    assert answer.status_code == 403
    assert page_of(story.kassel).removeprefix(story.kassel.origin) in answer.text


def test_the_members_and_another_community_stay_closed(story: Story, visiting: Traveller) -> None:
    own = page_of(story.kassel)
    with story.kassel.at_work():
        another = a_community("CoP Ordnung").id

    assert visiting.get(f"{own}/members").status_code == 403
    assert visiting.get(f"{story.kassel.origin}/communities/{another}").status_code == 403


def test_back_home_ends_the_visit(story: Story, visiting: Traveller) -> None:
    page = visiting.get(page_of(story.kassel))

    left = visiting.post(f"{story.kassel.origin}/visits/end", page)

    assert onward(left) == f"{story.aalborg.origin}/"
    assert visits(story.kassel) == 0


def test_signing_out_at_home_ends_the_visit(story: Story, visiting: Traveller) -> None:
    page = visiting.get(page_of(story.aalborg))
    visiting.post(f"{story.aalborg.origin}/logout", page)

    tell_ended(story.aalborg)

    assert visits(story.kassel) == 0
    assert "/login" in visiting.get(page_of(story.kassel)).url
    assert rows_of(story.aalborg, VisitAbroad) == 0


def test_a_city_that_is_away_hears_of_the_end_later(story: Story, visiting: Traveller) -> None:
    with story.aalborg.at_work():
        db.session.query(LoginSession).delete()
    story.kassel.stop()
    tell_ended(story.aalborg)
    assert rows_of(story.aalborg, VisitAbroad) == 1

    story.kassel.resume()
    with story.aalborg.at_work():
        db.session.scalars(select(VisitAbroad)).one().next_try_at = None
    tell_ended(story.aalborg)

    assert (visits(story.kassel), rows_of(story.aalborg, VisitAbroad)) == (0, 0)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_lowering_the_level_ends_visits_at_once(story: Story, visiting: Traveller, level: int) -> None:
    with story.kassel.at_work():
        sharing.set_levels(story.aalborg.origin, level_in=level, level_out=3, by=None)

    assert "/login" in visiting.get(page_of(story.kassel)).url
    assert visiting.get(visiting.way_from(visiting.get(page_of(story.aalborg)))).status_code == 403


def test_ending_the_peering_ends_visits_at_once(story: Story, visiting: Traveller) -> None:
    with story.kassel.at_work():
        sharing.end_peering(story.aalborg.origin, by=None)

    assert "/login" in visiting.get(page_of(story.kassel)).url


def test_a_city_that_lowers_what_it_shows_sends_nobody_and_ends_what_goes_on(story: Story, visiting: Traveller) -> None:
    page = visiting.get(page_of(story.aalborg))
    with story.aalborg.at_work():
        sharing.set_levels(story.kassel.origin, level_in=3, level_out=2, by=None)

    assert visiting.way_from(visiting.get(page_of(story.aalborg))) is None
    assert visiting.get(visiting.way_from(page)).status_code == 400
    tell_ended(story.aalborg)
    assert visits(story.kassel) == 0


def test_leaving_the_community_ends_the_visit(story: Story, visiting: Traveller) -> None:
    with story.aalborg.at_work():
        communities.ask_home_to_leave(record_of_bram(story))
    story.settle()

    assert "/login" in visiting.get(page_of(story.kassel)).url


def test_taking_the_consent_back_ends_the_visit_and_asks_again(story: Story, visiting: Traveller) -> None:
    agreed = visiting.get(f"{story.aalborg.origin}/me/visits")
    assert "Stadt Kassel" in agreed.text

    answer = visiting.post(f"{story.aalborg.origin}/me/visits/end", agreed, city=story.kassel.origin)

    assert answer.status_code == 303
    tell_ended(story.aalborg)
    assert visits(story.kassel) == 0
    asked = visiting.get(visiting.way_from(visiting.get(page_of(story.aalborg))))
    assert "/visits/authorize" in asked.url


def test_names_that_people_do_not_show_to_other_cities_are_not_shown_to_visitors(
    story: Story, visiting: Traveller
) -> None:
    with story.kassel.at_work():
        person = Person(origin=story.kassel.origin, display_name="Karin Wolters")
        db.session.add(person)
        record = communities.wish_to_join(the_community(), person, shows_name=False, role_title="Kämmerei")
        member = communities.require_member(record.community_id, record.person_id)
        meetings.propose_topic(the_meeting(), member, title="Haushalt")

    pages = [visiting.get(page_of(story.kassel)), visiting.get(page_of(story.kassel, "meeting"))]

    assert ["Haushalt" in page.text for page in pages] == [True, True]
    assert ["Karin Wolters" in page.text for page in pages] == [False, False]
    assert ["Kämmerei" in page.text for page in pages] == [True, True]
