# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever the network does, what is said arrives, and has its effect once."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db
from cop.communities import services as communities
from cop.knowledge.models import Article
from cop.meetings import services as meetings
from cop.sharing import jobs
from tests.builders import an_article
from tests.databases import fresh_database
from tests.live.faulty_network import Fault, FaultyNetwork
from tests.live.story import Story, members_by_city, record_of_bram, the_meeting, topic_called, topics_of
from tests.live_instance import LiveInstance, settle


@pytest.fixture
def network() -> Iterator[FaultyNetwork]:
    network = FaultyNetwork()
    yield network
    network.close()


def behind(network: FaultyNetwork, short: str, template: str, folder: Path) -> Iterator[LiveInstance]:
    city = LiveInstance(short, fresh_database(template, folder / short / "reihum.sqlite"), network=network)
    yield city
    city.close()


@pytest.fixture
def story(network: FaultyNetwork, template: str, tmp_path: Path) -> Iterator[Story]:
    """Kassel and Aalborg, with the network between them."""
    cities = behind(network, "Kassel", template, tmp_path), behind(network, "Aalborg", template, tmp_path)
    yield Story(next(cities[0]), next(cities[1])).peer().join()
    for city in cities:
        next(city, None)


@pytest.fixture
def heidelberg(network: FaultyNetwork, story: Story, template: str, tmp_path: Path) -> Iterator[LiveInstance]:
    """A third city, partner of both."""
    for city in behind(network, "Heidelberg", template, tmp_path):
        story.kassel.peer_with(city)
        story.aalborg.peer_with(city)
        yield city


def propose(story: Story, title: str) -> None:
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title=title)


def articles_of(city: LiveInstance) -> list[str]:
    with city.app.app_context():
        return sorted(db.session.scalars(select(Article.title)))


def a_while_later(*cities: LiveInstance) -> None:
    with time_machine.travel(now() + timedelta(hours=1, minutes=5)):
        settle(*cities)


def test_what_meets_any_fault_in_either_direction_is_done_once(network: FaultyNetwork, story: Story) -> None:
    for fault in Fault:
        network.plan("Kassel", "Aalborg", fault)
        network.plan("Aalborg", "Kassel", fault)
        propose(story, f"{fault} von Kassel")
        story.propose(f"{fault} von Aalborg")
        story.kassel.deliver()
        story.aalborg.deliver()
        story.kassel.retry_now()
        story.aalborg.retry_now()

    a_while_later(story.kassel, story.aalborg)

    expected = sorted((f"{fault} von {city}", 0) for fault in Fault for city in ("Kassel", "Aalborg"))
    assert network.seen() == dict.fromkeys(Fault, 2)
    assert sorted(topics_of(story.kassel)) == sorted(topics_of(story.aalborg)) == expected
    assert story.kassel.letters_to(story.aalborg).keys() == {"done"}
    assert {wish[1] for wish in story.wishes()} == {"accepted"}


def test_who_dribbles_delays_nobody_else(network: FaultyNetwork, story: Story, heidelberg: LiveInstance) -> None:
    kassel, aalborg = story.kassel, story.aalborg
    network.slowness = 4
    network.plan("Kassel", "Aalborg", *[Fault.DRIBBLED] * 2)
    with kassel.at_work():
        meetings.change_meeting(the_meeting(), story.coordinator(), title="Treffen im Winter")

    begun = time.monotonic()
    with kassel.app.app_context():
        jobs.deliver_due()
        while not heidelberg.process():
            assert time.monotonic() < begun + 10
        took = time.monotonic() - begun
        jobs.dispatcher().finish()

    assert took < 2
    assert aalborg.process() == 1


def test_what_is_repeated_overtaken_and_cut_by_restarts_is_done_once(network: FaultyNetwork, story: Story) -> None:
    for number in range(3):
        network.plan("Kassel", "Aalborg", Fault.REPEATED, Fault.OVERTAKEN, Fault.UNANSWERED)
        propose(story, f"Thema {number}")
        with story.kassel.at_work():
            meetings.edit_topic(topic_called(f"Thema {number}"), story.coordinator(), title=f"Frage {number}")
        story.kassel.deliver()
        (story.aalborg, story.kassel)[number % 2].restart()
        story.aalborg.process()
        story.kassel.retry_now()
        story.kassel.deliver()
    with story.kassel.at_work():
        meetings.withdraw_topic(topic_called("Frage 1"), story.coordinator())

    network.heal()
    a_while_later(story.kassel, story.aalborg)

    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Frage 0", 0), ("Frage 2", 0)]


def test_what_arrives_after_it_was_taken_back_does_not_bring_it_back(network: FaultyNetwork, story: Story) -> None:
    propose(story, "Nur für Mitglieder")
    story.settle()
    network.plan("Kassel", "Aalborg", Fault.OVERTAKEN)
    with story.kassel.at_work():
        topic = topic_called("Nur für Mitglieder")
        meetings.edit_topic(topic, story.coordinator(), title="Nur für uns")
    story.kassel.deliver()
    with story.aalborg.at_work():
        communities.wish_to_leave(record_of_bram(story))
    story.aalborg.deliver()
    story.kassel.process()
    way = network.way("Kassel", "Aalborg")
    late, way.kept_back = way.kept_back, []
    story.kassel.retry_now()
    story.settle()

    assert len(late) == 1
    way.kept_back = late
    network.heal()
    a_while_later(story.kassel, story.aalborg)

    assert way.kept_back == []
    assert topics_of(story.aalborg) == []


def test_three_cities_that_were_parted_agree_again(
    network: FaultyNetwork, story: Story, heidelberg: LiveInstance
) -> None:
    kassel, aalborg = story.kassel, story.aalborg
    cities = kassel, aalborg, heidelberg
    for one, other in (("Kassel", "Aalborg"), ("Aalborg", "Heidelberg"), ("Heidelberg", "Kassel")):
        network.part(one, other)
    propose(story, "Von Kassel")
    story.propose("Von Aalborg")
    for city in cities:
        with city.at_work():
            an_article(f"Wissen aus {city.short}")
        city.deliver()
    assert [articles_of(city) for city in cities] == [[f"Wissen aus {city.short}"] for city in cities]

    network.mend()
    a_while_later(*cities)

    assert articles_of(kassel) == [f"Wissen aus {short}" for short in ("Aalborg", "Heidelberg", "Kassel")]
    assert articles_of(kassel) == articles_of(aalborg) == articles_of(heidelberg)
    assert sorted(topics_of(kassel)) == sorted(topics_of(aalborg)) == [("Von Aalborg", 0), ("Von Kassel", 0)]
    assert members_by_city(kassel) == members_by_city(aalborg)


@pytest.mark.parametrize("seed", [1, 2])
def test_with_the_same_seed_the_same_happens_on_a_way(seed: int) -> None:
    faults = dict.fromkeys(Fault, 0.1)
    one, other = FaultyNetwork(seed, faults=faults), FaultyNetwork(seed, faults=faults)
    for _ in range(50):  # what happens elsewhere changes nothing
        other.way("Aalborg", "Kassel").next_fault(faults)

    happened = [[net.way("Kassel", "Aalborg").next_fault(faults) for _ in range(200)] for net in (one, other)]

    assert happened[0] == happened[1]
    assert set(happened[0]) == {None, *Fault}
