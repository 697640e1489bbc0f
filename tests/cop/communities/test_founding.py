# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Founding and changing a community."""

import pytest

from cop.base.audience import Audience
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden
from cop.base.instance import this_city
from cop.communities import services
from cop.communities.events import CommunityChanged, MemberJoined
from cop.communities.models import Community, JoinMode, Kind, Role
from cop.communities.queries import record_of
from tests.builders import AALBORG, a_community, a_member, a_person

pytestmark = pytest.mark.usefixtures("inside")


def test_the_founder_coordinates_the_new_community(told):
    nadja = a_person("Nadja")

    community = services.found_community(
        nadja.id,
        kind=Kind.COP,
        name="Coaching",
        domain="Coaching in municipalities",
        locale="de",
        visibility=Audience.PEERS,
        join_mode=JoinMode.OPEN,
        charter={"purpose": "Learn from each other", "goals": ["A pool of coaches"]},
    )

    record = record_of(community.id, nadja.id)
    assert record.role == Role.COORDINATOR
    assert community.uri == f"{this_city().origin}/o/{community.id}"
    assert community.members_by_city == {this_city().origin: 1}
    assert (community.charter.purpose, community.charter.goals) == ("Learn from each other", ["A pool of coaches"])
    assert told == [CommunityChanged(community.id), MemberJoined(record.id)]


def test_a_change_of_the_charter_alone_is_a_new_revision(told):
    community = a_community()
    coordinator = a_member(community, "Miriam", role=Role.COORDINATOR)
    told.clear()

    services.change_community(community, coordinator, ground_rules=["We share without conditions."])

    db.session.expire_all()
    kept = db.session.get_one(Community, community.id)
    assert kept.charter.ground_rules == ["We share without conditions."]
    assert kept.rev == 2
    assert told == [CommunityChanged(community.id)]


def test_a_member_changes_nothing():
    community = a_community()

    with pytest.raises(Forbidden):
        services.change_community(community, a_member(community), name="Other")
    with pytest.raises(Forbidden):
        services.change_community(
            community, a_member(a_community("Coaching"), "Ida", role=Role.COORDINATOR), name="Other"
        )


def test_a_copy_is_never_changed_here():
    copy = a_community(origin=AALBORG)

    with pytest.raises(Conflict):
        services.change_community(copy, a_member(copy, role=Role.COORDINATOR), name="Other")


def test_what_is_no_fact_of_a_community_is_refused():
    community = a_community()

    with pytest.raises(TypeError):
        services.change_community(community, a_member(community, role=Role.COORDINATOR), origin=AALBORG)
