# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joining, deciding and leaving at the home of a community."""

import pytest

from cop.base.audience import Audience
from cop.base.db import db, new_id
from cop.base.errors import Conflict, Forbidden, NotFound
from cop.base.instance import this_city
from cop.communities import services
from cop.communities.events import CommunityChanged, JoinAsked, JoinRefused, MemberJoined, MemberLeft
from cop.communities.models import JoinMode, MemberState, Role
from cop.communities.queries import record_of
from tests.builders import AALBORG, HEIDELBERG, a_community, a_member, a_person, a_record

pytestmark = pytest.mark.usefixtures("inside")


def join(community, person, **facts):
    return services.ask_to_join(community, person, **({"shows_name": False, "role_title": "HR development"} | facts))


def test_whoever_asks_an_open_community_is_a_member_at_once(told):
    community, bram = a_community(), a_person()
    told.clear()

    record = join(community, bram)

    assert record.state == MemberState.ACTIVE
    assert community.members_by_city == {this_city().origin: 2}
    assert told == [CommunityChanged(community.id), MemberJoined(record.id)]


def test_whoever_asks_elsewhere_waits_for_a_coordinator(told):
    community, bram = a_community(join_mode=JoinMode.REQUEST), a_person()
    told.clear()

    record = join(community, bram)

    assert record.state == MemberState.ASKED
    assert community.members_by_city == {this_city().origin: 1}
    assert told == [JoinAsked(record.id)]


def test_nobody_can_ask_a_community_that_invites():
    community = a_community(join_mode=JoinMode.INVITE)

    with pytest.raises(Conflict):
        join(community, a_person())


def test_asking_twice_is_asking_once(told):
    community, bram = a_community(join_mode=JoinMode.REQUEST), a_person()
    first = join(community, bram)
    told.clear()

    second = join(community, bram, shows_name=True)

    assert second is first
    assert not second.shows_name
    assert told == []


def test_a_member_of_another_city_keeps_the_id_that_city_gave():
    community = a_community()
    lene = a_person("Lene", AALBORG)

    record = join(community, lene, uri=lene.uri)

    assert record.uri == lene.uri
    assert community.members_by_city == {this_city().origin: 1, AALBORG: 1}
    assert services.member_origins(community) == {AALBORG}


def test_one_person_has_another_id_in_each_community():
    bram = a_person()

    uris = {join(a_community(name), bram).uri for name in ("Coaching", "Working Out Loud")}

    assert len(uris) == 2
    assert all(services.person_by_member_uri(uri) is bram for uri in uris)


def test_a_person_of_another_city_is_found_by_their_id():
    lene = a_person("Lene", AALBORG)

    assert services.person_by_member_uri(lene.uri) is lene
    assert services.person_by_member_uri(f"{AALBORG}/m/nobody") is None


def test_an_accepted_request_makes_a_member_and_the_revision_rises(told):
    community = a_community(join_mode=JoinMode.REQUEST)
    coordinator = a_member(community, "Miriam", role=Role.COORDINATOR)
    record, before = join(community, a_person()), community.rev
    told.clear()

    services.accept_member(record, coordinator)
    services.accept_member(record, coordinator)

    assert record.state == MemberState.ACTIVE
    assert record.joined_at is not None
    assert community.rev == before + 1
    assert told == [CommunityChanged(community.id), MemberJoined(record.id)]


def test_a_refused_request_keeps_its_reason_and_one_may_ask_again(told):
    community = a_community(join_mode=JoinMode.REQUEST)
    coordinator = a_member(community, "Miriam", role=Role.COORDINATOR)
    bram = a_person()
    record = join(community, bram)
    told.clear()

    services.refuse_member(record, coordinator, reason="We stay at fifteen.")

    assert (record.state, record.reason) == (MemberState.REFUSED, "We stay at fifteen.")
    assert told == [JoinRefused(record.id)]
    assert join(community, bram).state == MemberState.ASKED
    assert record.reason == ""


@pytest.mark.parametrize("decide", [services.accept_member, services.refuse_member])
def test_only_a_coordinator_of_this_community_decides(decide):
    community = a_community(join_mode=JoinMode.REQUEST)
    record = join(community, a_person())
    member = a_member(community, "Anders")
    stranger = a_member(a_community("Coaching"), "Ida", role=Role.COORDINATOR)

    for nobody in (member, stranger):
        with pytest.raises(Forbidden):
            decide(record, nobody)

    assert record.state == MemberState.ASKED


def test_a_member_can_no_longer_be_refused():
    community = a_community()
    coordinator = a_member(community, "Miriam", role=Role.COORDINATOR)

    with pytest.raises(Conflict):
        services.refuse_member(join(community, a_person()), coordinator)


@pytest.mark.parametrize("decide", [services.accept_member, services.refuse_member])
def test_whoever_took_the_request_back_is_not_decided_about(decide):
    community = a_community(join_mode=JoinMode.REQUEST)
    coordinator = a_member(community, "Miriam", role=Role.COORDINATOR)
    record = join(community, a_person())
    services.leave(record)

    with pytest.raises(Conflict):
        decide(record, coordinator)


def test_who_leaves_is_no_longer_counted_and_may_come_back_under_the_same_id(told):
    community, bram = a_community(), a_person()
    record = join(community, bram)
    uri = record.uri
    told.clear()

    services.leave(record)
    services.leave(record)

    assert record.state == MemberState.LEFT
    assert community.members_by_city == {this_city().origin: 1}
    assert told == [CommunityChanged(community.id), MemberLeft(record.id)]
    assert join(community, bram).uri == uri


def test_the_last_coordinator_can_neither_leave_nor_step_down():
    founder = a_person("Nadja")
    community = a_community(founder=founder)
    record = record_of(community.id, founder.id)
    proof = services.require_coordinator(community.id, founder.id)

    with pytest.raises(Conflict):
        services.leave(record)
    with pytest.raises(Conflict):
        services.change_role(record, proof, Role.MEMBER)

    services.change_role(a_record(community), proof, Role.COORDINATOR)
    services.leave(record)
    assert record.state == MemberState.LEFT
    assert record.role == Role.MEMBER


def test_nobody_of_another_city_coordinates():
    founder = a_person("Nadja")
    community = a_community(founder=founder)
    lene = a_record(community, "Lene", origin=AALBORG)

    with pytest.raises(Forbidden):
        services.change_role(lene, services.require_coordinator(community.id, founder.id), Role.COORDINATOR)


def test_permission_is_a_value_of_this_community_and_person():
    community = a_community()
    record = a_record(community)

    member = services.require_member(community.id, record.person_id)

    assert (member.community_id, member.person_id, member.role) == (community.id, record.person_id, Role.MEMBER)
    with pytest.raises(Forbidden):
        services.require_coordinator(community.id, record.person_id)


@pytest.mark.parametrize("state", [MemberState.ASKED, MemberState.REFUSED, MemberState.LEFT])
def test_only_active_members_are_members(state):
    record = a_record(a_community(), state=state)

    with pytest.raises(Forbidden):
        services.require_member(record.community_id, record.person_id)


def test_a_hidden_community_does_not_exist_for_others():
    hidden = a_community(visibility=Audience.COMMUNITY)

    with pytest.raises(NotFound):
        services.require_member(hidden.id, a_person().id)
    with pytest.raises(NotFound):
        services.require_member(new_id(), a_person().id)


def test_a_city_speaks_only_for_its_own_members():
    community = a_community()
    lene = a_record(community, "Lene", origin=AALBORG)
    bram = a_record(community, "Bram")
    gone = a_record(community, "Ida", origin=AALBORG, state=MemberState.LEFT)

    assert services.member_of_peer(community, lene.uri, AALBORG).person_id == lene.person_id
    for uri, sender in [(lene.uri, HEIDELBERG), (bram.uri, AALBORG), (gone.uri, AALBORG), ("http://x/m/1", AALBORG)]:
        with pytest.raises(Forbidden):
            services.member_of_peer(community, uri, sender)
    with pytest.raises(Forbidden):
        services.member_of_peer(a_community("Coaching"), lene.uri, AALBORG)


def test_other_cities_see_the_name_only_with_consent():
    community = a_community()

    assert services.shown_name(a_record(community, "Bram", shows_name=True, role_title="HR")) == "Bram"
    assert services.shown_name(a_record(community, "Ida", shows_name=False, role_title="HR")) == "HR"
    assert services.shown_name(a_record(community, "Anders", shows_name=False)) == "Member"
    # somebody of another city comes here under what they agreed to
    assert services.shown_name(a_record(community, "Tove", origin=AALBORG, shows_name=False, role_title="HR")) == "Tove"


def test_a_member_id_is_known_for_members_only():
    record = a_record(a_community())

    assert services.member_uri(record.community_id, record.person_id) == record.uri
    with pytest.raises(NotFound):
        services.member_uri(record.community_id, a_person().id)


def test_the_count_is_read_from_the_rows_whatever_it_said_before():
    community = a_community()
    community.members_by_city = {AALBORG: 99}
    db.session.flush()

    join(community, a_person())

    assert community.members_by_city == {this_city().origin: 2}
