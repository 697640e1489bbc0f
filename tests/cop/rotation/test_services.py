# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns at their home, and their copies elsewhere."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden
from cop.base.events import subscribe
from cop.base.pending import PendingRequest
from cop.communities.models import MembershipRecord
from cop.communities.services import leave, require_member
from cop.rotation import services
from cop.rotation.events import TurnAssigned, TurnChanged
from cop.rotation.models import Assignment, RotationMember, TurnState
from cop.rotation.queries import past_turns, takes_turns
from cop.rotation.roles import MODERATOR, ORGANISER, ROLES
from cop.rotation.rules import debt
from tests.builders import AALBORG, a_community, a_member, a_peer, a_person, a_record

SOON = datetime(2100, 1, 1, 10, tzinfo=UTC)


def occasion(number):
    return f"http://127.0.0.1:8101/o/meeting-{number}"


def assigned(community, number, role=MODERATOR, **facts):
    return services.assign_turn(
        community, role, occasion_uri=occasion(number), occasion_at=SOON + timedelta(days=number), **facts
    )


@pytest.fixture
def community(app):
    """A community in which Anna, Bram and Carla take turns; they have taken part before."""
    with transaction():
        community = a_community()
        for name in ("Anna", "Bram", "Carla"):
            services.take_turns(community, a_member(community, name), knows_it=True)
    return community


def member_for(turn):
    return require_member(turn.community_id, turn.person_id)


def test_a_turn_is_given_once_for_each_role_and_to_two_people(community):
    with transaction():
        moderator, organiser = assigned(community, 1), assigned(community, 1, ORGANISER)
        again = assigned(community, 1)

    assert again is moderator
    assert {turn.role for turn in services.turns_of(occasion(1))} == set(ROLES)
    assert moderator.person_id != organiser.person_id
    assert (moderator.state, moderator.source, moderator.rev) == (TurnState.PROPOSED, "auto", 1)


def test_in_three_meetings_everybody_has_each_turn_once(community):
    with transaction():
        turns = [assigned(community, number) for number in range(3)]

    assert {turn.person.display_name for turn in turns} == {"Anna", "Bram", "Carla"}


def test_whoever_confirms_twice_confirms_once(community):
    with transaction():
        turn = assigned(community, 1)
    with transaction():
        services.confirm_turn(turn, turn.person_id)
        rev = turn.rev
        services.confirm_turn(turn, turn.person_id)

    assert (turn.state, turn.rev) == (TurnState.CONFIRMED, rev)


def test_a_turn_that_is_passed_on_goes_to_the_next_by_the_rule(community):
    with transaction():
        turn = assigned(community, 1)
        first, foreseen = turn.person_id, turn.followers[0]["name"]
    with transaction():
        services.pass_turn(turn, first)
        services.pass_turn(turn, first)

    assert turn.person_id != first
    assert turn.declined == [str(first)]
    assert str(first) not in turn.eligible
    assert turn.reasons[0] == {"code": "passed_on"}
    assert turn.source == "passed"
    assert turn.person.display_name == foreseen


def test_when_everybody_passes_it_on_there_is_an_open_call_that_anybody_may_answer(community):
    with transaction():
        turn = assigned(community, 1)
        for _ in range(3):
            services.pass_turn(turn, turn.person_id)
        dorte = a_member(community, "Dörte")
    assert (turn.person_id, turn.state) == (None, TurnState.OPEN_CALL)

    with transaction():
        services.answer_turn(turn, dorte, "take")
        services.answer_turn(turn, dorte, "take")

    assert (turn.person_id, turn.state, turn.source) == (dorte.person_id, TurnState.CONFIRMED, "volunteer")
    assert len(turn.eligible) == 4


def test_whoever_answers_an_open_call_second_hears_that_somebody_was_quicker(community):
    with transaction():
        turn = assigned(community, 1, away=[row.person_id for row in db.session.scalars(select(MembershipRecord))])
        services.take_turn(turn, a_member(community, "Dörte"))
        slower = a_member(community, "Emil")

    with pytest.raises(Conflict), transaction():
        services.take_turn(turn, slower)


def test_debts_add_up_to_nothing_after_passing_on_and_stepping_in(community):
    with transaction():
        dorte = a_member(community, "Dörte")
        services.pass_turn(assigned(community, 1), services.turns_of(occasion(1))[0].person_id)
        turn = assigned(community, 2)
        for _ in range(3):
            if turn.person_id is not None:
                services.pass_turn(turn, turn.person_id)
        services.take_turn(turn, dorte)
        assigned(community, 3)

    turns = past_turns(community.id, MODERATOR)
    people = {person for turn in turns for person in turn.eligible}
    assert len(turns) == 3
    assert sum((debt(person, turns) for person in people), Fraction(0)) == 0


def test_nobody_answers_for_somebody_else(community):
    with transaction():
        turn = assigned(community, 1)
        stranger = a_member(community, "Emil")
        elsewhere = a_member(a_community("Other"), "Frida")

    for answer in ("confirm", "pass"):
        with pytest.raises(Forbidden), transaction():
            services.answer_turn(turn, stranger, answer)
    with pytest.raises(Forbidden), transaction():
        services.answer_turn(turn, elsewhere, "take")
    with pytest.raises(Conflict), transaction():
        services.answer_turn(turn, stranger, "take")


def test_a_served_turn_can_not_be_passed_on(community):
    with transaction():
        turn = assigned(community, 1)
        services.mark_served(occasion(1))
        services.mark_served(occasion(1))

    assert turn.state == TurnState.SERVED
    with pytest.raises(Conflict), transaction():
        services.pass_turn(turn, turn.person_id)


def test_whoever_took_part_once_may_moderate_next_time(app):
    with transaction():
        community = a_community()
        anna, bram = (a_member(community, name) for name in ("Anna", "Bram"))
        services.take_turns(community, anna, knows_it=True)
        services.take_turns(community, bram, knows_it=False)
        first = assigned(community, 1)
        services.mark_served(occasion(1), took_part=[bram.person_id])
        second = assigned(community, 2)

    assert (first.person_id, second.person_id) == (anna.person_id, bram.person_id)


def test_a_turn_nobody_took_counts_for_nobody(app):
    with transaction():
        community = a_community()
        turn = assigned(community, 1)
        services.mark_served(occasion(1))

    assert turn.state == TurnState.NO_SHOW
    assert past_turns(community.id, MODERATOR) == []


def test_the_turns_of_a_cancelled_meeting_count_for_nobody(community):
    with transaction():
        assigned(community, 1)
        services.cancel_turns(occasion(1))

    assert services.turns_of(occasion(1)) == []
    assert past_turns(community.id, MODERATOR) == []


def test_turns_move_with_their_meeting(community):
    with transaction():
        turn = assigned(community, 1)
        services.move_turns(occasion(1), SOON + timedelta(days=9))

    assert (turn.occasion_at, turn.rev) == (SOON + timedelta(days=9), 2)


def test_whoever_pauses_is_passed_over_until_then(community):
    with transaction():
        away = assigned(community, 1).person_id
        member = db.session.scalars(select(RotationMember).where(RotationMember.person_id == away)).first()
        member.paused_until = SOON + timedelta(days=5)
        later = [assigned(community, number).person_id for number in (2, 3)]

    assert away not in later


def test_whoever_stops_passes_on_what_is_ahead_and_is_not_asked_again(community):
    with transaction():
        turn = assigned(community, 1)
        gone = member_for(turn)
        services.stop_taking_turns(community, gone)
        later = [assigned(community, number).person_id for number in (2, 3, 4)]

    assert turn.person_id != gone.person_id
    assert gone.person_id not in later
    assert not takes_turns(community.id, gone.person_id)


def test_whoever_leaves_the_community_takes_no_more_turns(community):
    with transaction():
        turn = assigned(community, 1)
        gone = turn.person_id
        record = db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == gone)).one()
        leave(record)

    assert turn.person_id != gone
    assert not takes_turns(community.id, gone)


def test_taking_turns_means_that_member_cities_see_the_name(app):
    with transaction():
        community = a_community()
        bram = a_member(community, "Bram", shows_name=False)
        services.wish_to_take_turns(community, bram, knows_it=False)

    record = db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == bram.person_id)).one()
    assert record.shows_name is True
    assert takes_turns(community.id, bram.person_id)


def test_followers_are_told_with_their_city_and_change_with_who_takes_turns(app, community):
    told = []
    subscribe(app, TurnChanged, lambda event: told.append(event.assignment_id), in_transaction=True)
    with transaction():
        turn = assigned(community, 1)
        before = [follower["name"] for follower in turn.followers]
        newcomer = a_person("Mette", AALBORG)
        a_record(community, person=newcomer)
        services.join_rotation(community, newcomer.id, MODERATOR, knows_it=True)

    names = [follower["name"] for follower in turn.followers]
    assert set(before) == {"Anna", "Bram", "Carla"} - {turn.person.display_name}
    assert {"uri": newcomer.uri, "name": "Mette", "origin": AALBORG} in turn.followers
    assert len(names) == 3
    assert told == [turn.id]


# --- copies ---


def facts(community, **changes):
    return {
        "uri": f"{AALBORG}/o/turn-1",
        "origin": AALBORG,
        "rev": 1,
        "community_uri": community.uri,
        "role": MODERATOR,
        "occasion_uri": f"{AALBORG}/o/meeting-1",
        "occasion_at": SOON,
        "person": {"uri": f"{AALBORG}/m/mette", "name": "Mette", "city_origin": AALBORG},
        "state": "proposed",
        "source": "auto",
        "reasons": [{"code": "first_time"}],
        "followers": [],
    } | changes


def test_a_copy_is_added_and_replaced_only_by_a_higher_revision(app):
    with transaction():
        community = a_community(origin=AALBORG)
        turn = services.apply_copy(**facts(community))
        newer = services.apply_copy(**facts(community, rev=3, state="confirmed"))
        old = services.apply_copy(**facts(community, rev=2, state="proposed"))

    assert (newer, old) == (turn, None)
    assert (turn.state, turn.rev, turn.person.display_name, turn.person.origin) == (
        TurnState.CONFIRMED,
        3,
        "Mette",
        AALBORG,
    )


def test_a_copy_of_our_own_persons_turn_is_theirs(app):
    told = []
    subscribe(app, TurnAssigned, lambda event: told.append(event.assignment_id))
    with transaction():
        community = a_community(origin=AALBORG)
        bram = a_member(community, "Bram")
        uri = db.session.scalars(select(MembershipRecord.uri)).one()
        mine = {"uri": uri, "name": "whatever", "city_origin": "http://127.0.0.1:8101"}
        turn = services.apply_copy(**facts(community, person=mine))
        services.apply_copy(**facts(community, person=mine, rev=2))

    assert turn.person_id == bram.person_id
    assert turn.person.display_name == "Bram"
    assert services.my_turns(bram.person_id) == [turn]
    assert told == [turn.id]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://127.0.0.1:8101"},
        {"origin": "http://127.0.0.1:8103"},
        {"community_uri": "http://127.0.0.1:8102/o/unknown"},
    ],
)
def test_nobody_speaks_for_another_citys_turns(app, changes):
    with transaction():
        community = a_community(origin=AALBORG)
        services.apply_copy(**facts(community))

    with pytest.raises(Forbidden), transaction():
        services.apply_copy(**facts(community, rev=9) | changes)


def test_a_copy_is_forgotten_for_its_home_only(app):
    with transaction():
        services.apply_copy(**facts(a_community(origin=AALBORG)))

    with pytest.raises(Forbidden), transaction():
        services.forget_copy(f"{AALBORG}/o/turn-1", "http://127.0.0.1:8103")
    with transaction():
        services.forget_copy(f"{AALBORG}/o/turn-1", AALBORG)
        services.forget_copy(f"{AALBORG}/o/turn-1", AALBORG)

    assert db.session.scalars(select(Assignment)).all() == []


def test_an_answer_at_a_copy_waits_for_the_home(app):
    with transaction():
        a_peer()
        community = a_community(origin=AALBORG)
        bram = a_member(community, "Bram")
        turn = services.apply_copy(**facts(community, person=None, state="open_call"))
        services.answer_turn(turn, bram, "take")

    wish = db.session.scalars(select(PendingRequest)).one()
    assert (wish.kind, wish.home, wish.object_uri) == ("answer_turn", AALBORG, turn.uri)
    assert wish.details["answer"] == "take"
    assert turn.person_id is None


def test_taking_turns_at_a_copy_waits_for_the_home_and_is_kept_when_it_accepts(app):
    with transaction():
        a_peer()
        community = a_community(origin=AALBORG)
        bram = a_member(community, "Bram", shows_name=False)
        services.wish_to_take_turns(community, bram, knows_it=True)
        services.wish_to_stop(community, bram)
    asked = [wish.kind for wish in db.session.scalars(select(PendingRequest).order_by(PendingRequest.made_at))]
    assert asked == ["join_rotation", "leave_rotation"]
    assert not takes_turns(community.id, bram.person_id)

    with transaction():
        services.keep_own_choice(community, bram.person_id, takes_turns=True)
    assert takes_turns(community.id, bram.person_id)

    with transaction():
        services.keep_own_choice(community, bram.person_id, takes_turns=False)
    assert not takes_turns(community.id, bram.person_id)


def test_a_turn_of_the_past_is_none_of_my_turns(community):
    with transaction():
        turn = assigned(community, 1)
        services.move_turns(occasion(1), now() - timedelta(days=1))

    assert services.my_turns(turn.person_id) == []
