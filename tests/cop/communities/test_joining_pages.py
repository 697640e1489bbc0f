# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joining, leaving and answering on pages."""

import pytest

from cop.base.db import db, transaction
from cop.communities import services
from cop.communities.models import Community, JoinMode, MemberState, Role
from cop.communities.queries import record_of
from tests.builders import AALBORG, a_person, a_record
from tests.cop.communities.reading import joined, made, page_of, state_of, text_of


def test_outsiders_are_invited_to_join_and_members_are_not(bram):
    community_id = made()
    address = f'href="{page_of(community_id, "join")}"'

    assert address in bram.get(page_of(community_id)).text
    joined(community_id, bram)
    assert address not in bram.get(page_of(community_id)).text


def test_whoever_joins_says_what_other_cities_see(bram):
    community_id = made()

    answer = bram.post(page_of(community_id, "join"), shows_name="no", role_title=" HR  development ")

    assert answer.status_code == 302
    with transaction():
        record = record_of(community_id, bram.person_id)
        assert (record.state, record.shows_name, record.role_title) == (MemberState.ACTIVE, False, "HR development")


@pytest.mark.parametrize(
    ("form", "faulty"),
    [
        ({"role_title": "HR"}, "shows_name"),
        ({"shows_name": "perhaps", "role_title": "HR"}, "shows_name"),
        ({"shows_name": "no", "role_title": "  "}, "role_title"),
        ({"shows_name": "yes", "role_title": "x" * 101}, "role_title"),
        ({"shows_name": "yes", "role_title": "HR", "role": "coordinator"}, "role"),
    ],
)
def test_a_faulty_form_says_so_and_keeps_what_was_typed(bram, form, faulty):
    community_id = made()

    answer = bram.post(page_of(community_id, "join"), **form)

    assert answer.status_code == 400
    assert f'href="#{faulty}"' in answer.text
    assert f'value="{form["role_title"]}"' in answer.text
    assert state_of(community_id, bram) is None


def test_joining_elsewhere_is_on_its_way_until_the_home_answers(bram):
    community_id = made(origin=AALBORG, join_mode=JoinMode.OPEN)

    assert "You are a guest in Aalborg" in bram.get(page_of(community_id, "join")).text
    bram.post(page_of(community_id, "join"), shows_name="yes", role_title="")

    assert "On its way to Aalborg" in text_of(bram.get(page_of(community_id)))


def test_who_asked_elsewhere_waits_for_a_person_there(bram):
    community_id = made(origin=AALBORG, join_mode=JoinMode.REQUEST)
    bram.post(page_of(community_id, "join"), shows_name="yes", role_title="")

    assert "On its way to Aalborg" in text_of(bram.get(page_of(community_id)))
    with transaction():
        services.settle_join(record_of(community_id, bram.person_id), accepted=False, reason="We stay at seven.")
    refused = text_of(bram.get(page_of(community_id)))
    assert "Aalborg declined your request. We stay at seven." in refused
    assert "On its way" not in refused


def test_a_member_of_a_copy_is_a_guest(bram):
    community_id = made(origin=AALBORG)
    joined(community_id, bram)

    shown = text_of(bram.get(page_of(community_id)))
    assert "You are a guest in Aalborg" in shown
    assert "Members from Kassel" in text_of(bram.get(page_of(community_id, "members")))

    bram.post(page_of(community_id, "leave"))
    assert "You have left. On its way to Aalborg" in text_of(bram.get(page_of(community_id)))


def test_whoever_asked_here_waits_for_a_coordinator_and_may_withdraw(bram):
    community_id = made(join_mode=JoinMode.REQUEST)
    bram.post(page_of(community_id, "join"), shows_name="yes", role_title="")

    assert "Asked A coordinator of Kassel decides." in text_of(bram.get(page_of(community_id)))
    assert bram.get(page_of(community_id, "join")).status_code == 302
    assert "Withdraw your request" in bram.get(page_of(community_id, "leave")).text

    bram.post(page_of(community_id, "leave"))
    assert state_of(community_id, bram) == MemberState.LEFT
    assert bram.get(page_of(community_id, "leave")).status_code == 404


def test_a_coordinator_answers_requests(bram):
    community_id = made(join_mode=JoinMode.REQUEST)
    joined(community_id, bram, role=Role.COORDINATOR)
    with transaction():
        community = db.session.get_one(Community, community_id)
        lene, ida = (
            services.ask_to_join(community, a_person(name), shows_name=True, role_title="") for name in ("Lene", "Ida")
        )
        lene_id, ida_id, lene_person, ida_person = lene.id, ida.id, lene.person_id, ida.person_id

    assert "2 people ask to join." in text_of(bram.get(page_of(community_id)))
    assert {"Lene", "Ida"} <= set(text_of(bram.get(page_of(community_id, "requests"))).split())
    assert bram.post(page_of(community_id, "requests", lene_id, "accept")).status_code == 302
    too_long = bram.post(page_of(community_id, "requests", ida_id, "refuse"), reason="x" * 1001)
    assert too_long.status_code == 400
    assert "x" * 1001 in too_long.text
    assert bram.post(page_of(community_id, "requests", ida_id, "refuse"), reason="Full.").status_code == 302
    with transaction():
        assert record_of(community_id, lene_person).state == MemberState.ACTIVE
        assert record_of(community_id, ida_person).reason == "Full."


def test_a_coordinator_decides_nothing_for_another_community(bram):
    community_id, other_id = made(join_mode=JoinMode.REQUEST), made(name="Coaching", join_mode=JoinMode.REQUEST)
    joined(community_id, bram, role=Role.COORDINATOR)
    with transaction():
        record = services.ask_to_join(
            db.session.get_one(Community, other_id), a_person("Lene"), shows_name=True, role_title=""
        )
        record_id, person_id = record.id, record.person_id

    assert bram.post(page_of(community_id, "requests", record_id, "accept")).status_code == 404
    assert bram.post(page_of(other_id, "requests", record_id, "accept")).status_code == 403
    with transaction():
        assert record_of(other_id, person_id).state == MemberState.ASKED


def test_a_coordinator_makes_others_coordinators(bram):
    community_id = made()
    joined(community_id, bram, role=Role.COORDINATOR)
    with transaction():
        record = a_record(db.session.get_one(Community, community_id), "Lene")
        record_id, person_id = record.id, record.person_id

    assert bram.post(page_of(community_id, "members", record_id, "role"), role="coordinator").status_code == 302
    assert bram.post(page_of(community_id, "members", record_id, "role"), role="admin").status_code == 400

    with transaction():
        assert services.require_coordinator(community_id, person_id).coordinates


@pytest.mark.parametrize("origin", [None, AALBORG])
def test_who_opens_what_members_see_is_offered_to_ask(bram, origin):
    community_id = made(origin=origin, join_mode=JoinMode.REQUEST)

    refused = bram.get(page_of(community_id, "members"))

    assert refused.status_code == 403
    assert f'href="{page_of(community_id, "join")}"' in refused.text
    assert "Ask to join" in text_of(refused)

    bram.post(page_of(community_id, "join"), shows_name="yes", role_title="")
    again = bram.get(page_of(community_id, "members"))
    assert f'href="{page_of(community_id)}"' in again.text
    assert "Ask to join" not in text_of(again)


def test_where_one_is_invited_nobody_is_offered_to_ask(bram):
    community_id = made(join_mode=JoinMode.INVITE)

    refused = bram.get(page_of(community_id, "members"))

    assert refused.status_code == 403
    assert "To the community" in text_of(refused)
    assert page_of(community_id, "join") not in refused.text
