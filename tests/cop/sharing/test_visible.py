# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What one peer may see is the same whichever way round it is asked."""

import random

import pytest
from flask import Flask
from sqlalchemy import select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.communities.models import MemberState
from cop.meetings.models import MeetingState, TopicState
from cop.sharing.queries import MODELS, receivers_of
from cop.sharing.visible import Reader
from tests.builders import a_community, a_meeting, a_member, a_peer, a_person, a_record, a_topic, a_turn, an_article

CITIES = [f"https://city-{number}.example" for number in range(4)]


@pytest.fixture
def world(app: Flask) -> None:
    """Two dozen communities with what they hold, for all audiences; four cities, trusted from 0 to 3."""
    chance = random.Random(7)
    with transaction():
        for level, origin in enumerate(CITIES):
            a_peer(origin, level=level)
        an_article(audience=Audience.PEERS)
        an_article(audience=Audience.CITY)
        a_community(origin=CITIES[3])
        for number in range(24):
            community = a_community(f"CoP {number}", visibility=chance.choice(list(Audience)))
            for origin in chance.sample(CITIES, 2):
                person = a_person(f"Bram {number}", origin=origin)
                a_record(community, person=person, state=chance.choice([MemberState.ACTIVE, MemberState.LEFT]))
            _fill(community, chance)


def _fill(community, chance: random.Random) -> None:
    member = a_member(community, name="Selin")
    for audience in Audience:
        an_article(community=community, audience=audience)
        state = chance.choice([MeetingState.SCHEDULED, MeetingState.DRAFT])
        meeting = a_meeting(community, audience=audience, state=state)
        a_topic(meeting, member, state=chance.choice([TopicState.PROPOSED, TopicState.WITHDRAWN]))
        a_turn(meeting, "moderator", member)
    backlog = a_topic(meeting, member)
    backlog.meeting = None
    elsewhere = a_turn(meeting, "minutes", member)
    elsewhere.occasion_uri = "https://elsewhere.example/o/1"


@pytest.mark.parametrize("origin", CITIES)
def test_a_peer_reads_just_what_it_would_be_sent(world, origin) -> None:
    reader = Reader(origin, CITIES.index(origin))
    seen = {uri for model in MODELS for uri in db.session.scalars(select(model.uri).where(reader.may_see(model))).all()}
    sent = {
        thing.uri
        for model in MODELS
        for thing in db.session.scalars(select(model))
        if thing.origin not in CITIES and origin in receivers_of(thing)
    }

    assert seen == sent
    assert bool(seen) == (CITIES.index(origin) >= 2)
