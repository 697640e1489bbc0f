# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Communities whose home is elsewhere."""

import pytest
from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden
from cop.base.instance import this_city
from cop.base.pending import PendingRequest, RequestMade
from cop.communities import services
from cop.communities.events import JoinRefused, MemberJoined, MemberLeft
from cop.communities.models import Community, JoinMode, MembershipRecord, MemberState
from tests.builders import AALBORG, HEIDELBERG, a_community, a_peer, a_person, a_record

pytestmark = pytest.mark.usefixtures("inside")

URI = f"{AALBORG}/o/0190163d-8694-739b-aea5-966c26f8ad90"
FACTS = {
    "uri": URI,
    "origin": AALBORG,
    "rev": 3,
    "kind": "leader_network",
    "name": "Ledernetværk 5",
    "domain": "Et netværk på tværs af forvaltningerne",
    "locale": "da",
    "rhythm": "hver anden måned, 3 timer",
    "visibility": "peers",
    "join_mode": "open",
    "members_by_city": {AALBORG: 7},
    "charter": {"purpose": "Dilemmaer og ærlige svar", "goals": ["Mod"], "agreed_on": None},
    "extra": {"x": 1},
}


@pytest.fixture
def partner(inside):
    """Aalborg works together with this city."""
    a_peer()


def join(community, person):
    return services.ask_home_to_join(community, person, shows_name=True, role_title="")


def wishes():
    return [(w.kind, w.home, w.object_uri, w.details) for w in db.session.scalars(select(PendingRequest))]


def test_a_copy_is_kept_as_its_home_said():
    copy = services.apply_copy(**FACTS)

    assert (copy.name, copy.rev, copy.members_by_city, copy.extra) == ("Ledernetværk 5", 3, {AALBORG: 7}, {"x": 1})
    assert (copy.charter.purpose, copy.charter.goals, copy.charter.ground_rules) == (
        "Dilemmaer og ærlige svar",
        ["Mod"],
        [],
    )


def test_only_a_higher_revision_replaces_a_copy():
    copy = services.apply_copy(**FACTS)

    assert services.apply_copy(**FACTS | {"name": "Again"}) is None
    assert services.apply_copy(**FACTS | {"name": "Older", "rev": 2}) is None
    assert copy.name == "Ledernetværk 5"
    assert services.apply_copy(**FACTS | {"name": "Newer", "rev": 9, "charter": {}}) is copy
    assert (copy.name, copy.rev, copy.charter.purpose) == ("Newer", 9, "")
    assert db.session.scalar(select(func.count()).select_from(Community)) == 1


@pytest.mark.parametrize("change", [{"origin": HEIDELBERG}, {"origin": "http://127.0.0.1:8101"}])
def test_nobody_replaces_the_community_of_another_city(change):
    services.apply_copy(**FACTS)

    with pytest.raises(Forbidden):
        services.apply_copy(**FACTS | {"rev": 9} | change)
    with pytest.raises(Forbidden):
        services.forget_copy(URI, change["origin"])


def test_nobody_replaces_a_community_of_ours():
    ours = a_community()

    with pytest.raises(Forbidden):
        services.apply_copy(**FACTS | {"uri": ours.uri, "rev": 99})


def test_a_subgroup_finds_its_parent_of_the_same_home():
    parent = services.apply_copy(**FACTS)

    child = services.apply_copy(**FACTS | {"uri": f"{URI}1", "parent_uri": URI})

    assert child.parent_id == parent.id


def test_a_forgotten_copy_keeps_nothing_but_its_id():
    copy = services.apply_copy(**FACTS)
    a_record(copy)

    services.forget_copy(URI, AALBORG)
    services.forget_copy(f"{URI}-unknown", AALBORG)
    db.session.flush()
    db.session.expire_all()

    assert (copy.name, copy.domain, copy.members_by_city, copy.charter) == ("", "", {}, None)
    assert copy.visibility == Audience.COMMUNITY
    assert db.session.scalar(select(func.count()).select_from(MembershipRecord)) == 0


@pytest.mark.usefixtures("partner")
def test_joining_elsewhere_asks_the_home_once(told):
    copy, bram = a_community(origin=AALBORG), a_person()

    record = join(copy, bram)
    join(copy, bram)

    assert record.state == MemberState.ASKED
    assert record.uri.startswith(f"{this_city().origin}/m/")
    details = {"membership_id": str(record.id), "member_uri": record.uri}
    assert wishes() == [("join_community", AALBORG, copy.uri, details)]
    assert [type(event) for event in told] == [RequestMade]


def test_one_can_not_ask_a_copy_that_invites():
    with pytest.raises(Conflict):
        join(a_community(origin=AALBORG, join_mode=JoinMode.INVITE), a_person())


def test_a_copy_decides_nothing_itself():
    with pytest.raises(Conflict):
        services.ask_to_join(a_community(origin=AALBORG), a_person(), shows_name=True, role_title="")


@pytest.mark.usefixtures("partner")
def test_the_answer_of_the_home_settles_it(told):
    record = join(a_community(origin=AALBORG), a_person())
    told.clear()

    services.settle_join(record, accepted=True)
    services.settle_join(record, accepted=True)

    assert record.state == MemberState.ACTIVE
    assert told == [MemberJoined(record.id)]


@pytest.mark.usefixtures("partner")
def test_a_refusal_brings_its_reason(told):
    record = join(a_community(origin=AALBORG), a_person())
    told.clear()

    services.settle_join(record, accepted=False, reason="We stay at fifteen.")

    assert (record.state, record.reason) == (MemberState.REFUSED, "We stay at fifteen.")
    assert told == [JoinRefused(record.id)]


@pytest.mark.usefixtures("partner")
def test_leaving_needs_no_leave(told):
    copy = a_community(origin=AALBORG)
    record = join(copy, a_person())
    services.settle_join(record, accepted=True)
    told.clear()

    services.ask_home_to_leave(record)
    services.ask_home_to_leave(record)

    assert record.state == MemberState.LEFT
    assert [kind for kind, *_rest in wishes()] == ["join_community", "leave_community"]
    assert [type(event) for event in told] == [MemberLeft, RequestMade]


def test_one_leaves_also_when_the_home_is_no_partner_any_more(told):
    record = a_record(a_community(origin=AALBORG))

    services.ask_home_to_leave(record)

    assert record.state == MemberState.LEFT
    assert wishes() == []


@pytest.mark.usefixtures("partner")
def test_whoever_left_before_the_answer_stays_away():
    record = join(a_community(origin=AALBORG), a_person())
    services.ask_home_to_leave(record)

    services.settle_join(record, accepted=True)

    assert record.state == MemberState.LEFT
