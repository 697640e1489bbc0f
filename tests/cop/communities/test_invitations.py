# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invitations let people in where nobody could ask."""

import re
from datetime import timedelta

import pytest
import time_machine

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import Community, JoinMode, MemberState, Role
from tests.builders import a_community, a_person, a_record
from tests.cop.communities.reading import made, page_of, person_of, state_of
from tests.reader import Reader


def invitation_to(community_id, coordinator):
    shown = coordinator.get(page_of(community_id, "requests")).text
    return re.search(r"invitation=([\w.-]+)", shown).group(1)


@pytest.fixture
def invited(app):
    """A hidden community that invites, its coordinator and the token of an invitation."""
    with transaction():
        founder = a_person("Nadja")
        community_id = a_community(founder=founder, visibility=Audience.COMMUNITY, join_mode=JoinMode.INVITE).id
    coordinator = Reader(app, founder)
    return community_id, coordinator, invitation_to(community_id, coordinator)


def test_whoever_was_invited_becomes_a_member_at_once(bram, invited):
    community_id, _coordinator, token = invited
    assert bram.get(page_of(community_id, "join")).status_code == 404

    assert token in bram.get(f"{page_of(community_id, 'join')}?invitation={token}").text
    faulty = bram.post(page_of(community_id, "join"), invitation=token)
    assert (faulty.status_code, token in faulty.text) == (400, True)
    bram.post(page_of(community_id, "join"), invitation=token, shows_name="yes", role_title="")

    assert state_of(community_id, bram) == MemberState.ACTIVE


def test_an_invitation_opens_nothing_but_its_own_community(bram, invited):
    _community_id, _coordinator, token = invited
    other_id = made(visibility=Audience.COMMUNITY)

    for forged in (token, token[:-1], "nonsense"):
        answer = bram.post(page_of(other_id, "join"), invitation=forged, shows_name="yes", role_title="")
        assert answer.status_code == 403

    assert state_of(other_id, bram) is None


@pytest.mark.parametrize(("days", "becomes"), [(13, MemberState.ACTIVE), (15, None)])
def test_an_invitation_ends_after_two_weeks(bram, invited, days, becomes):
    community_id, _coordinator, token = invited

    with time_machine.travel(now() + timedelta(days=days)):
        reader = Reader(bram.app, person_of(bram))
        reader.post(page_of(community_id, "join"), invitation=token, shows_name="yes", role_title="")

    assert state_of(community_id, bram) == becomes


def test_an_invitation_ends_when_its_author_no_longer_coordinates(bram, invited):
    community_id, coordinator, token = invited
    with transaction():
        a_record(db.session.get_one(Community, community_id), "Ida", role=Role.COORDINATOR)
    coordinator.post(page_of(community_id, "leave"))

    answer = bram.post(page_of(community_id, "join"), invitation=token, shows_name="yes", role_title="")

    assert answer.status_code == 403


def test_whoever_asked_may_still_use_an_invitation(app, bram):
    with transaction():
        founder = a_person("Nadja")
        community_id = a_community(founder=founder, join_mode=JoinMode.REQUEST).id
    bram.post(page_of(community_id, "join"), shows_name="no", role_title="HR")
    token = invitation_to(community_id, Reader(app, founder))

    bram.post(page_of(community_id, "join"), invitation=token, shows_name="yes", role_title="")

    assert state_of(community_id, bram) == MemberState.ACTIVE
